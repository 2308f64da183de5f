namespace Library.Catalog.Domain.Marc;

/// <summary>What was wrong with a record that was taken all the same.</summary>
[Flags]
public enum MarcFlaws
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The leader states another length than the record has.</summary>
    Length = 1,

    /// <summary>The leader states another base address than the directory's end.</summary>
    BaseAddress = 2,

    /// <summary>The directory's positions or lengths are wrong; fields were taken in order.</summary>
    Directory = 4,

    /// <summary>A tag is not three digits or letters.</summary>
    Tag = 8,

    /// <summary>A field has not exactly two indicators.</summary>
    Indicators = 16,

    /// <summary>A field has text outside subfields, or a subfield without a code.</summary>
    Subfields = 32,

    /// <summary>The record states another character coding than its text has; the text was read as what it is.</summary>
    Coding = 64,

    /// <summary>Some bytes have no meaning in the coding and stand as U+FFFD; the raw record keeps them.</summary>
    Characters = 128,

    /// <summary>The leader has characters that are not printable ASCII; a control character stands as a space.</summary>
    Leader = 256,

    /// <summary>A switch to another character set is unfinished or unknown; it stands as U+FFFD, the text goes on in the set before it.</summary>
    Escape = 512,
}

/// <summary>The flaws under names that reports may rely on.</summary>
public static class MarcFlawCodes
{
    private static readonly (MarcFlaws Flaw, string Code)[] Names =
    [
        (MarcFlaws.Length, "LENGTH"),
        (MarcFlaws.BaseAddress, "BASE_ADDRESS"),
        (MarcFlaws.Directory, "DIRECTORY"),
        (MarcFlaws.Tag, "TAG"),
        (MarcFlaws.Indicators, "INDICATORS"),
        (MarcFlaws.Subfields, "SUBFIELDS"),
        (MarcFlaws.Coding, "CODING"),
        (MarcFlaws.Characters, "CHARACTERS"),
        (MarcFlaws.Leader, "LEADER"),
        (MarcFlaws.Escape, "ESCAPE"),
    ];

    /// <summary>One code for each flaw, upper snake case, always in the same order; codes are never renamed. Empty where there is none.</summary>
    public static IReadOnlyList<string> Codes(this MarcFlaws flaws) => [.. Names.Where(name => flaws.HasFlag(name.Flaw)).Select(name => name.Code)];
}

using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Marc;

/// <summary>What search, loans and lists show of a record. Texts are trimmed, in NFC, without control characters and closing punctuation.</summary>
public sealed record BriefRecord
{
    /// <summary>The longest text of one value here, in characters; a longer one is cut.</summary>
    public const int MaxTextLength = 2_000;

    /// <summary>The most authors, numbers and subjects that are taken, each.</summary>
    public const int MaxValues = 100;

    /// <summary>The control number (001); null: none.</summary>
    public string? ControlNumber { get; init; }

    /// <summary>The title with its remainder and parts; null: none.</summary>
    public string? Title { get; init; }

    /// <summary>Persons and bodies, the main one first, without repetition.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>The year of publication, 1000 to 2999; null: not known.</summary>
    public int? Year { get; init; }

    /// <summary>The language of the text, three small letters of ISO 639-2 as in the record; null: not known.</summary>
    public string? Language { get; init; }

    /// <summary>The ISBNs whose check digit is right, as 13 digits.</summary>
    public IReadOnlyList<string> Isbns { get; init; } = [];

    /// <summary>The publisher; null: not known.</summary>
    public string? Publisher { get; init; }

    /// <summary>Subjects, subdivisions after " -- ".</summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    /// <summary>What kind of thing the record most likely describes.</summary>
    public Material Material { get; init; }

    /// <summary>Takes the brief data out of a record by its format.</summary>
    public static BriefRecord From(MarcRecord record) => record.Format switch
    {
        MarcFormat.Marc21 => Marc21Brief.From(record),
        MarcFormat.Unimarc => UnimarcBrief.From(record),
    };
}

using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Marc;

/// <summary>For whom a work is meant, as the record's coded data say (MARC 21 008/22, UNIMARC 100 $a/17–19).</summary>
public enum Audience
{
    /// <summary>Not said.</summary>
    Unknown = 0,

    /// <summary>Children up to about 13 years.</summary>
    Juvenile,

    /// <summary>Young adults, about 14 to 17 years.</summary>
    YoungAdult,

    /// <summary>Adults, or specialists among them.</summary>
    Adult,

    /// <summary>Everybody.</summary>
    General,
}

/// <summary>What kind of maker a name stands for.</summary>
public enum NameKind
{
    /// <summary>A person or family.</summary>
    Person = 1,

    /// <summary>A corporate body.</summary>
    Body,

    /// <summary>A conference or another meeting.</summary>
    Meeting,
}

/// <summary>Somebody who had a part in the work.</summary>
/// <param name="Name">As a heading: surname, forename; without dates.</param>
/// <param name="Role">A MARC relator code such as aut, trl, ill; empty where not said. UNIMARC's numbers are translated, unknown ones kept.</param>
/// <param name="Kind">Person, body or meeting.</param>
/// <param name="IsMaker">Whether they stand among the authors (main and equal entries; not translators and the like in UNIMARC 702).</param>
public sealed record RecordName(string Name, string Role, NameKind Kind, bool IsMaker);

/// <summary>A series that the work belongs to.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Number">Volume within it; empty where not said.</param>
public sealed record SeriesStatement(string Title, string Number);

/// <summary>A place in a classification.</summary>
/// <param name="Scheme">udc, ddc, lcc, or the source code that the record names.</param>
/// <param name="Number">The notation.</param>
public sealed record Classification(string Scheme, string Number);

/// <summary>
/// What search, loans and lists show of a record, the same for both formats. Texts are trimmed, in NFC, without control characters and closing
/// punctuation; lists are without repetition. The record as it came stands beside it and is never changed by this.
/// </summary>
public sealed record NormalisedRecord
{
    /// <summary>Rises when the mapping changes what it gives; records that were mapped by an older one are mapped again.</summary>
    public const int MappingVersion = 1;

    /// <summary>The longest text of one value here, in characters; a longer one is cut.</summary>
    public const int MaxTextLength = 2_000;

    /// <summary>The most names, numbers and subjects that are taken, each.</summary>
    public const int MaxValues = 100;

    /// <summary>The control number (001); null: none.</summary>
    public string? ControlNumber { get; init; }

    /// <summary>The title with its remainder and parts; null: none.</summary>
    public string? Title { get; init; }

    /// <summary>The title by which lists are ordered: without an article that the record marks as not filing.</summary>
    public string? FilingTitle { get; init; }

    /// <summary>The title without remainder: what somebody who knows the work calls it.</summary>
    public string? TitleProper { get; init; }

    /// <summary>Titles in other languages or scripts of the same work.</summary>
    public IReadOnlyList<string> ParallelTitles { get; init; } = [];

    /// <summary>Uniform titles: under which all editions stand.</summary>
    public IReadOnlyList<string> UniformTitles { get; init; } = [];

    /// <summary>Other titles: on the cover, former, of works contained in it.</summary>
    public IReadOnlyList<string> OtherTitles { get; init; } = [];

    /// <summary>Everybody who had a part, the main one first.</summary>
    public IReadOnlyList<RecordName> Names { get; init; } = [];

    /// <summary>The year of publication, 1000 to 2999; null: not known.</summary>
    public int? Year { get; init; }

    /// <summary>The language of the text, three small letters of ISO 639-2 as in the record; null: not known.</summary>
    public string? Language { get; init; }

    /// <summary>The languages that it was translated from.</summary>
    public IReadOnlyList<string> OriginalLanguages { get; init; } = [];

    /// <summary>The ISBNs whose check digit is right, as 13 digits.</summary>
    public IReadOnlyList<string> Isbns { get; init; } = [];

    /// <summary>The ISSNs whose check digit is right, as 1234-567X.</summary>
    public IReadOnlyList<string> Issns { get; init; } = [];

    /// <summary>The edition statement; null: none.</summary>
    public string? Edition { get; init; }

    /// <summary>Where it was published; null: not known.</summary>
    public string? Place { get; init; }

    /// <summary>The publisher; null: not known.</summary>
    public string? Publisher { get; init; }

    /// <summary>Pages, volumes, minutes; null: not known.</summary>
    public string? Extent { get; init; }

    /// <summary>Series.</summary>
    public IReadOnlyList<SeriesStatement> Series { get; init; } = [];

    /// <summary>Subjects, subdivisions after " -- ".</summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    /// <summary>Places in classifications, UDC among them.</summary>
    public IReadOnlyList<Classification> Classifications { get; init; } = [];

    /// <summary>What the work contains; null: not said.</summary>
    public string? Contents { get; init; }

    /// <summary>What it is about; null: not said.</summary>
    public string? Summary { get; init; }

    /// <summary>The title of what an article or part appeared in; null: it stands alone.</summary>
    public string? HostTitle { get; init; }

    /// <summary>For whom it is meant.</summary>
    public Audience Audience { get; init; }

    /// <summary>What kind of thing the record most likely describes.</summary>
    public Material Material { get; init; }

    /// <summary>The names of the makers, the main one first, without repetition.</summary>
    public IReadOnlyList<string> Authors => [.. Names.Where(name => name.IsMaker).Select(name => name.Name).Distinct(StringComparer.Ordinal)];

    /// <summary>Maps a record by its format.</summary>
    public static NormalisedRecord From(MarcRecord record) => record.Format switch
    {
        MarcFormat.Marc21 => Marc21Mapping.From(record),
        MarcFormat.Unimarc => UnimarcMapping.From(record),
    };
}

using Google.Protobuf;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Domain.Search;
using Library.Catalog.V1;

namespace Library.Catalog.Features.Importing;

/// <summary>A normalised record as the columns of record and record_index hold it.</summary>
public sealed class IndexedRecord(NormalisedRecord record)
{
    public string Title { get; } = record.Title ?? "";
    public IReadOnlyList<string> Authors { get; } = record.Authors;
    public int Year => record.Year ?? 0;
    public string Language => record.Language ?? "";
    public IReadOnlyList<string> Isbns => record.Isbns;
    public string Publisher => record.Publisher ?? "";
    public IReadOnlyList<string> Subjects => record.Subjects;
    public string Material { get; } = ContractCode.Of(record.Material);
    public string TitleSort { get; } = Words.SortKey(record.FilingTitle ?? record.Title ?? "");
    /// <summary>The works of one maker stand in the order of their titles.</summary>
    public string NameSort => $"{Words.SortKey(Authors.Count > 0 ? Authors[0] : "")}\u0001{TitleSort}";

    /// <summary>As PostgreSQL reads a tsvector. Terms hold neither quotes nor backslashes.</summary>
    public string Terms { get; } = string.Join(' ', IndexTerms.Of(record).Select(term => $"'{term}'"));

    public IReadOnlyCollection<string> Vocabulary { get; } = IndexTerms.Vocabulary(record);

    /// <summary>The stems that stand among the terms.</summary>
    public IEnumerable<string> StemsOf(string word) => Stems.Of(word, record.Language) is var stem && stem.Length < word.Length ? [stem] : [];

    public IReadOnlyList<string> Facets { get; } =
    [
        .. record.Audience == Audience.Unknown ? Array.Empty<string>() : [$"a:{ContractCode.Of(record.Audience)}"],
        .. record.Language is null ? Array.Empty<string>() : [$"l:{record.Language}"],
        $"m:{ContractCode.Of(record.Material)}",
        .. record.Year is null ? Array.Empty<string>() : [string.Create(System.Globalization.CultureInfo.InvariantCulture, $"y:{record.Year}")],
    ];

    public byte[] Description { get; } = Describe(record).ToByteArray();

    private static Description Describe(NormalisedRecord record) => new()
    {
        ParallelTitles = { record.ParallelTitles },
        UniformTitles = { record.UniformTitles },
        OtherTitles = { record.OtherTitles },
        Names =
        {
            record.Names.Select(name => new Description.Types.Name { Name_ = name.Name, Role = name.Role, Kind = (Description.Types.Kind)(int)name.Kind }),
        },
        OriginalLanguages = { record.OriginalLanguages },
        Issns = { record.Issns },
        Edition = record.Edition ?? "",
        Place = record.Place ?? "",
        Extent = record.Extent ?? "",
        Series = { record.Series.Select(series => new Description.Types.Series { Title = series.Title, Number = series.Number }) },
        Notations = { record.Classifications.Select(place => new Description.Types.Notation { Scheme = place.Scheme, Number = place.Number }) },
        Contents = record.Contents ?? "",
        Summary = record.Summary ?? "",
        HostTitle = record.HostTitle ?? "",
        Audience = (Record.Types.Audience)(int)record.Audience,
        Material = (Item.Types.Material)(int)record.Material,
    };
}

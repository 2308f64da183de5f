using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Search;

/// <summary>Where in a record a word may be looked for.</summary>
public enum Zone
{
    /// <summary>Anywhere.</summary>
    Any = 0,

    /// <summary>Titles of every kind.</summary>
    Title,

    /// <summary>Persons, bodies and meetings, whatever their part.</summary>
    Name,

    /// <summary>Subjects.</summary>
    Subject,

    /// <summary>Series.</summary>
    Series,

    /// <summary>Classification, e.g. UDC; a notation is one word.</summary>
    Classification,

    /// <summary>Standard numbers and the control number.</summary>
    Number,
}

/// <summary>
/// The terms under which a record is found. A word stands as itself, with its zone before it (<c>t/kekec</c>), and, where they differ, as its stem.
/// Neighbouring words stand as pairs (<c>stara_fuzina</c>), so that a phrase is found in the index alone. A whole title stands behind an equals sign.
/// </summary>
public static class IndexTerms
{
    /// <summary>The most terms of one record; the rest of a long table of contents is not found.</summary>
    public const int MaxTerms = 3_000;

    private const int MaxWholeTitle = 200;

    /// <summary>What stands before the words of a zone.</summary>
    public static string Prefix(Zone zone) => zone switch
    {
        Zone.Any => "",
        Zone.Title => "t/",
        Zone.Name => "n/",
        Zone.Subject => "s/",
        Zone.Series => "e/",
        Zone.Classification => "c/",
        Zone.Number => "i/",
    };

    /// <summary>The term of two neighbouring words.</summary>
    public static string Pair(string first, string second) => $"{first}_{second}";

    /// <summary>The term of a whole title, however it is written; null where it has no words or is too long to be asked for.</summary>
    public static string? WholeTitle(string? title) =>
        string.Join(' ', Words.Of(title ?? "")) is { Length: > 0 and <= MaxWholeTitle } words ? $"={words}" : null;

    /// <summary>A notation of a classification as one word: <c>821.163.6-31</c>, without spaces and quotes.</summary>
    public static string Notation(string number) =>
        string.Concat(TextFold.Fold(number).Where(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '/' or ':' or '(' or ')' or '=' or '+'));

    /// <summary>The distinct terms of a record.</summary>
    public static IReadOnlyCollection<string> Of(NormalisedRecord record)
    {
        var terms = new Terms(record.Language);
        foreach (var title in Titles(record))
        {
            terms.AddText(Zone.Title, title);
        }

        foreach (var whole in Titles(record).Append(record.TitleProper).Append(record.FilingTitle).Select(WholeTitle).OfType<string>())
        {
            terms.Add(whole);
        }

        foreach (var name in record.Names)
        {
            terms.AddName(name.Name);
        }

        foreach (var subject in record.Subjects)
        {
            terms.AddText(Zone.Subject, subject);
        }

        foreach (var series in record.Series)
        {
            terms.AddText(Zone.Series, series.Title);
        }

        foreach (var number in record.Isbns.Concat(record.Issns.Select(issn => issn.Replace("-", "", StringComparison.Ordinal))))
        {
            terms.AddWord(Zone.Number, number.ToLowerInvariant());
        }

        foreach (var word in Words.Of(record.ControlNumber ?? ""))
        {
            terms.Add(Prefix(Zone.Number) + word);
        }

        foreach (var place in record.Classifications.Select(place => Notation(place.Number)).Where(notation => notation.Length > 0))
        {
            terms.Add(Prefix(Zone.Classification) + place);
        }

        foreach (var text in new[] { record.Publisher, record.Place, record.HostTitle, record.Contents, record.Summary }.OfType<string>())
        {
            terms.AddText(Zone.Any, text);
        }

        return terms.All;
    }

    /// <summary>The words of a record that may be offered for a mistyped one: those of letters, at most <see cref="MaxTerms"/>.</summary>
    public static IReadOnlyCollection<string> Vocabulary(NormalisedRecord record) =>
    [
        .. Titles(record).Concat(record.Names.Select(name => name.Name)).Concat(record.Subjects).Concat(record.Series.Select(series => series.Title))
            .Append(record.Publisher ?? "").Append(record.Contents ?? "").Append(record.Summary ?? "").SelectMany(Words.Of)
            .Where(word => word.Length >= 2 && word.Any(char.IsLetter) && !Words.IsIdeograph(word)).Distinct(StringComparer.Ordinal).Take(MaxTerms),
    ];

    private static IEnumerable<string> Titles(NormalisedRecord record) =>
        new[] { record.Title }.OfType<string>().Concat(record.ParallelTitles).Concat(record.UniformTitles).Concat(record.OtherTitles);

    private sealed class Terms(string? language)
    {
        private readonly HashSet<string> all = new(StringComparer.Ordinal);

        public IReadOnlyCollection<string> All => all;

        public void Add(string term)
        {
            if (all.Count < MaxTerms)
            {
                all.Add(term);
            }
        }

        public void AddWord(Zone zone, string word)
        {
            Add(word);
            if (zone != Zone.Any)
            {
                Add(Prefix(zone) + word);
            }

            if (Stems.Of(word, language) is var stem && stem.Length < word.Length)
            {
                Add(stem);
                if (zone != Zone.Any)
                {
                    Add(Prefix(zone) + stem);
                }
            }
        }

        public void AddText(Zone zone, string text) => AddInOrder(zone, [.. Words.Of(text)]);

        // "Cankar, Ivan" is also asked for as "Ivan Cankar"
        public void AddName(string name)
        {
            AddText(Zone.Name, name);
            var comma = name.IndexOf(',', StringComparison.Ordinal);
            if (comma > 0)
            {
                string[] turned = [.. Words.Of(name[(comma + 1)..]), .. Words.Of(name[..comma])];
                AddPairs(turned);
            }
        }

        private void AddInOrder(Zone zone, string[] words)
        {
            foreach (var word in words)
            {
                AddWord(zone, word);
            }

            AddPairs(words);
        }

        private void AddPairs(string[] words)
        {
            for (var i = 1; i < words.Length; i++)
            {
                Add(Pair(words[i - 1], words[i]));
            }
        }
    }
}

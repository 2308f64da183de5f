using Library.Catalog.Domain.Marc;
using Library.Catalog.Domain.Search;

namespace Library.Operator.Bench.Records;

/// <summary>One question: as the API is asked, and, where it can do the same, as Zebra is.</summary>
/// <param name="Path">Of the REST call, after /api/v1/.</param>
/// <param name="Zebra">A query in prefix notation; null: it cannot do this.</param>
/// <param name="Words">Where the question is nothing but words anywhere.</param>
internal sealed record SearchQuestion(string Path, string? Zebra, string? Words = null);

/// <summary>A kind of question and its questions; a deep page is walked to before it is measured.</summary>
internal sealed record QueryKind(string Name, IReadOnlyList<SearchQuestion> Questions, bool IsDeep = false);

/// <summary>What people ask, out of the records themselves: the same file gives the same questions.</summary>
internal static class SearchQueries
{
    private const int Seed = 2027, Each = 60, Common = 12, Sampled = 4_000;
    private const string Title = "@attr 1=4", Anywhere = "@attr 1=1016";

    internal static async Task<IReadOnlyList<QueryKind>> OfAsync(string file, CancellationToken cancellation)
    {
        var random = new Random(Seed);
        var records = await SampleAsync(file, cancellation);
        var titles = records.Select(record => (Record: record, Words: Words.Of(record.Title ?? "").Where(IsPlain).ToArray())).Where(title => title.Words.Length > 0).ToList();
        var ofSeveral = titles.Where(title => title.Words.Length > 1).ToList();
        var named = titles.Where(title => title.Record.Authors.Count > 0 && Words.Of(title.Record.Authors[0]).Any(IsPlain)).ToList();
        string[] longWords = [.. titles.SelectMany(title => title.Words).Where(word => word.Length >= 6)];
        string[] common = [.. titles.SelectMany(title => title.Words.Distinct()).GroupBy(word => word).OrderByDescending(word => word.Count()).Take(Common).Select(word => word.Key)];
        T Any<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];
        IReadOnlyList<SearchQuestion> Many(Func<SearchQuestion> make) => [.. Enumerable.Range(0, Each).Select(_ => make())];

        return
        [
            new("one word", Many(() =>
            {
                var word = Any(Any(titles).Words);
                return Search(word, $"{Anywhere} {word}");
            })),
            new("common word with count", [.. common.Select(word => Search(word, $"{Anywhere} {word}"))]),
            new("two words", Many(() =>
            {
                var (record, words) = Any(named);
                var (word, name) = (Any(words), Words.Of(record.Authors[0]).First(IsPlain));
                return Search($"{word} {name}", $"@and {Anywhere} {word} {Anywhere} {name}");
            })),
            new("phrase", Many(() =>
            {
                string[] words = [.. Words.Of(Any(ofSeveral).Record.Title!)];
                var at = random.Next(words.Length - 1);
                return Search($"\"{words[at]} {words[at + 1]}\"", $"{Title} @attr 4=1 \"{words[at]} {words[at + 1]}\"");
            })),
            new("prefix suggestion", Many(() =>
            {
                var word = Any(Any(titles).Words);
                var prefix = word[..Math.Min(word.Length, random.Next(3, 6))];
                return new SearchQuestion($"records:suggest?query={Uri.EscapeDataString(prefix)}", $"{Title} @attr 5=1 {prefix}");
            })),
            new("typing error", Many(() =>
            {
                var word = Any(longWords);
                var at = random.Next(1, word.Length - 1);
                return Search(word[..at] + word[at + 1] + word[at] + word[(at + 2)..], null);
            })),
            new("facets", [.. common.Select(word => new SearchQuestion($"records?query={Uri.EscapeDataString(word)}&material=BOOK&language=eng&yearFrom=1990", null))]),
            new("deep page", [.. common.Take(6).Select(word => Search(word, $"{Anywhere} {word}"))], IsDeep: true),
        ];
    }

    private static SearchQuestion Search(string query, string? zebra) => new($"records?query={Uri.EscapeDataString(query)}", zebra, query.Contains('"', StringComparison.Ordinal) ? null : query);

    private static bool IsPlain(string word) => word.Length > 2 && word.All(char.IsAsciiLetterLower);

    /// <summary>Records from all over the file.</summary>
    private static async Task<List<NormalisedRecord>> SampleAsync(string file, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(file);
        var random = new Random(Seed);
        var sample = new List<NormalisedRecord>();
        var seen = 0;
        await foreach (var reading in MarcReader.ReadAsync(stream, MarcFormat.Marc21, cancellation))
        {
            if (reading is not MarcRecord record) continue;
            seen++;
            if (sample.Count < Sampled) sample.Add(NormalisedRecord.From(record));
            else if (random.Next(seen) is var at && at < Sampled) sample[at] = NormalisedRecord.From(record);
        }
        return sample;
    }
}

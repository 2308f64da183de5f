using Library.Catalog.Domain.Search;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Searching;

/// <summary>Finds out how the words of a query are to be looked for, by the words that records have.</summary>
public sealed class Vocabulary([FromKeyedServices(SearchSetup.Database)] NpgsqlDataSource database)
{
    private const int MostCandidates = 60, MostInstead = 3, MostCorrected = 5;

    /// <summary>The query as it is; a word that no record has is unfinished, or else corrected where a near one is known.</summary>
    public async Task<KnownWords> OfAsync(QueryNode root, CancellationToken cancellationToken)
    {
        string[] words = [.. TextQuery.WordsOf(root).Distinct(StringComparer.Ordinal)];
        if (words.Length == 0) return KnownWords.Plain;
        var (unfinished, unknown) = await MissingAsync(words, cancellationToken);
        var instead = unknown.Count == 0 ? new Dictionary<string, IReadOnlyList<string>>() : await NearAsync(unknown, keep: false, cancellationToken);
        return new KnownWords(unfinished, instead);
    }

    /// <summary>For a query that found nothing: every word, or what is near to it.</summary>
    public async Task<KnownWords> WiderAsync(QueryNode root, KnownWords known, CancellationToken cancellationToken)
    {
        string[] words = [.. TextQuery.WordsOf(root).Distinct(StringComparer.Ordinal).Where(word => !known.Instead.ContainsKey(word) && !known.Unfinished.Contains(word))];
        var near = words.Length == 0 ? new Dictionary<string, IReadOnlyList<string>>() : await NearAsync(words, keep: true, cancellationToken);
        return known with { Instead = known.Instead.Concat(near).ToDictionary() };
    }

    private async Task<(HashSet<string> Unfinished, List<string> Unknown)> MissingAsync(string[] words, CancellationToken cancellationToken)
    {
        var candidates = words.SelectMany(word => Stems.OfAnyLanguage(word).Prepend(word).Select(form => (word, form))).ToList();
        await using var command = database.Command("""
            SELECT c.word, EXISTS (SELECT FROM search_word w WHERE w.word >= c.word COLLATE "C" AND w.word < c.word || U&'\+10FFFF' COLLATE "C" AND w.is_whole)
            FROM unnest($1::text[], $2::text[]) AS c (word, form)
            GROUP BY c.word HAVING NOT bool_or(EXISTS (SELECT FROM search_word w WHERE w.word = c.form))
            """, candidates.Select(c => c.word).ToArray(), candidates.Select(c => c.form).ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (unfinished, unknown) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        while (await row.ReadAsync(cancellationToken))
            if (row.GetBoolean(1) && row.GetString(0).Length >= SearchQuery.MinPrefix) unfinished.Add(row.GetString(0));
            else unknown.Add(row.GetString(0));
        return (unfinished, unknown);
    }

    private async Task<Dictionary<string, IReadOnlyList<string>>> NearAsync(IReadOnlyList<string> words, bool keep, CancellationToken cancellationToken)
    {
        var asked = words.Where(word => Spelling.Forgiven(word) > 0).Take(MostCorrected).ToArray();
        if (asked.Length == 0) return [];
        var candidates = new List<(string Word, string Near)>();
        await using (var command = database.Command("""
            SELECT a.word, near.word FROM unnest($1::text[]) AS a (word), LATERAL (
                SELECT w.word FROM search_word w
                WHERE w.is_whole AND w.word % a.word AND length(w.word) BETWEEN length(a.word) - 2 AND length(a.word) + 2
                ORDER BY similarity(w.word, a.word) DESC, w.word LIMIT $2) near
            """, asked, MostCandidates))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) candidates.Add((row.GetString(0), row.GetString(1)));
        var near = asked.ToDictionary(word => word, word => Spelling.Closest(word, candidates.Where(c => c.Word == word).Select(c => c.Near)));
        var known = await CommonestAsync([.. near.Values.SelectMany(words => words).Distinct()], cancellationToken);
        return near.Where(pair => pair.Value.Count > 0).ToDictionary(
            pair => pair.Key,
            IReadOnlyList<string> (pair) =>
            [
                .. keep ? [pair.Key] : Array.Empty<string>(),
                .. pair.Value.OrderByDescending(word => known[word]).ThenBy(word => word, StringComparer.Ordinal).Take(MostInstead),
            ]);
    }

    /// <summary>In how many records each word stands, counted to a thousand.</summary>
    private async Task<Dictionary<string, long>> CommonestAsync(string[] words, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var command = database.Command("""
            SELECT w.word, (SELECT count(*) FROM (SELECT FROM record_index x WHERE x.terms @@ ('''' || w.word || '''')::tsquery LIMIT 1000) m)
            FROM unnest($1::text[]) AS w (word)
            """, [words]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken)) counts.Add(row.GetString(0), row.GetInt64(1));
        return counts;
    }
}

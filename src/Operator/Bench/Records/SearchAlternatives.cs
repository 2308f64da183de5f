using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Library.Operator.Bench.Records;

/// <summary>
/// What was weighed for search (ADR 17) and not taken, over the same records in tables of its own, asked in SQL without gateway, service and facets: a
/// tsvector with positions and weights, ordered by ts_rank, and trigrams.
/// </summary>
internal static class SearchAlternatives
{
    private const int Rounds = 3, LongestSeconds = 30;

    private sealed record Alternative(string Name, string Table, string Words, string Index, string Page, string Count);

    /// <summary>$1 is one word, or several with spaces between.</summary>
    private static readonly Alternative[] All =
    [
        new(
            "tsvector with positions, ts_rank, exact count", "bench_ranked",
            """
            setweight(to_tsvector('simple', unaccent(title)), 'A') || setweight(to_tsvector('simple', unaccent(array_to_string(authors, ' '))), 'B')
                || setweight(to_tsvector('simple', unaccent(array_to_string(subjects, ' ') || ' ' || publisher)), 'D')
            """,
            "gin (words)",
            "SELECT record FROM bench_ranked, plainto_tsquery('simple', $1) AS query WHERE words @@ query ORDER BY ts_rank(words, query) DESC, record LIMIT 20",
            "SELECT count(*) FROM bench_ranked WHERE words @@ plainto_tsquery('simple', $1)"),
        new(
            "trigrams, word similarity, exact count", "bench_trigrams",
            "lower(unaccent(title || ' ' || array_to_string(authors, ' ') || ' ' || array_to_string(subjects, ' ')))",
            "gin (words gin_trgm_ops)",
            "SELECT record FROM bench_trigrams WHERE $1 <% words ORDER BY word_similarity($1, words) DESC, record LIMIT 20",
            "SELECT count(*) FROM bench_trigrams WHERE $1 <% words"),
    ];

    internal static async Task<IReadOnlyList<string>> MeasureAsync(string connectionString, IReadOnlyList<QueryKind> kinds, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Options = "-c jit=off -c max_parallel_workers_per_gather=0", CommandTimeout = 3600 }.ToString());
        await connection.OpenAsync(cancellation);
        await RunAsync(connection, "CREATE EXTENSION IF NOT EXISTS unaccent", cancellation);
        var lines = new List<string> { "| | kind | p50 ms | p95 ms | p99 ms | made in s | table and index MB |", "|---|---|---:|---:|---:|---:|---:|" };
        foreach (var alternative in All)
        {
            Console.WriteLine($"Making {alternative.Table} …");
            var began = Stopwatch.GetTimestamp();
            await RunAsync(connection, $"DROP TABLE IF EXISTS {alternative.Table}", cancellation);
            await RunAsync(connection, $"CREATE TABLE {alternative.Table} AS SELECT id AS record, {alternative.Words} AS words FROM record", cancellation);
            await RunAsync(connection, $"CREATE INDEX ON {alternative.Table} USING {alternative.Index}", cancellation);
            await RunAsync(connection, $"VACUUM ANALYZE {alternative.Table}", cancellation);
            var made = Stopwatch.GetElapsedTime(began);
            var size = await SizeAsync(connection, alternative.Table, cancellation);
            foreach (var kind in kinds.Where(kind => kind.Questions.All(question => question.Words is not null)))
            {
                var times = await AskAsync(connection, alternative, kind, cancellation);
                double Millis(double part) => times[Math.Min(times.Count - 1, (int)(times.Count * part))].TotalMilliseconds;
                lines.Add(string.Create(CultureInfo.InvariantCulture,
                    $"| {alternative.Name} | {kind.Name} | {Millis(0.5):F1} | {Millis(0.95):F1} | {Millis(0.99):F1} | {made.TotalSeconds:F0} | {size / 1e6:F0} |"));
                Console.WriteLine(lines[^1]);
            }
            await RunAsync(connection, $"DROP TABLE {alternative.Table}", cancellation);
        }
        return lines;
    }

    /// <summary>Each question once unmeasured, then in rounds; a kind that takes too long ends after the round that it is in.</summary>
    private static async Task<IReadOnlyList<TimeSpan>> AskAsync(NpgsqlConnection connection, Alternative alternative, QueryKind kind, CancellationToken cancellation)
    {
        var (times, began) = (new List<TimeSpan>(), Stopwatch.GetTimestamp());
        for (var round = -1; round < Rounds && (round < 1 || Stopwatch.GetElapsedTime(began).TotalSeconds < LongestSeconds); round++)
            foreach (var question in kind.Questions)
            {
                var asked = Stopwatch.GetTimestamp();
                foreach (var sql in new[] { alternative.Page, alternative.Count })
                {
                    await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = question.Words! } } };
                    await using var row = await command.ExecuteReaderAsync(cancellation);
                    while (await row.ReadAsync(cancellation)) { }
                }
                if (round >= 0) times.Add(Stopwatch.GetElapsedTime(asked));
            }
        times.Sort();
        return times;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<long> SizeAsync(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT pg_total_relation_size($1::text::regclass)", connection) { Parameters = { new() { Value = table } } };
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}

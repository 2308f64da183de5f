using System.Globalization;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Searching;

/// <summary>
/// Search. Every word of the query must begin a word of the record (title, authors, subjects, ISBN), without regard to case and
/// diacritics. Best first: the very title, then all words in the title, then the more copies, then by title.
/// </summary>
public sealed class ListRecords(NpgsqlDataSource database, NetworkRules rules)
{
    /// <summary>Totals are exact and facets count everything up to this many matches.</summary>
    private const int MostCounted = 10_000;
    private const int MostValuesOfFacet = 50, MostPageSize = 100, UsualPageSize = 20;

    public async Task<ListRecordsResponse> RunAsync(ListRecordsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, UsualPageSize, MostPageSize);
        var filter = RecordFilter.Of(request, rules, fields);
        var after = Position.Read(request.PageToken);

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Page(filter, after, size + 1), Count(filter), Facets(filter) } };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var answer = new ListRecordsResponse();
        await ReadPageAsync(row, answer, size, cancellationToken);
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        answer.TotalIsExact = row.GetInt64(0) <= MostCounted;
        answer.TotalSize = Math.Min(row.GetInt64(0), MostCounted);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken)) Add(answer, row.GetString(0), row.GetString(1), row.GetInt64(2));
        return answer;
    }

    /// <summary>The sort key of the last record of a page: what comes next does not move when records are added before it.</summary>
    private sealed record Position(int Rank, int Copies, string Title, Guid Id)
    {
        public static Position? Read(string token)
        {
            if (PageToken.Read(token, 4) is not { } key) return null;
            return int.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out var rank)
                && int.TryParse(key[1], NumberStyles.None, CultureInfo.InvariantCulture, out var copies) && Guid.TryParseExact(key[3], "D", out var id)
                ? new Position(rank, copies, key[2], id)
                : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
        }

        public string Write() =>
            PageToken.Write(Rank.ToString(CultureInfo.InvariantCulture), Copies.ToString(CultureInfo.InvariantCulture), Title, Id.ToString("D"));
    }

    private static NpgsqlBatchCommand Page(RecordFilter filter, Position? after, int limit)
    {
        List<object> parameters = [.. filter.Parameters, limit];
        string Next(object value)
        {
            parameters.Add(value);
            return $"${parameters.Count}";
        }

        var most = $"${parameters.Count}";
        var rank = filter.Rank(exactTitle: parameters.Count + 1);
        if (filter.ExactTitle is not null) Next(filter.ExactTitle);
        var goesOn = after is null
            ? "true"
            : $"""
                (-m.rank, -m.copies_total, m.title_sort, m.id)
                > (-{Next(after.Rank)}::integer, -{Next(after.Copies)}::integer, {Next(after.Title)}::text COLLATE "C", {Next(after.Id)}::uuid)
                """;
        return DatabaseSetup.BatchCommand($"""
            WITH page AS (
                SELECT * FROM (SELECT r.id, r.copies_total, r.title_sort, {rank} AS rank FROM record r WHERE {filter.Sql}) m
                WHERE {goesOn} ORDER BY -m.rank, -m.copies_total, m.title_sort, m.id LIMIT {most})
            SELECT {RecordRow.Columns}, page.rank, r.title_sort FROM page JOIN record r ON r.id = page.id
            ORDER BY -page.rank, -page.copies_total, page.title_sort, page.id
            """, [.. parameters]);
    }

    private static NpgsqlBatchCommand Count(RecordFilter filter) => DatabaseSetup.BatchCommand(
        $"SELECT count(*) FROM (SELECT FROM record r WHERE {filter.Sql} LIMIT {MostCounted + 1}) m", [.. filter.Parameters]);

    private static NpgsqlBatchCommand Facets(RecordFilter filter) => DatabaseSetup.BatchCommand($"""
        WITH matched AS MATERIALIZED (SELECT r.id, r.material, r.language FROM record r WHERE {filter.Sql} LIMIT {MostCounted}),
        copies AS (SELECT DISTINCT i.record, i.material, i.branch FROM item i JOIN matched m ON m.id = i.record WHERE i.state <> 'WITHDRAWN'),
        value AS (
            SELECT 'material' AS field, material AS value, id FROM matched UNION SELECT 'material', material, record FROM copies
            UNION ALL SELECT 'language', language, id FROM matched WHERE language <> ''
            UNION ALL SELECT DISTINCT 'branch', branch, record FROM copies),
        counted AS (
            SELECT field, value, count(*) AS count, row_number() OVER (PARTITION BY field ORDER BY count(*) DESC, value) AS place
            FROM value GROUP BY field, value)
        SELECT field, value, count FROM counted WHERE place <= {MostValuesOfFacet} ORDER BY field, place
        """, [.. filter.Parameters]);

    private static async Task ReadPageAsync(NpgsqlDataReader row, ListRecordsResponse answer, int size, CancellationToken cancellationToken)
    {
        Position? last = null;
        while (await row.ReadAsync(cancellationToken))
        {
            if (answer.Records.Count == size)
            {
                answer.NextPageToken = last!.Write();
                continue;
            }
            var record = RecordRow.Read(row);
            last = new Position(row.GetInt32(12), record.CopiesTotal, row.GetString(13), row.GetGuid(0));
            answer.Records.Add(record);
        }
    }

    private static void Add(ListRecordsResponse answer, string field, string value, long count)
    {
        if (answer.Facets.LastOrDefault() is not { } facet || facet.Field != field) answer.Facets.Add(facet = new Facet { Field = field });
        facet.Values.Add(new FacetValue { Value = value, Count = count });
    }
}

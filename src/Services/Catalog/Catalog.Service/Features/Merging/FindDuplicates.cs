using Library.Catalog.Domain.Search;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Merging;

/// <summary>
/// What may be the same as a record: one with the same ISBN or ISSN, or with the same title, first maker, year and material; and what was merged into it, and
/// when. Found in the index alone.
/// </summary>
public sealed class FindDuplicates(NpgsqlDataSource database)
{
    private const int Most = 50;

    public async Task<FindDuplicatesResponse> RunAsync(FindDuplicatesRequest request, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse("records", request.Name, "record");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var (numbers, title) = await TermsAsync(connection, id, cancellationToken);
        var answer = new FindDuplicatesResponse();
        await AddMergesAsync(connection, id, answer, cancellationToken);
        if (numbers is null && title is null) return answer;
        await using var command = new NpgsqlCommand($"""
            SELECT {RecordRow.Columns}, $2::tsquery IS NOT NULL AND x.terms @@ $2::tsquery
            FROM record_index own, record_index x JOIN record r ON r.id = x.record
            WHERE own.record = $1 AND x.record <> $1
              AND (x.terms @@ $2::tsquery OR x.terms @@ $3::tsquery AND x.name_sort = own.name_sort AND x.year_sort = own.year_sort AND r.material = (SELECT material FROM record WHERE id = $1))
            ORDER BY -x.weight, x.record LIMIT $4
            """, connection)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = (object?)numbers ?? DBNull.Value, DataTypeName = "text" },
                new() { Value = (object?)title ?? DBNull.Value, DataTypeName = "text" }, new() { Value = Most },
            },
        };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            answer.Duplicates.Add(new FindDuplicatesResponse.Types.Duplicate
            {
                Record = RecordRow.Read(row),
                Reason = row.GetBoolean(11) ? FindDuplicatesResponse.Types.Reason.SameNumber : FindDuplicatesResponse.Types.Reason.SameTitle,
            });
        return answer;
    }

    /// <summary>The standard numbers and the whole title of the record as its terms have them.</summary>
    internal static async Task<(string? Numbers, string? Title)> TermsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT isbns, description, title FROM record WHERE id = $1", connection) { Parameters = { new() { Value = id } } };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("record");
        var issns = Description.Parser.ParseFrom(row.GetFieldValue<byte[]>(1)).Issns.Select(issn => issn.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant());
        var numbers = row.GetFieldValue<string[]>(0).Concat(issns).Select(number => $"'{IndexTerms.Prefix(Zone.Number)}{number}'").ToList();
        return (numbers.Count == 0 ? null : string.Join(" | ", numbers), IndexTerms.WholeTitle(row.GetString(2)) is { } title ? $"'{title}'" : null);
    }

    private static async Task AddMergesAsync(NpgsqlConnection connection, Guid id, FindDuplicatesResponse answer, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            SELECT target, duplicate, merged_at, undone_at FROM record_merge WHERE target = $1 OR duplicate = $1 ORDER BY merged_at DESC, id LIMIT $2
            """, connection) { Parameters = { new() { Value = id }, new() { Value = Most } } };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            answer.Merges.Add(new FindDuplicatesResponse.Types.Merge
            {
                Target = ResourceName.Of("records", row.GetGuid(0)),
                Duplicate = ResourceName.Of("records", row.GetGuid(1)),
                MergedAt = row.GetFieldValue<Instant>(2).ToTimestamp(),
                UndoneAt = row.IsDBNull(3) ? null : row.GetFieldValue<Instant>(3).ToTimestamp(),
            });
    }
}

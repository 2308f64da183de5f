using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Merging;

/// <summary>
/// For a union catalogue, after another library's records have come in: merges each record of a source into the best known one of another source that is certainly the
/// same, a page at a time. Each merge is a transaction of its own and can be undone; what was merged is found merged the next time, so that a page
/// that was broken off is simply asked for again.
/// </summary>
public sealed class MergeMatches(NpgsqlDataSource database, BusinessClock clock)
{
    private const int UsualPageSize = 50, MostPageSize = 200;

    public async Task<MergeMatchesResponse> RunAsync(MergeMatchesRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var source = fields.Text("source", request.Source, 1, 60);
        var size = fields.PageSize(request.PageSize, UsualPageSize, MostPageSize);
        fields.ThrowIfWrong();
        var records = await PageAsync(source, PageToken.Read(request.PageToken, 1)?[0] ?? "", size, cancellationToken);
        var (answer, act) = (new MergeMatchesResponse { Read = Math.Min(size, records.Count) }, Act.Of(clock, caller));
        foreach (var (record, _) in records.Take(size))
            if (await MergeAsync(source, record, act, cancellationToken) is { } target)
                answer.Merged.Add(new FindDuplicatesResponse.Types.Merge
                {
                    Target = ResourceName.Of("records", target), Duplicate = ResourceName.Of("records", record), MergedAt = act.At.ToTimestamp(),
                });
        if (records.Count > size) answer.NextPageToken = PageToken.Write(records[size - 1].ControlNumber);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await key.RecordAsync(transaction, "records", answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private async Task<List<(Guid Id, string ControlNumber)>> PageAsync(string source, string after, int size, CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT id, control_number FROM record WHERE source = $1 AND control_number > $2 AND merged_into IS NULL ORDER BY control_number LIMIT $3", source, after, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<(Guid, string)>();
        while (await row.ReadAsync(cancellationToken)) records.Add((row.GetGuid(0), row.GetString(1)));
        return records;
    }

    /// <summary>The record that it was merged into; null where there is none, or either of them is merged or in use already.</summary>
    private async Task<Guid?> MergeAsync(string source, Guid record, Act act, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await SameAsync(connection, source, record, cancellationToken) is not { } target) return null;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await MergeRecords.MergeAsync(transaction, target, [record], act, cancellationToken);
        }
        catch (Failure refused) when (refused.Reason is "RECORD_MERGED" or "RECORD_IN_USE")
        {
            return null;
        }
        await transaction.CommitAsync(cancellationToken);
        return target;
    }

    /// <summary>The same standard number, the same whole title, the same material: one of these alone is not certain.</summary>
    private static async Task<Guid?> SameAsync(NpgsqlConnection connection, string source, Guid record, CancellationToken cancellationToken)
    {
        if (await FindDuplicates.TermsAsync(connection, record, cancellationToken) is not ({ } numbers, { } title)) return null;
        await using var command = connection.Command("""
            SELECT x.record FROM record_index x JOIN record r ON r.id = x.record
            WHERE x.terms @@ $1::tsquery AND r.source <> $2 AND r.material = (SELECT material FROM record WHERE id = $3)
            ORDER BY -x.weight, x.record LIMIT 1
            """, $"({numbers}) & {title}", source, record);
        return (Guid?)await command.ExecuteScalarAsync(cancellationToken);
    }
}

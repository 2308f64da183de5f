using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Merging;

/// <summary>Takes a merged duplicate apart again: the copies that came over with it and are still there go back, and search finds it by itself.</summary>
public sealed class UnmergeRecord(NpgsqlDataSource database, ReadStock stock, BusinessClock clock)
{
    public async Task<Record> RunAsync(UnmergeRecordRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var duplicate = ResourceName.Parse("records", request.Name, "record");
        var act = Act.Of(clock, caller);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var target = await LockAsync(transaction, duplicate, cancellationToken);
            await using var command = transaction.Command("""
                WITH merge AS (
                    UPDATE record_merge SET undone_at = $3 WHERE duplicate = $1 AND undone_at IS NULL RETURNING id),
                back AS (
                    UPDATE item SET record = $1, version = version + 1
                    WHERE record = $2 AND barcode IN (SELECT barcode FROM record_merge_item WHERE merge = (SELECT id FROM merge)) RETURNING state)
                UPDATE record r SET merged_into = NULL,
                    copies_total = r.copies_total + CASE r.id WHEN $1 THEN 1 ELSE -1 END * (SELECT count(*)::integer FROM back WHERE state <> 'WITHDRAWN')
                WHERE r.id IN ($1, $2)
                """, duplicate, target, act.At);
            await command.ExecuteNonQueryAsync(cancellationToken);
            foreach (var record in new[] { duplicate, target }.Order()) await RecordIndex.RenewAsync(transaction, record, cancellationToken);
            await Renown.Renown.ReckonAsync(transaction, act.On.Year, [duplicate, target], cancellationToken);
            await key.RecordAsync(transaction, request.Name, null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return await stock.RecordAsync(request.Name, cancellationToken);
    }

    /// <summary>Locks both in the order of their ids, as a merge does; gives the record that it is merged into.</summary>
    private static async Task<Guid> LockAsync(NpgsqlTransaction transaction, Guid duplicate, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT r.id, r.merged_into FROM record r
            WHERE r.id = $1 OR r.id = (SELECT merged_into FROM record WHERE id = $1) ORDER BY r.id FOR UPDATE
            """, duplicate);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (found, target) = (false, (Guid?)null);
        while (await row.ReadAsync(cancellationToken))
            if (row.GetGuid(0) == duplicate) (found, target) = (true, row.IsDBNull(1) ? null : row.GetGuid(1));
        if (!found) throw Failure.NotFound("record");
        return target ?? throw Failure.Refused("RECORD_NOT_MERGED");
    }
}

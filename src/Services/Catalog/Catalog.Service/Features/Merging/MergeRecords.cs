using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Merging;

/// <summary>
/// Merges duplicates into a record: their copies belong to it, search finds it by their numbers and not them by themselves. They stay as they came, an
/// import goes on changing them, and each merge is remembered with its copies, so that it can be undone. Locks: records in the order of their ids,
/// then items, then the index.
/// </summary>
public sealed class MergeRecords(NpgsqlDataSource database, ReadStock stock, BusinessClock clock)
{
    private const int Most = 20;
    private const string OneAtATime = "record_merge_one_at_a_time";

    public async Task<Record> RunAsync(MergeRecordsRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var target = ResourceName.Parse("records", request.Name, "record");
        var fields = new Fields();
        fields.Range("duplicates.size", request.Duplicates.Count, 1, Most);
        var duplicates = request.Duplicates.Take(Most).Select(name => fields.Name("duplicates", "records", name)).Distinct().ToArray();
        if (duplicates.Contains(target)) fields.Wrong("duplicates", "FORBIDDEN");
        fields.ThrowIfWrong();
        var act = Act.Of(clock, caller);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await MergeAsync(transaction, target, duplicates, act, cancellationToken);
            await key.RecordAsync(transaction, request.Name, null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return await stock.RecordAsync(request.Name, cancellationToken);
    }

    /// <summary>In the caller's transaction.</summary>
    /// <exception cref="Failure">NOT_FOUND; FAILED_PRECONDITION RECORD_MERGED or RECORD_IN_USE.</exception>
    internal static async Task MergeAsync(NpgsqlTransaction transaction, Guid target, Guid[] duplicates, Act act, CancellationToken cancellationToken)
    {
        await MustBeFreeAsync(transaction, target, duplicates, cancellationToken);
        foreach (var duplicate in duplicates.Order()) await MergeAsync(transaction, target, duplicate, act, cancellationToken);
        await RecordIndex.RenewAsync(transaction, target, cancellationToken);
        await Renown.Renown.ReckonAsync(transaction, act.On.Year, [target], cancellationToken);
    }

    /// <summary>
    /// None of them is merged into another or has others merged into it, but for the target; and none but the target has what goes on by itself: a
    /// subscription, outstanding orders, licences, members who wait. The second statement sees what was done before the first had its locks.
    /// </summary>
    private static async Task MustBeFreeAsync(NpgsqlTransaction transaction, Guid target, Guid[] duplicates, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    SELECT r.merged_into IS NOT NULL OR (r.id <> $2 AND EXISTS (SELECT FROM record d WHERE d.merged_into = r.id))
                    FROM record r WHERE r.id = ANY ($1) ORDER BY r.id FOR UPDATE
                    """, duplicates.Append(target).ToArray(), target),
                DatabaseSetup.BatchCommand("""
                    SELECT EXISTS (SELECT FROM subscription WHERE record = ANY ($1) AND NOT ended)
                        OR EXISTS (SELECT FROM licensed_title WHERE record = ANY ($1))
                        OR EXISTS (SELECT FROM hold WHERE record = ANY ($1) AND closed_at IS NULL)
                        OR EXISTS (SELECT FROM order_line l JOIN order_copies c USING (order_id, line) WHERE l.record = ANY ($1) AND c.arrived + c.cancelled < c.ordered)
                    """, duplicates),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var (found, merged) = (0, false);
        for (; await row.ReadAsync(cancellationToken); found++) merged |= row.GetBoolean(0);
        if (found != duplicates.Length + 1) throw Failure.NotFound("record");
        if (merged) throw Failure.Refused("RECORD_MERGED");
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if (row.GetBoolean(0)) throw Failure.Refused("RECORD_IN_USE");
    }

    private static async Task MergeAsync(NpgsqlTransaction transaction, Guid target, Guid duplicate, Act act, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            WITH merge AS (
                INSERT INTO record_merge (id, target, duplicate, merged_at, role) VALUES ($1, $2, $3, $4, $5)),
            came AS (
                UPDATE item SET record = $2, version = version + 1 WHERE record = $3 RETURNING barcode, state),
            remembered AS (
                INSERT INTO record_merge_item (merge, barcode) SELECT $1, barcode FROM came),
            unfound AS (
                DELETE FROM record_index WHERE record = $3)
            UPDATE record r SET merged_into = CASE r.id WHEN $3 THEN $2 END,
                copies_total = r.copies_total + CASE r.id WHEN $2 THEN 1 ELSE -1 END * (SELECT count(*)::integer FROM came WHERE state <> 'WITHDRAWN')
            WHERE r.id IN ($2, $3)
            """, Guid.CreateVersion7(), target, duplicate, act.At, act.Role);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == OneAtATime)
        {
            throw Failure.Refused("RECORD_MERGED");
        }
    }
}

using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Lockers;

/// <summary>What is not collected: its code is good for nothing after the last day, and staff take it out.</summary>
public sealed class TakeOutOfLocker(NpgsqlDataSource database, ReadDeposits deposits, BusinessClock clock, Outbox outbox) : IPeriodicJob
{
    private const int Batch = 200, MostBatches = 1_000;

    public string Name => "lockers";
    public LocalTime DueAt => new(0, 20);

    /// <summary>Each is marked and told in one transaction; a second run finds none. One whose door is just opening is left for the next.</summary>
    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
            if (await MarkAsync(day, cancellationToken) < Batch) return;
    }

    public async Task<LockerDeposit> RunAsync(string name, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var deposit = await DepositStep.HoldAsync(transaction, name, LockerDeposit.Types.Purpose.Collection, caller, cancellationToken);
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
            {
                BatchCommands =
                {
                    DatabaseSetup.BatchCommand("SELECT FROM item WHERE barcode = ANY ($1) ORDER BY barcode FOR UPDATE", [deposit.Barcodes]),
                    DatabaseSetup.BatchCommand("""
                        UPDATE item c SET state = 'AVAILABLE', kept_for = NULL, version = c.version + 1 FROM locker_deposit_item i
                        WHERE i.deposit = $1 AND i.set_aside AND c.barcode = i.barcode AND c.state = 'ON_HOLD_SHELF' AND c.kept_for = $2
                        """, deposit.Id, deposit.Member),
                    DatabaseSetup.BatchCommand("UPDATE locker_deposit_item SET open = false WHERE deposit = $1", deposit.Id),
                    DatabaseSetup.BatchCommand("UPDATE locker_deposit SET state = 'TAKEN_OUT', closed_at = $2, version = version + 1 WHERE id = $1", deposit.Id, clock.Now),
                },
            };
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        return await deposits.GetAsync(name, caller, cancellationToken);
    }

    private async Task<int> MarkAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var late = new List<DepositRow>();
        await using (var find = transaction.Command($"""
            {DepositRow.Select} WHERE d.state = 'WAITING' AND d.collect_until < $1 AND coalesce(d.opening_until < clock_timestamp(), true)
            ORDER BY d.id LIMIT $2 FOR UPDATE OF d SKIP LOCKED
            """, day, Batch))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) late.Add(DepositRow.Read(row));
        await using (var mark = transaction.Command(
            "UPDATE locker_deposit SET state = 'NOT_COLLECTED', version = version + 1 WHERE id = ANY ($1)", late.Select(deposit => deposit.Id).ToArray()))
            await mark.ExecuteNonQueryAsync(cancellationToken);
        await outbox.AddAsync(transaction, late.Select(deposit => new LockerNotCollected
        {
            Aggregate = deposit.Name,
            Version = deposit.Version + 1,
            Member = ResourceName.Of("members", deposit.Member!.Value),
            Barcodes = deposit.Barcodes,
            CollectUntil = deposit.CollectUntil!.Value.ToDateOnly(),
        }), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return late.Count;
    }
}

using Library.Catalog.Borrowers;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Kind = Library.Catalog.V1.CirculationStatistics.Types.Kind;

namespace Library.Catalog.Features.Holding;

/// <summary>
/// What a new day does to holds, before the branches open: those of members who are gone are closed, what was not collected in time expires and is
/// charged (art. 33), who has until tomorrow is told, and what is free is set aside for who waits. Each step is guarded by what it changes: a second
/// run, or a late one, finds nothing to do.
/// </summary>
public sealed class SettleHolds(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, BusinessClock clock, Outbox outbox) : IPeriodicJob
{
    private const int Batch = 500, MostBatches = 2_000;

    public string Name => "holds";
    public LocalTime DueAt => new(4, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await EachAsync(
            "SELECT h.id, h.record FROM hold h JOIN borrower b ON b.member = h.member WHERE h.closed_at IS NULL AND b.state IN ('LEFT', 'EXCLUDED', 'ERASED') LIMIT $1",
            [], day, LeaveAsync, cancellationToken);
        await EachAsync("SELECT id, record FROM hold WHERE state = 'READY' AND ready_until < $2 LIMIT $1", [day], day, ExpireAsync, cancellationToken);
        for (var batch = 0; batch < MostBatches && await TellAsync(day, cancellationToken) == Batch; batch++) outbox.Wake();
        await SetAsideAsync(day, cancellationToken);
        outbox.Wake();
    }

    /// <summary>One transaction a hold, its queue locked; what it was set aside is for the next.</summary>
    private async Task EachAsync(
        string sql, object[] more, LocalDate day, Func<NpgsqlTransaction, Guid, LocalDate, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var holds = new List<(Guid Id, Guid Record)>();
            await using (var command = database.Command(sql, [Batch, .. more]))
            await using (var row = await command.ExecuteReaderAsync(cancellationToken))
                while (await row.ReadAsync(cancellationToken)) holds.Add((row.GetGuid(0), row.GetGuid(1)));
            foreach (var (id, record) in holds)
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await HoldQueue.LockAsync(transaction, record, cancellationToken);
                await step(transaction, id, day, cancellationToken);
                await queue.SetAsideAsync(transaction, record, day, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            outbox.Wake();
            if (holds.Count < Batch) return;
        }
    }

    private async Task LeaveAsync(NpgsqlTransaction transaction, Guid id, LocalDate day, CancellationToken cancellationToken)
    {
        await using var leave = transaction.Command($"""
            WITH left_open AS (
                UPDATE hold SET state = 'CANCELLED', closed_at = $4, version = version + 1 WHERE id = $3 AND closed_at IS NULL
                RETURNING record, member, pickup_branch)
            {CirculationFacts.OfHolds("left_open")}
            """, day, Names.Of(Kind.HoldCancelled), id, clock.Now);
        await leave.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ExpireAsync(NpgsqlTransaction transaction, Guid id, LocalDate day, CancellationToken cancellationToken)
    {
        HoldNotCollected fact;
        Guid member;
        await using (var expire = transaction.Command("""
            UPDATE hold SET state = 'EXPIRED', closed_at = $2, version = version + 1 WHERE id = $1 AND state = 'READY' AND ready_until < $3
            RETURNING version, member, ready_until, pickup_branch
            """, id, clock.Now, day))
        await using (var row = await expire.ExecuteReaderAsync(cancellationToken))
        {
            if (!await row.ReadAsync(cancellationToken)) return;
            var name = ResourceName.Of(HoldRow.Collection, id);
            member = row.GetGuid(1);
            fact = new HoldNotCollected
            {
                Aggregate = name,
                Version = row.GetInt64(0),
                Member = ResourceName.Of("members", member),
                ReadyUntil = row.GetFieldValue<LocalDate>(2).ToDateOnly(),
                Fee = FeeOf(name, ResourceName.Of("members", member), row.GetString(3), day),
            };
        }
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { outbox.Write(fact), CirculationFacts.OfHold(Kind.HoldExpired, id, day) } };
        if (fact.Fee is { } fee) batch.BatchCommands.Add(Snapshots.CountCharge(fee, member));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Per title (art. 33); null on a day without a price.</summary>
    private Charge? FeeOf(string hold, string member, string branch, LocalDate day) => rules.Prices.On(day) is not { } list ? null : UnitCharge.Of(
        ChargeKind.HoldNotCollected, PriceCodes.HoldNotCollected, list, list.HoldNotCollectedMinor, units: 1, member, branch, subject: hold, day, rules);

    private async Task<int> TellAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var told = new List<HoldExpiring>();
        await using (var command = transaction.Command("""
            UPDATE hold SET expiry_told_for = ready_until, version = version + 1
            WHERE id = ANY (ARRAY(
                SELECT id FROM hold WHERE state = 'READY' AND ready_until = $1 AND expiry_told_for IS DISTINCT FROM ready_until ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED))
            RETURNING id, version, member, pickup_branch, ready_until
            """, day.PlusDays(1), Batch))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
                told.Add(new HoldExpiring
                {
                    Aggregate = ResourceName.Of(HoldRow.Collection, row.GetGuid(0)),
                    Version = row.GetInt64(1),
                    Member = ResourceName.Of("members", row.GetGuid(2)),
                    PickupBranch = row.GetString(3),
                    ReadyUntil = row.GetFieldValue<LocalDate>(4).ToDateOnly(),
                });
        await outbox.AddAsync(transaction, told, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return told.Count;
    }

    /// <summary>Suspensions that are over, copies that came on a shelf by another way than the desk's.</summary>
    private async Task SetAsideAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var records = new List<Guid>();
            await using (var command = database.Command($"""
                SELECT DISTINCT h.record FROM hold h
                WHERE {HoldQueue.WaitsNow("$1")} AND h.record > $2 AND EXISTS (
                    SELECT FROM item i WHERE i.record = h.record AND i.state IN ('AVAILABLE', 'ON_HOLD_SHELF') AND i.kept_for IS NULL
                        AND NOT EXISTS (SELECT FROM hold o WHERE o.barcode = i.barcode AND o.closed_at IS NULL))
                ORDER BY h.record LIMIT $3
                """, day, after, Batch))
            await using (var row = await command.ExecuteReaderAsync(cancellationToken))
                while (await row.ReadAsync(cancellationToken)) records.Add(row.GetGuid(0));
            foreach (var record in records)
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await queue.SetAsideIfWantedAsync(transaction, record, day, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            if (records.Count < Batch) return;
            after = records[^1];
        }
    }
}

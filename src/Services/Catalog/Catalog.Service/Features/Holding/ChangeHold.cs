using Library.Catalog.Domain;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Holding;

/// <summary>
/// Gives a hold up, suspends and resumes it, and changes where it is collected. A copy that was set aside stays where it is until it is scanned; it is
/// for the next in the queue, or to be put away.
/// </summary>
public sealed class ChangeHold(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, ReadHolds holds, BusinessClock clock)
{
    private const int MostDays = 731;

    public Task<Hold> CancelAsync(CancelHoldRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        RunAsync(request.Name, caller, key, (hold, _) => Task.FromResult<NpgsqlBatchCommand[]>(hold.IsOpen
            ?
            [
                DatabaseSetup.BatchCommand("UPDATE hold SET state = 'CANCELLED', closed_at = $2, version = version + 1 WHERE id = $1", hold.Id, clock.Now),
                CirculationFacts.OfHold(CirculationStatistics.Types.Kind.HoldCancelled, hold.Id, clock.Today),
            ]
            : []), cancellationToken);

    public Task<Hold> SuspendAsync(SuspendHoldRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var fields = new Fields();
        var until = fields.Date("until", request.Until);
        if (request.Until.Length > 0 && (until < today || until > today.PlusDays(MostDays)))
            fields.Wrong("until", "RANGE", ("min", today.Iso()), ("max", today.PlusDays(MostDays).Iso()));
        fields.ThrowIfWrong();
        return RunAsync(request.Name, caller, key, (hold, _) => Task.FromResult<NpgsqlBatchCommand[]>(Open(hold).State == HoldState.Waiting
            ? [DatabaseSetup.BatchCommand(
                "UPDATE hold SET suspended_until = $2, barcode = NULL, prepared = false, version = version + 1 WHERE id = $1", hold.Id, until)]
            : throw Failure.Refused([ContractCode.Of(HoldRefusal.HoldReady)])), cancellationToken);
    }

    public Task<Hold> ResumeAsync(ResumeHoldRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        RunAsync(request.Name, caller, key, (hold, _) => Task.FromResult<NpgsqlBatchCommand[]>(
            [DatabaseSetup.BatchCommand("UPDATE hold SET suspended_until = NULL, version = version + 1 WHERE id = $1", Open(hold).Id)]), cancellationToken);

    public Task<Hold> ChangePickupAsync(ChangeHoldPickupRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var pickup = fields.Branch("pickupBranch", request.PickupBranch, rules);
        fields.ThrowIfWrong();
        return RunAsync(request.Name, caller, key, async (hold, transaction) =>
        {
            if (!await IsGoodAtAsync(transaction, Open(hold), pickup, cancellationToken)) throw LoanRefusing.Failure([LoanRefusal.MembershipBranch], []);
            // what waits on a hold shelf is fetched from there; what is on its way goes on when it arrives
            return [DatabaseSetup.BatchCommand("""
                UPDATE hold SET pickup_branch = $2, prepared = false, state = CASE state WHEN 'READY' THEN 'WAITING' ELSE state END,
                    ready_at = NULL, ready_until = NULL, version = version + 1
                WHERE id = $1 AND pickup_branch <> $2
                """, hold.Id, pickup)];
        }, cancellationToken);
    }

    private static HoldRow Open(HoldRow hold) => hold.IsOpen ? hold : throw Failure.Refused([ContractCode.Of(HoldRefusal.HoldClosed)]);

    /// <summary>The smaller fee is good at the small branches only (art. 19).</summary>
    private async Task<bool> IsGoodAtAsync(NpgsqlTransaction transaction, HoldRow hold, string pickup, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT membership = 'SMALL_BRANCH' FROM borrower WHERE member = $1", hold.Member);
        return await command.ExecuteScalarAsync(cancellationToken) is not true || rules.SmallFeeBranches(clock.Today).Contains(pickup);
    }

    /// <summary>The hold as it stands with its queue locked, changed by the step's commands; none: it stays as it is.</summary>
    private async Task<Hold> RunAsync(
        string name, Caller caller, CommandKey key, Func<HoldRow, NpgsqlTransaction, Task<NpgsqlBatchCommand[]>> step, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(HoldRow.Collection, name, "hold");
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            // the record of a hold never changes: what is read before the lock tells which queue to lock
            var before = await HoldRow.FindAsync(transaction.Command, id, cancellationToken) ?? throw Failure.NotFound("hold");
            caller.MustOwn(before.MemberName, "hold");
            await HoldQueue.LockAsync(transaction, before.Record, cancellationToken);
            var hold = await HoldRow.FindAsync(transaction.Command, id, cancellationToken) ?? throw Failure.NotFound("hold");
            if (await step(hold, transaction) is { Length: > 0 } changes)
            {
                await using (var batch = new NpgsqlBatch(transaction.Open(), transaction))
                {
                    foreach (var change in changes) batch.BatchCommands.Add(change);
                    await batch.ExecuteNonQueryAsync(cancellationToken);
                }
                await queue.SetAsideAsync(transaction, hold.Record, clock.Today, cancellationToken);
            }
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        return await holds.GetAsync(name, caller, cancellationToken);
    }
}

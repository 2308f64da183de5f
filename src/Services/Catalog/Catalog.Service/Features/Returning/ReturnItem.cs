using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Losing;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Returning;

/// <summary>
/// Takes an item back, at whichever branch it is handed in (art. 35), and charges what being late costs in the same transaction (art. 36).
/// An item that was on its way is shelved where it arrives, and one that was missing or lost is found: there is no loan then. One of a floating
/// collection stays at the branch where it is handed in. What somebody waits for goes to the hold shelf or on its way there (art. 33), also when it is
/// scanned because it was fetched for a hold, or is left over on the hold shelf. What was declared lost and is handed in after all ends its case (art. 42).
/// </summary>
public sealed partial class ReturnItem(
    NpgsqlDataSource database, NetworkRules rules, Fines fines, HoldQueue queue, LostCopies lost, BusinessClock clock, Outbox outbox, DeskMetrics metrics)
{
    /// <param name="request">What is handed in, and where it is scanned.</param>
    /// <param name="caller">In whose role.</param>
    /// <param name="key">Of the command.</param>
    /// <param name="cancellationToken">Of the call.</param>
    /// <param name="handedInAt">When the reader gave it away, where that was before it is scanned: the return and its fine count from then. Not later than now.</param>
    public async Task<Return> RunAsync(
        CreateReturnRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken, Instant? handedInAt = null)
    {
        var fields = new Fields();
        var barcode = fields.Code("barcode", request.Barcode);
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();

        var act = Act.Of(clock, caller);
        if (handedInAt is { } then) act = act with { At = then, On = then.InZone(clock.Zone).Date };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (item, loan, hold) = await LoadAsync(transaction, barcode, branch, act.On, cancellationToken);
        if (item is null) throw Failure.NotFound("item");
        var arrives = item.State == "IN_TRANSIT" && (item.Location == branch || (hold is null && rules.IsAtHome(item.Location, branch)));
        if (loan is null && item.State == "ON_LOAN") throw Failure.Refused("ITEM_AT_PARTNER");
        if (loan is null && hold is null && !arrives && item.State is not ("MISSING" or "LOST" or "ON_HOLD_SHELF")) throw Failure.NotFound("loan");

        var answer = await SaveAsync(transaction, new Handed(barcode, branch, act, item, arrives, hold), loan, key, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        if (loan is not null) metrics.Returned(branch);
        return answer;
    }

    /// <param name="Stands">Code of the branch where it stands: its own, or the one that has it for a time.</param>
    /// <param name="IsLent">Somebody may wait for it.</param>
    /// <param name="OfLender">Another library's: it goes back there.</param>
    private sealed record ItemRow(string Stands, string Location, string State, string Collection, string Branch, bool IsLent, bool OfLender);

    /// <param name="Barcode">Of the copy.</param>
    /// <param name="At">Code of the branch that has it in hand.</param>
    /// <param name="Act">When, and by whom.</param>
    /// <param name="Item">As it was.</param>
    /// <param name="Arrives">It was on its way here.</param>
    /// <param name="Hold">Who waits for it; null: nobody.</param>
    private sealed record Handed(string Barcode, string At, Act Act, ItemRow Item, bool Arrives, HeldFor? Hold)
    {
        public Instant When => Act.At;
    }

    /// <summary>One round trip. The copy is locked first, then its loan, then the title's queue.</summary>
    private async Task<(ItemRow? Item, LoanRow? Loan, HeldFor? Hold)> LoadAsync(
        NpgsqlTransaction transaction, string barcode, string branch, LocalDate today, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    SELECT coalesce(i.stands_at, i.branch), i.location, coalesce(i.absence, i.state), i.collection, i.branch, i.lending, i.material, r.title,
                        i.lender_due_on IS NOT NULL
                    FROM item i JOIN record r ON r.id = i.record WHERE i.barcode = $1 FOR UPDATE OF i
                    """, barcode),
                DatabaseSetup.BatchCommand(LoanRow.Select + " WHERE l.barcode = $1 AND l.returned_at IS NULL FOR UPDATE OF l", barcode),
                HoldQueue.LockOf(barcode),
                queue.ForCopy(barcode, branch, today),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var item = await row.ReadAsync(cancellationToken)
            ? new ItemRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4),
                queue.IsLent(row.GetString(5), row.GetString(6), row.GetString(4), row.GetString(7), today), row.GetBoolean(8))
            : null;
        await row.NextResultAsync(cancellationToken);
        var loan = await row.ReadAsync(cancellationToken) ? LoanRow.Read(row) : null;
        await row.NextResultAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        var hold = await row.ReadAsync(cancellationToken) ? HoldQueue.Read(row) : null;
        // what is not lent, or is written off, is nobody's to wait for, unless it was set aside before that was so
        return (item, loan, hold is { IsSetAside: false } && item is not { IsLent: true, OfLender: false, State: not "WITHDRAWN" } ? null : hold);
    }

    private async Task<Return> SaveAsync(NpgsqlTransaction transaction, Handed handed, LoanRow? loan, CommandKey key, CancellationToken cancellationToken)
    {
        var today = handed.Act.On;
        var floats = handed.Hold is null && !rules.IsAtHome(handed.Item.Stands, handed.At) && rules.Floats(handed.Item.Collection, today);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        var answer = handed.Hold is { } hold ? For(hold, handed, batch) : Home(handed, floats, batch);
        (answer.ReturnedAt, answer.CurrencyCode) = (Timestamp.FromDateTimeOffset(handed.When.ToDateTimeOffset()), rules.CurrencyCode);
        if (loan is null) Note(batch, handed);
        else
        {
            var fine = fines.Price(loan, today);
            var charge = fines.ChargeOf(loan, fine, today);
            (answer.Loan, answer.OverdueDays, answer.FineMinor) = (loan.Name, fine.OverdueDays, charge?.AmountMinor ?? 0);
            Close(batch, handed, loan, fine, charge, today);
            if (handed.Item.OfLender) batch.BatchCommands.Add(LenderCopy.TakenBack(handed.Barcode, handed.When));
        }
        if (loan?.ReplaceUntil is not null)
            foreach (var command in await lost.HandedInAsync(transaction, loan, handed.At, handed.Act, cancellationToken)) batch.BatchCommands.Add(command);
        else if (loan is null && handed.Item.State == "LOST")
            foreach (var command in await lost.FoundAsync(transaction, [handed.Barcode], handed.At, handed.Act, cancellationToken)) batch.BatchCommands.Add(command);
        if (key.Given) batch.BatchCommands.Add(key.Record(answer.Loan, answer));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (floats) await RecordIndex.NoteCopiesAsync(transaction, [handed.Barcode], cancellationToken);
        return answer;
    }

    private Return For(HeldFor hold, Handed handed, NpgsqlBatch batch)
    {
        var (commands, until) = queue.Scanned(hold, handed.Barcode, handed.At, handed.Act);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("UPDATE item SET state = $2, location = $3, absence = NULL, version = version + 1 WHERE barcode = $1",
            handed.Barcode, until is null ? "IN_TRANSIT" : "ON_HOLD_SHELF", hold.PickupBranch));
        foreach (var command in commands) batch.BatchCommands.Add(command);
        return until is { } day
            ? new Return { Hold = hold.Name, Next = Return.Types.Next.HoldShelf, ReadyUntil = day.Iso() }
            : new Return { Hold = hold.Name, Next = Return.Types.Next.Transit, ToBranch = hold.PickupBranch };
    }

    private Return Home(Handed handed, bool floats, NpgsqlBatch batch)
    {
        var home = floats || rules.IsAtHome(handed.Item.Stands, handed.At);
        batch.BatchCommands.Add(floats ? Stay(handed) : DatabaseSetup.BatchCommand(
            "UPDATE item SET state = $2, location = $3, absence = NULL, version = version + 1 WHERE barcode = $1",
            handed.Barcode, !home ? "IN_TRANSIT" : handed.Item.OfLender ? "ON_HOLD_SHELF" : "AVAILABLE", handed.Item.Stands));
        return home
            ? new Return { Next = handed.Item.OfLender ? Return.Types.Next.BackToLender : Return.Types.Next.Shelve }
            : new Return { Next = Return.Types.Next.Transit, ToBranch = handed.Item.Stands };
    }

    /// <summary>It belongs here from now on; who paid for it goes on bearing it.</summary>
    private NpgsqlBatchCommand Stay(Handed handed) => DatabaseSetup.BatchCommand("""
        UPDATE item SET state = 'AVAILABLE', absence = NULL, location = $2, branch = $2, stands_at = NULL, version = version + 1,
            cost_centre = CASE cost_centre WHEN '' THEN $3 ELSE cost_centre END
        WHERE barcode = $1
        """, handed.Barcode, handed.At, rules.MunicipalityOf(handed.Item.Branch));

    /// <summary>What came without a loan arrived or was found; what was fetched for a hold, or put away, has no history of it.</summary>
    private static void Note(NpgsqlBatch batch, Handed handed)
    {
        var kind = handed.Arrives ? ItemEvents.Arrived : handed.Item.State is "MISSING" or "LOST" ? ItemEvents.Found : null;
        if (kind is not null) batch.BatchCommands.Add(ItemEvents.Write(handed.Barcode, handed.Act, kind, handed.At));
    }

    private void Close(NpgsqlBatch batch, Handed handed, LoanRow loan, Fine fine, Charge? charge, LocalDate today)
    {
        var member = loan.Member ?? throw new InvalidOperationException("An open loan has a member.");
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            UPDATE loan SET returned_at = $2, returned_branch = $3, overdue_days = $4, fine_minor = $5, fine_charge = $6, replace_until = NULL, version = version + 1,
                claim_outcome = CASE WHEN claimed_returned_on IS NULL THEN claim_outcome ELSE 'FOUND' END
            WHERE id = $1
            """, loan.Id, handed.When, handed.At, fine.OverdueDays, charge?.AmountMinor ?? 0, charge?.Id));
        if (charge is not null) batch.BatchCommands.Add(Snapshots.CountCharge(charge, member));
        // last of all: what was returned and what is charged count
        batch.BatchCommands.Add(Snapshots.EndSpellIfOver(member, clock.Today));
        batch.BatchCommands.Add(outbox.Write(new ItemReturned
        {
            Aggregate = loan.Name,
            Version = loan.Version + 1,
            Member = ResourceName.Of("members", member),
            Barcode = handed.Barcode,
            Branch = handed.At,
            ReturnedAt = handed.When.ToDateTimeOffset(),
            OverdueDays = fine.OverdueDays,
            Fine = charge,
        }));
        batch.BatchCommands.Add(CirculationFacts.Returned(loan.Id, handed.When, clock.Zone));
    }
}

using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Loans;
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
/// collection stays at the branch where it is handed in.
/// </summary>
public sealed class ReturnItem(NpgsqlDataSource database, NetworkRules rules, Fines fines, BusinessClock clock, Outbox outbox, DeskMetrics metrics)
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
        var (item, loan) = await LoadAsync(transaction, barcode, cancellationToken);
        if (item is null) throw Failure.NotFound("item");
        var arrives = item.State == "IN_TRANSIT" && item.Location == branch;
        if (loan is null && item.State == "ON_LOAN") throw Failure.Refused("ITEM_AT_PARTNER");
        if (loan is null && !arrives && item.State is not ("MISSING" or "LOST")) throw Failure.NotFound("loan");

        var answer = await SaveAsync(transaction, new Handed(barcode, branch, act, item, arrives), loan, key, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        if (loan is not null) metrics.Returned(branch);
        return answer;
    }

    /// <param name="Stands">Code of the branch where it stands: its own, or the one that has it for a time.</param>
    /// <param name="OfLender">Another library's: it goes back there.</param>
    private sealed record ItemRow(string Stands, string Location, string State, string Collection, string Branch, bool OfLender);

    private sealed record Handed(string Barcode, string At, Act Act, ItemRow Item, bool Arrives)
    {
        public Instant When => Act.At;
    }

    private static async Task<(ItemRow? Item, LoanRow? Loan)> LoadAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    SELECT coalesce(stands_at, branch), location, coalesce(absence, state), collection, branch, lender_due_on IS NOT NULL FROM item WHERE barcode = $1 FOR UPDATE
                    """, barcode),
                DatabaseSetup.BatchCommand(LoanRow.Select + " WHERE l.barcode = $1 AND l.returned_at IS NULL FOR UPDATE OF l", barcode),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var item = await row.ReadAsync(cancellationToken) 
            ? new ItemRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetBoolean(5))
            : null;
        await row.NextResultAsync(cancellationToken);
        return (item, await row.ReadAsync(cancellationToken) ? LoanRow.Read(row) : null);
    }

    private async Task<Return> SaveAsync(NpgsqlTransaction transaction, Handed handed, LoanRow? loan, CommandKey key, CancellationToken cancellationToken)
    {
        var today = handed.Act.On;
        var floats = handed.At != handed.Item.Stands && !handed.Arrives && rules.Floats(handed.Item.Collection, today);
        var home = handed.Arrives || floats || handed.At == handed.Item.Stands;
        var answer = new Return
        {
            ReturnedAt = Timestamp.FromDateTimeOffset(handed.When.ToDateTimeOffset()),
            CurrencyCode = rules.CurrencyCode,
            Next = !home ? Return.Types.Next.Transit : handed.Item.OfLender ? Return.Types.Next.BackToLender : Return.Types.Next.Shelve,
            ToBranch = home ? "" : handed.Item.Stands,
        };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        batch.BatchCommands.Add(floats ? Stay(handed) : DatabaseSetup.BatchCommand(
            "UPDATE item SET state = $2, location = $3, version = version + 1 WHERE barcode = $1",
            handed.Barcode, !home ? "IN_TRANSIT" : handed.Item.OfLender ? "ON_HOLD_SHELF" : "AVAILABLE", home ? handed.At : handed.Item.Stands));
        if (loan is null) Note(batch, handed);
        else
        {
            var fine = fines.Price(loan, today);
            var charge = fines.ChargeOf(loan, fine, today);
            (answer.Loan, answer.OverdueDays, answer.FineMinor) = (loan.Name, fine.OverdueDays, charge?.AmountMinor ?? 0);
            Close(batch, handed, loan, fine, charge, today);
            if (handed.Item.OfLender) batch.BatchCommands.Add(LenderCopy.TakenBack(handed.Barcode, handed.When));
        }
        if (key.Given) batch.BatchCommands.Add(key.Record(answer.Loan, answer));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (floats) await RecordIndex.NoteCopiesAsync(transaction, [handed.Barcode], cancellationToken);
        return answer;
    }

    /// <summary>It belongs here from now on; who paid for it goes on bearing it.</summary>
    private NpgsqlBatchCommand Stay(Handed handed) => DatabaseSetup.BatchCommand("""
        UPDATE item SET state = 'AVAILABLE', location = $2, branch = $2, stands_at = NULL, version = version + 1,
            cost_centre = CASE cost_centre WHEN '' THEN $3 ELSE cost_centre END
        WHERE barcode = $1
        """, handed.Barcode, handed.At, rules.MunicipalityOf(handed.Item.Branch));

    /// <summary>What came without a loan arrived or was found.</summary>
    private static void Note(NpgsqlBatch batch, Handed handed)
    {
        batch.BatchCommands.Add(ItemEvents.Write(
            handed.Barcode, handed.Act, handed.Arrives ? ItemEvents.Arrived : ItemEvents.Found, handed.At));
        // before its state changes: only what is lost to the desk is missing
        if (!handed.Arrives)
            batch.BatchCommands.Insert(0, DatabaseSetup.BatchCommand("UPDATE item SET absence = NULL WHERE barcode = $1", handed.Barcode));
    }

    private void Close(NpgsqlBatch batch, Handed handed, LoanRow loan, Fine fine, Charge? charge, LocalDate today)
    {
        var member = loan.Member ?? throw new InvalidOperationException("An open loan has a member.");
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            UPDATE loan SET returned_at = $2, returned_branch = $3, overdue_days = $4, fine_minor = $5, version = version + 1 WHERE id = $1
            """, loan.Id, handed.When, handed.At, fine.OverdueDays, charge?.AmountMinor ?? 0));
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
    }
}

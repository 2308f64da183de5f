using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Undo;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Undoing;

/// <summary>
/// Undoes a wrong return: the newest loan of the copy is open again as it was, and its fine is taken back. Only while nobody has acted on the copy, and
/// it is not set aside for another's hold: whoever was promised it has it. Once more it gives the same answer.
/// </summary>
public sealed class UndoReturn(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock, Outbox outbox)
{
    /// <summary>What is written into a copy's history without moving it.</summary>
    private const string Notes = "'CREATED', 'CHANGED', 'PRICE_CHANGED', 'CONDITION_NOTED'";

    public async Task<Loan> RunAsync(UndoReturnRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var barcode = fields.Code("barcode", request.Barcode);
        var branch = fields.Branch("branch", request.Branch, rules);
        var reason = fields.Reason(request.Reason);
        fields.ThrowIfWrong();

        var act = Act.Of(clock, caller);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (item, open, openWasUndone, back) = await LoadAsync(transaction, barcode, cancellationToken);
        if (item is null) throw Failure.NotFound("item");
        if (open is not null && !openWasUndone) throw Failure.Refused("ITEM_ON_LOAN");
        var loan = open;
        if (loan is null)
        {
            if (back is null) throw Failure.NotFound("loan");
            Scan.MustBeUndoable(
                new UndoFacts
                {
                    DoneAt = back.Loan.ReturnedAt,
                    DoneAtBranch = back.Branch,
                    Overtaken = back.Acted || !back.CanBeOpened || back.SetAsideForAnother || !item.IsAsReturned(branch),
                },
                branch, rules, act);
            loan = await SaveAsync(transaction, back, item, (branch, reason), act, cancellationToken);
        }
        var answer = loan.Answer(rules, clock.Today, withMember: false);
        await key.RecordAsync(transaction, loan.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private sealed record Copy(string State, string Location, Guid Record, bool OfLender)
    {
        /// <summary>Where a return puts it that nobody waits for: home, or on its way there.</summary>
        public bool IsAsReturned(string branch) => State == "IN_TRANSIT" || (Location == branch && State == (OfLender ? "ON_HOLD_SHELF" : "AVAILABLE"));
    }

    /// <param name="Loan">The newest that ended and was one.</param>
    /// <param name="Branch">Where it came back.</param>
    /// <param name="FineMinor">What was charged then.</param>
    /// <param name="FineCharge">By which charge.</param>
    /// <param name="Acted">Anything happened to the copy since: a later loan, or what its history tells of.</param>
    /// <param name="SetAsideForAnother">Somebody's hold has the copy, other than the reader's own.</param>
    private sealed record Back(LoanRow Loan, string Branch, long FineMinor, Guid? FineCharge, bool Acted, bool SetAsideForAnother)
    {
        /// <summary>Not where nobody is named any more, or an older version charged a fine that cannot be taken back, or the library gave it up.</summary>
        public bool CanBeOpened => Loan is { Member: not null, ClaimOutcome: not Domain.Claims.ReturnClaimOutcome.LibraryLost } && (FineMinor == 0 || FineCharge is not null);
    }

    /// <summary>The copy is locked first, then its loans, then the title's queue; what is set aside is looked at after that.</summary>
    private static async Task<(Copy? Item, LoanRow? Open, bool OpenWasUndone, Back? Back)> LoadAsync(
        NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        const string Newest = "SELECT id FROM loan WHERE barcode = $1 AND returned_at IS NOT NULL AND undone_at IS NULL ORDER BY returned_at DESC LIMIT 1";
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "SELECT coalesce(i.absence, i.state), i.location, i.record, i.lender_due_on IS NOT NULL FROM item i WHERE i.barcode = $1 FOR UPDATE OF i", barcode),
                DatabaseSetup.BatchCommand(LoanRow.Select + " WHERE l.barcode = $1 AND l.returned_at IS NULL FOR UPDATE OF l", barcode),
                DatabaseSetup.BatchCommand("SELECT return_undone_at IS NOT NULL FROM loan WHERE barcode = $1 AND returned_at IS NULL", barcode),
                DatabaseSetup.BatchCommand($"{LoanRow.Select} WHERE l.id = ({Newest}) FOR UPDATE OF l", barcode),
                HoldQueue.LockOf(barcode),
                DatabaseSetup.BatchCommand($"""
                    SELECT l.returned_branch, l.fine_minor, l.fine_charge,
                        EXISTS (SELECT FROM loan o WHERE o.barcode = $1 AND o.id <> l.id AND o.lent_at >= l.returned_at)
                            OR EXISTS (SELECT FROM item_event e WHERE e.barcode = $1 AND e.at >= l.returned_at AND e.kind NOT IN ({Notes})),
                        EXISTS (SELECT FROM hold h WHERE h.barcode = $1 AND h.closed_at IS NULL AND h.member IS DISTINCT FROM l.member)
                    FROM loan l WHERE l.id = ({Newest})
                    """, barcode),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var item = await row.ReadAsync(cancellationToken) ? new Copy(row.GetString(0), row.GetString(1), row.GetGuid(2), row.GetBoolean(3)) : null;
        await row.NextResultAsync(cancellationToken);
        var open = await row.ReadAsync(cancellationToken) ? LoanRow.Read(row) : null;
        await row.NextResultAsync(cancellationToken);
        var openWasUndone = await row.ReadAsync(cancellationToken) && row.GetBoolean(0);
        await row.NextResultAsync(cancellationToken);
        var last = await row.ReadAsync(cancellationToken) ? LoanRow.Read(row) : null;
        await row.NextResultAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        var back = last is not null && await row.ReadAsync(cancellationToken)
            ? new Back(last, row.GetString(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.GetBoolean(3), row.GetBoolean(4))
            : null;
        return (item, open, openWasUndone, back);
    }

    private async Task<LoanRow> SaveAsync(
        NpgsqlTransaction transaction, Back back, Copy item, (string Branch, string Reason) asked, Act act, CancellationToken cancellationToken)
    {
        var (barcode, member, returnedAt) = (back.Loan.Barcode, back.Loan.Member!.Value, back.Loan.ReturnedAt!.Value);
        var loan = back.Loan with { ReturnedAt = null, ClaimOutcome = back.Loan.ClaimedReturnedOn is null ? back.Loan.ClaimOutcome : null, Version = back.Loan.Version + 1 };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE loan SET returned_at = NULL, returned_branch = NULL, overdue_days = NULL, fine_minor = NULL, fine_charge = NULL, return_undone_at = $2, version = $3,
                        claim_outcome = CASE WHEN claimed_returned_on IS NULL THEN claim_outcome END
                    WHERE id = $1
                    """, loan.Id, act.At, loan.Version),
                DatabaseSetup.BatchCommand(
                    "UPDATE item SET state = 'ON_LOAN', location = $2, kept_for = NULL, version = version + 1 WHERE barcode = $1", barcode, loan.Branch),
                // the reader's own hold of what they have
                HoldQueue.Fulfil(member, item.Record, act.At, act.On),
                CirculationFacts.ReturnUndone(loan.Id, back.Branch, returnedAt, clock.Zone),
                ItemEvents.Write(barcode, act, ItemEvents.ReturnUndone, asked.Branch, note: asked.Reason),
                outbox.Write(new ReturnUndone
                {
                    Aggregate = loan.Name,
                    Version = loan.Version,
                    Member = loan.MemberName!,
                    Barcode = barcode,
                    Branch = asked.Branch,
                    DueOn = loan.DueOn.ToDateOnly(),
                    UndoneAt = act.At.ToDateTimeOffset(),
                }),
            },
        };
        if (back.FineCharge is { } charge)
            TakeBack.Add(batch, outbox, loan, new TakenBack(charge, back.FineMinor, rules.CurrencyCode, asked.Branch, WithdrawalReason.ReturnUndone), act.On);
        var returnedOn = returnedAt.InZone(clock.Zone).Date;
        if (loan.DueOn < returnedOn) batch.BatchCommands.Add(Snapshots.ResumeSpell(member, returnedOn));
        if (item.OfLender) batch.BatchCommands.Add(LenderCopy.ReturnUndone(barcode, act.At));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return loan;
    }
}

using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Claims;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Undoing;
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
using Outcome = Library.Catalog.V1.Loan.Types.ClaimOutcome;

namespace Library.Catalog.Features.Claiming;

/// <summary>
/// Ends a claim for which the copy was not found: the library bears the loss, and the loan ends with the fine up to the day of the claim; or the claim is
/// rejected, and the fine counts all days. One that is found is scanned as any return. The same outcome once more gives the same answer.
/// </summary>
public sealed class SettleClaim(NpgsqlDataSource database, NetworkRules rules, Fines fines, BusinessClock clock, Outbox outbox)
{
    public async Task<Loan> RunAsync(SettleClaimRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        if (request.Outcome is not (Outcome.LibraryLost or Outcome.Rejected))
            fields.Wrong("outcome", "ENUM", ("expected", $"{Names.Of(Outcome.LibraryLost)}, {Names.Of(Outcome.Rejected)}"));
        fields.ThrowIfWrong();
        var outcome = Codes.Parse<ReturnClaimOutcome>(Names.Of(request.Outcome));

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Scan.LockCopyAsync(transaction, id, cancellationToken);
        var loan = await LoanRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loan");
        if (loan.ClaimOutcome != outcome)
        {
            if (ReturnClaimRules.AgainstSettling(loan.ReturnedAt is null, loan.ClaimedReturnedOn) is { } refusal) throw Failure.Refused([ContractCode.Of(refusal)]);
            var act = Act.Of(clock, caller);
            loan = outcome == ReturnClaimOutcome.Rejected
                ? await RejectAsync(transaction, loan, branch, act, cancellationToken)
                : await CloseAsync(transaction, loan, branch, act, cancellationToken);
        }
        var answer = loan.Answer(rules, clock.Today, withMember: false);
        await key.RecordAsync(transaction, loan.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private async Task<LoanRow> RejectAsync(NpgsqlTransaction transaction, LoanRow loan, string branch, Act act, CancellationToken cancellationToken)
    {
        var after = loan with { ClaimedReturnedOn = null, ClaimOutcome = ReturnClaimOutcome.Rejected, Version = loan.Version + 1 };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "UPDATE loan SET claimed_returned_on = NULL, claim_outcome = 'REJECTED', version = $2 WHERE id = $1", loan.Id, after.Version),
                ItemEvents.Write(loan.Barcode, act, ItemEvents.ClaimRejected, branch),
                outbox.Write(Settled(after, branch, act, libraryLost: false, fine: null)),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return after;
    }

    private async Task<LoanRow> CloseAsync(NpgsqlTransaction transaction, LoanRow loan, string branch, Act act, CancellationToken cancellationToken)
    {
        var member = loan.Member ?? throw new InvalidOperationException("An open loan has a member.");
        Fine fine = fines.Price(loan, act.On);
        var charge = fines.ChargeOf(loan, fine, act.On);
        var after = loan with { ReturnedAt = act.At, ClaimOutcome = ReturnClaimOutcome.LibraryLost, Version = loan.Version + 1 };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE loan SET returned_at = $2, returned_branch = $3, overdue_days = $4, fine_minor = $5, fine_charge = $6, claim_outcome = 'LIBRARY_LOST', version = $7
                    WHERE id = $1
                    """, loan.Id, act.At, branch, fine.OverdueDays, charge?.AmountMinor ?? 0, charge?.Id, after.Version),
                DatabaseSetup.BatchCommand(
                    "UPDATE item SET state = 'LOST', absence = NULL, location = coalesce(stands_at, branch), version = version + 1 WHERE barcode = $1", loan.Barcode),
                ItemEvents.Write(loan.Barcode, act, ItemEvents.Lost, branch),
                outbox.Write(Settled(after, branch, act, libraryLost: true, charge)),
            },
        };
        if (charge is not null) batch.BatchCommands.Add(Snapshots.CountCharge(charge, member));
        batch.BatchCommands.Add(Snapshots.EndSpellIfOver(member, act.On));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return after;
    }

    private static ReturnClaimSettled Settled(LoanRow loan, string branch, Act act, bool libraryLost, Charge? fine) => new()
    {
        Aggregate = loan.Name,
        Version = loan.Version,
        Member = loan.MemberName!,
        Barcode = loan.Barcode,
        Branch = branch,
        SettledAt = act.At.ToDateTimeOffset(),
        LibraryLost = libraryLost,
        Fine = fine,
    };
}

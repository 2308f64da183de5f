using Library.Catalog.Domain;
using Library.Catalog.Domain.Claims;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Undoing;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Claiming;

/// <summary>
/// The reader says that a copy is back. The loan stays open and theirs, its fine stops at this day, and reminders pass it over until the copy is found or
/// the claim is settled. Said again it changes nothing.
/// </summary>
public sealed class ClaimReturned(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock, Outbox outbox)
{
    private const int LongestNote = 500;

    public async Task<Loan> RunAsync(ClaimReturnedRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var note = fields.Text("note", request.Note, 0, LongestNote);
        fields.ThrowIfWrong();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Scan.LockCopyAsync(transaction, id, cancellationToken);
        var loan = await LoanRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loan");
        if (ReturnClaimRules.AgainstMaking(loan.ReturnedAt is null) is { } refusal) throw Failure.Refused([ContractCode.Of(refusal)]);
        if (loan.ReplaceUntil is not null) throw Failure.Refused([ContractCode.Of(LossRefusal.LossDeclared)]);
        if (loan.ClaimedReturnedOn is null) loan = await SaveAsync(transaction, loan, branch, note, Act.Of(clock, caller), cancellationToken);
        var answer = loan.Answer(rules, clock.Today, withMember: false);
        await key.RecordAsync(transaction, loan.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private async Task<LoanRow> SaveAsync(NpgsqlTransaction transaction, LoanRow loan, string branch, string note, Act act, CancellationToken cancellationToken)
    {
        var after = loan with { ClaimedReturnedOn = act.On, ClaimOutcome = null, Version = loan.Version + 1 };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("UPDATE loan SET claimed_returned_on = $2, claim_outcome = NULL, version = $3 WHERE id = $1", loan.Id, act.On, after.Version),
                ItemEvents.Write(loan.Barcode, act, ItemEvents.ClaimedReturned, branch, note: note),
                outbox.Write(new LoanClaimedReturned
                {
                    Aggregate = loan.Name,
                    Version = after.Version,
                    Member = loan.MemberName ?? throw new InvalidOperationException("An open loan has a member."),
                    ClaimedOn = act.On.ToDateOnly(),
                    Branch = branch,
                }),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return after;
    }
}

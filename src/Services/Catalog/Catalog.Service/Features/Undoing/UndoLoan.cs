using Library.Catalog.Domain.Undo;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Returning;
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
/// Undoes a wrong check-out: the loan is over and was never one, for statistics, popularity and whoever asks who had the copy; a hold that it fulfilled is open
/// again; the copy goes where a return at this desk would have it go. Once more it gives the same answer.
/// </summary>
public sealed class UndoLoan(NpgsqlDataSource database, NetworkRules rules, ReturnItem returning, BusinessClock clock, Outbox outbox)
{
    public async Task<UndoLoanResponse> RunAsync(UndoLoanRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var reason = fields.Reason(request.Reason);
        fields.ThrowIfWrong();

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Scan.LockCopyAsync(transaction, id, cancellationToken);
        var loan = await LoanRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loan");
        if (!loan.Undone)
        {
            var act = Act.Of(clock, caller);
            Scan.MustBeUndoable(
                new UndoFacts
                {
                    DoneAt = loan.LentAt,
                    DoneAtBranch = loan.Branch,
                    Overtaken = loan.ReturnedAt is not null || loan.Renewals > 0 || loan.ClaimedReturnedOn is not null || loan.ReplaceUntil is not null,
                },
                branch, rules, act);
            loan = await SaveAsync(transaction, loan, branch, reason, act, cancellationToken);
            await returning.PutBackAsync(transaction, loan.Barcode, branch, act, cancellationToken);
            if (loan.LenderDueOn is not null) await KeepForMemberAsync(transaction, loan.Barcode, act, cancellationToken);
        }
        var place = await ReturnItem.PlaceOfAsync(transaction, loan.Barcode, cancellationToken);
        var answer = new UndoLoanResponse
        {
            Loan = loan.Answer(rules, clock.Today, withMember: false),
            Next = place.Next,
            ToBranch = place.ToBranch,
            Hold = place.Hold,
            ReadyUntil = place.ReadyUntil,
        };
        await key.RecordAsync(transaction, loan.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private async Task<LoanRow> SaveAsync(NpgsqlTransaction transaction, LoanRow loan, string branch, string reason, Act act, CancellationToken cancellationToken)
    {
        var member = loan.Member ?? throw new InvalidOperationException("An open loan has a member.");
        var record = await RecordAsync(transaction, loan.Barcode, cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                HoldQueue.LockOf(loan.Barcode),
                DatabaseSetup.BatchCommand("""
                    UPDATE loan SET undone_at = $2, returned_at = $2, returned_branch = $3, overdue_days = 0, fine_minor = 0, version = version + 1 WHERE id = $1
                    """, loan.Id, act.At, branch),
                CirculationFacts.LoanUndone(loan.Id, loan.Branch, loan.LentAt, clock.Zone),
                // one that waited to be counted no longer does
                DatabaseSetup.BatchCommand("UPDATE loan SET counted = true WHERE id = $1 AND NOT counted", loan.Id),
                HoldQueue.Reopen(member, record, loan.LentAt, loan.Barcode, branch, act.On),
                ItemEvents.Write(loan.Barcode, act, ItemEvents.LoanUndone, branch, note: reason),
                outbox.Write(new LoanUndone
                {
                    Aggregate = loan.Name,
                    Version = loan.Version + 1,
                    Member = ResourceName.Of("members", member),
                    Barcode = loan.Barcode,
                    Branch = branch,
                    UndoneAt = act.At.ToDateTimeOffset(),
                }),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return loan with { Undone = true, ReturnedAt = act.At, Version = loan.Version + 1 };
    }

    private static async Task<Guid> RecordAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT record FROM item WHERE barcode = $1", barcode);
        return (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task KeepForMemberAsync(NpgsqlTransaction transaction, string barcode, Act act, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { LenderCopy.LoanUndone(barcode, act.At) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

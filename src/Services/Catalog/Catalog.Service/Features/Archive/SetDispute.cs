using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Archive;

/// <summary>
/// Marks that a loan is in dispute, or no longer (art. 21–22): so long it keeps its link to the person, and the job that cuts links passes it
/// by. What the dispute is about is not kept here.
/// </summary>
public sealed class SetDispute(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public async Task<Loan> RunAsync(SetDisputeRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(LoanRow.Collection, request.Name, "loan");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var loan = await LoanRow.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("loan");
        if (request.Open && loan.Member is null) throw Failure.Refused("LOAN_WITHOUT_READER");
        if (request.Open != loan.Disputed)
        {
            loan = loan with { Disputed = request.Open, Version = loan.Version + 1 };
            await using var mark = transaction.Command(
                "UPDATE loan SET disputed_at = $2, version = $3 WHERE id = $1", id, loan.Disputed ? clock.Now : null, loan.Version);
            await mark.ExecuteNonQueryAsync(cancellationToken);
        }
        var answer = loan.Answer(rules, clock.Today, withMember: false);
        await key.RecordAsync(transaction, loan.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }
}

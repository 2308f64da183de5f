using Library.Catalog.Domain.Serials;
using Library.Catalog.Features.ReceivingIssues;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.ClaimingIssues;

/// <summary>Claims an issue at once, whatever the grace: the newer one has come, or the copy came unreadable.</summary>
public sealed class ClaimIssue(NpgsqlDataSource database, BusinessClock clock)
{
    public async Task<Issue> RunAsync(ClaimIssueRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(IssueRow.Collection, request.Name, "issue");
        var today = clock.Today;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var issue = await IssueRow.LockAsync(transaction, id, request.Branch, cancellationToken) ?? throw Failure.NotFound("issue");
        if (issue.HasCome) throw Failure.Refused("ISSUE_RECEIVED");
        if (issue.State != Issue.Types.State.Expected) throw Failure.Refused("ISSUE_NOT_EXPECTED");
        if (ClaimRules.Decide(issue.ClaimLevel, today, today) is not ClaimDecision.Claim claim) throw Failure.Refused("CLAIMS_USED_UP");
        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction))
        {
            foreach (var command in Claims.Write(id, issue.Supplier, claim, today)) batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        var answer = (issue with { ClaimLevel = claim.Level, ClaimDueOn = claim.NextOn }).Answer();
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }
}

using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.ReceivingIssues;

/// <summary>Notes that the publisher left an issue out. Its row stays, so that the pattern does not expect it again.</summary>
public sealed class SkipIssue(NpgsqlDataSource database)
{
    public async Task<Issue> RunAsync(SkipIssueRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(IssueRow.Collection, request.Name, "issue");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var issue = await IssueRow.LockAsync(transaction, id, request.Branch, cancellationToken) ?? throw Failure.NotFound("issue");
        if (issue.HasCome) throw Failure.Refused("ISSUE_RECEIVED");
        await using (var update = transaction.Command("UPDATE issue SET state = 'NOT_PUBLISHED', claim_due_on = NULL WHERE id = $1", id))
            await update.ExecuteNonQueryAsync(cancellationToken);

        var answer = (issue with { State = Issue.Types.State.NotPublished, ClaimDueOn = null }).Answer();
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }
}

using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.ReceivingIssues;

/// <summary>Checks in an issue that was expected, or given up, and makes it an item of its branch.</summary>
public sealed class ReceiveIssue(NpgsqlDataSource database, Shelf shelf, BusinessClock clock)
{
    internal const long MostMinor = 10_000_000;

    public async Task<Issue> RunAsync(ReceiveIssueRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(IssueRow.Collection, request.Name, "issue");
        var fields = new Fields();
        var barcode = fields.Code("barcode", request.Barcode);
        fields.Range("priceMinor", request.PriceMinor, 0, MostMinor);
        fields.ThrowIfWrong();

        var today = clock.Today;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var issue = await IssueRow.LockAsync(transaction, id, request.Branch, cancellationToken) ?? throw Failure.NotFound("issue");
        if (issue.HasCome) throw Failure.Refused("ISSUE_RECEIVED");
        await shelf.PutAsync(transaction, issue, barcode, request.PriceMinor, caller, cancellationToken);
        await using (var update = transaction.Command(
            "UPDATE issue SET state = 'RECEIVED', barcode = $2, received_on = $3, claim_due_on = NULL WHERE id = $1", id, barcode, today))
            await update.ExecuteNonQueryAsync(cancellationToken);

        var answer = (issue with { State = Issue.Types.State.Received, Barcode = barcode, ReceivedOn = today, ClaimDueOn = null }).Answer();
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }
}

using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Visiting;

/// <summary>Has the receipt of today's visit sent to the member (art. 41). Only that it is wanted is told: what stands in it is asked for when it is sent.</summary>
public sealed class MailReceipt(NpgsqlDataSource database, ReadVisit visits, Outbox outbox)
{
    public async Task<MailReceiptResponse> RunAsync(MailReceiptRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var visit = await visits.RunAsync(new GetVisitRequest { Name = request.Name, Branch = request.Branch }, caller, cancellationToken);
        if (visit.Lines.Count == 0) throw Failure.Refused("VISIT_EMPTY");
        var name = ResourceName.Of("visitReceipts", Guid.CreateVersion7());
        var answer = new MailReceiptResponse { Branch = visit.Branch, Day = visit.Day };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await outbox.AddAsync(
            transaction,
            [new VisitReceiptAsked { Aggregate = name, Version = 1, Member = visit.Member, Branch = visit.Branch, VisitedOn = Rules.Requests.DateOf(visit.Day).ToDateOnly() }],
            cancellationToken);
        await key.RecordAsync(transaction, name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }
}

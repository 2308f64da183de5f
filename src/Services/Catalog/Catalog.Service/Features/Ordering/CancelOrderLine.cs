using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Features.Suggesting;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Ordering;

/// <summary>Gives up the copies of a line that have not come. A line of which nothing came lets its suggestion wait for another order.</summary>
public sealed class CancelOrderLine(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock, Outbox outbox)
{
    private const string NeverMoreInvoiced = "order_copies_never_more_invoiced_than_ordered";

    public async Task<Order> RunAsync(CancelOrderLineRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        if (!OrderLineName.TryParse(request.Name, out var name)) throw Failure.NotFound("orderLine");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (order, version) = await OrderRows.LockAsync(transaction, name.Order, cancellationToken) ?? throw Failure.NotFound("orderLine");
        var line = order.Lines.FirstOrDefault(line => line.Name == request.Name) ?? throw Failure.NotFound("orderLine");
        var open = line.Copies.Where(copies => copies.Ordered > copies.Cancelled + copies.Arrived).ToList();
        if (open.Count == 0) throw Failure.Refused("NOTHING_TO_CANCEL");

        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction))
        {
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "UPDATE order_copies SET cancelled = ordered - arrived WHERE order_id = $1 AND line = $2 AND arrived + cancelled < ordered",
                name.Order, name.Line));
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand("UPDATE purchase_order SET version = version + 1 WHERE id = $1", name.Order));
            if (line.Copies.All(copies => copies.Arrived == 0))
            {
                batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                    "UPDATE order_line SET suggestion = NULL WHERE order_id = $1 AND line = $2", name.Order, name.Line));
                // those of a draft are accepted still and stay so
                batch.BatchCommands.Add(SuggestionRow.Move(SendOrder.SuggestionsOf([line]), SuggestionState.Accepted));
            }
            if (order.State == Order.Types.State.Sent) batch.BatchCommands.Add(outbox.Write(Cancelled(order, version + 1, line, open)));
            await SaveAsync(batch, cancellationToken);
        }
        var answer = await OrderRows.GetAsync(transaction.Command, name.Order, cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private static async Task SaveAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException broken) when (broken.ConstraintName == NeverMoreInvoiced)
        {
            throw Failure.Refused("ORDER_LINE_INVOICED");
        }
    }

    private OrderLineCancelled Cancelled(Order order, long version, OrderLine line, IEnumerable<OrderedCopies> open) => new()
    {
        Aggregate = order.Name,
        Version = version,
        CancelledOn = clock.Today.ToDateOnly(),
        CurrencyCode = order.CurrencyCode,
        Shares = [.. open.Select(copies => OrderRows.Share(line, copies.Branch, copies.Ordered - copies.Cancelled - copies.Arrived, rules))],
    };
}

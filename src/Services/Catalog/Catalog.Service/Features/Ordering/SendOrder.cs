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

/// <summary>Sends an order to its supplier: from then on its amount is committed, which Finance is told.</summary>
public sealed class SendOrder(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock, Outbox outbox)
{
    public async Task<Order> RunAsync(SendOrderRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(OrderRows.Collection, request.Name, "order");
        var today = clock.Today;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (order, version) = await OrderRows.LockAsync(transaction, id, cancellationToken) ?? throw Failure.NotFound("order");
        if (order.State != Order.Types.State.Draft) throw Failure.Refused("ORDER_SENT");
        var shares = order.Lines.SelectMany(line => line.Copies.Where(copies => copies.Ordered > copies.Cancelled)
            .Select(copies => OrderRows.Share(line, copies.Branch, copies.Ordered - copies.Cancelled, rules))).ToList();
        if (shares.Count == 0) throw Failure.Refused("ORDER_EMPTY");

        (order.State, order.SentOn) = (Order.Types.State.Sent, today.Iso());
        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("UPDATE purchase_order SET sent_on = $2, version = version + 1 WHERE id = $1", id, today),
                SuggestionRow.Move(SuggestionsOf(order.Lines), SuggestionState.Ordered),
                outbox.Write(new OrderPlaced
                {
                    Aggregate = order.Name,
                    Version = version + 1,
                    Supplier = order.Supplier,
                    PlacedOn = today.ToDateOnly(),
                    CurrencyCode = order.CurrencyCode,
                    Shares = shares,
                }),
            },
        })
            await batch.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, order.Name, order, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return order;
    }

    /// <summary>The suggestions that these lines answer.</summary>
    internal static IEnumerable<Guid> SuggestionsOf(IEnumerable<OrderLine> lines) => lines
        .Where(line => line.Suggestion.Length > 0).Select(line => ResourceName.Parse(SuggestionRow.Collection, line.Suggestion, "suggestion"));
}

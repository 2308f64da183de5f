using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Suggesting;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Ordering;

/// <summary>
/// Takes copies of an order line into stock, in as many parts as they come: items, arrivals and the fact for Finance in one transaction. The order's
/// row is locked, and the database refuses one copy more than was ordered.
/// </summary>
public sealed class ReceiveOrderLine(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, BusinessClock clock, Outbox outbox)
{
    private const string NeverMoreArrive = "order_copies_never_more_arrive_than_ordered";
    private const int MostBarcodes = 100;

    private sealed record Part(OrderLineName Line, string Branch, IReadOnlyList<string> Barcodes, Guid? Record);

    public async Task<Order> RunAsync(ReceiveOrderLineRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        if (!OrderLineName.TryParse(request.Name, out var name)) throw Failure.NotFound("orderLine");
        var part = Check(request, name);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (order, version) = await OrderRows.LockAsync(transaction, name.Order, cancellationToken) ?? throw Failure.NotFound("orderLine");
        var line = order.Lines.FirstOrDefault(line => line.Name == name.ToString()) ?? throw Failure.NotFound("orderLine");
        if (line.Copies.All(copies => copies.Branch != part.Branch)) throw Failure.NotFound("orderLine");
        if (order.State != Order.Types.State.Sent) throw Failure.Refused("ORDER_NOT_SENT");
        var record = RecordOf(line, part);

        await CountAsync(transaction, part, record, cancellationToken);
        var act = Act.Of(clock, caller);
        foreach (var barcode in part.Barcodes) await StockEntry.AddAsync(transaction, ItemOf(line, part.Branch, barcode, order), record, act, cancellationToken);
        await queue.SetAsideIfWantedAsync(transaction, record, act.On, cancellationToken);
        await NoteAsync(transaction, part, line, order, version + 1, cancellationToken);
        var answer = await OrderRows.GetAsync(transaction.Command, name.Order, cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private Part Check(ReceiveOrderLineRequest request, OrderLineName name)
    {
        var fields = new Fields();
        fields.Branch("branch", request.Branch, rules);
        fields.Range("barcodes.size", request.Barcodes.Count, 1, MostBarcodes);
        foreach (var barcode in request.Barcodes.Take(MostBarcodes)) fields.Code("barcodes", barcode);
        if (request.Barcodes.Distinct().Count() != request.Barcodes.Count) fields.Wrong("barcodes", "FORMAT", ("expected", "each barcode once"));
        var record = request.Record.Length > 0 ? fields.Name("record", "records", request.Record) : (Guid?)null;
        fields.ThrowIfWrong();
        return new Part(name, request.Branch, request.Barcodes, record);
    }

    /// <summary>The line's record; the one that is named now where the line bears a draft only.</summary>
    private static Guid RecordOf(OrderLine line, Part part)
    {
        if (line.Record.Length == 0) return part.Record ?? throw Failure.Refused("RECORD_NEEDED");
        var record = ResourceName.Parse("records", line.Record, "record");
        return part.Record is { } named && named != record ? throw Failure.Invalid(new Violation("record", "FORBIDDEN")) : record;
    }

    private static async Task CountAsync(NpgsqlTransaction transaction, Part part, Guid record, CancellationToken cancellationToken)
    {
        await StandingRecord.MustBeAsync(transaction, [record], cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("UPDATE order_copies SET arrived = arrived + $4 WHERE order_id = $1 AND line = $2 AND branch = $3",
                    part.Line.Order, part.Line.Line, part.Branch, part.Barcodes.Count),
                DatabaseSetup.BatchCommand("UPDATE order_line SET record = $3 WHERE order_id = $1 AND line = $2 AND record IS NULL",
                    part.Line.Order, part.Line.Line, record),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException broken) when (broken.ConstraintName == NeverMoreArrive)
        {
            throw Failure.Refused("ARRIVAL_EXCEEDS_ORDER");
        }
    }

    private Item ItemOf(OrderLine line, string branch, string barcode, Order order) => new()
    {
        Barcode = barcode,
        Branch = branch,
        Material = line.Material,
        Lending = line.Lending,
        PriceMinor = line.CostMinor,
        CurrencyCode = order.CurrencyCode,
        Acquisition = Item.Types.Acquisition.Purchase,
        Units = line.Units,
        Youth = line.Youth,
        Provenance = new Provenance { Fund = line.Fund, Supplier = order.Supplier, CostCentre = rules.MunicipalityOf(branch) },
    };

    private async Task NoteAsync(NpgsqlTransaction transaction, Part part, OrderLine line, Order order, long version, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO order_arrival (barcode, order_id, line, branch, arrived_on) SELECT barcode, $2, $3, $4, $5 FROM unnest($1) AS barcode
                    """, part.Barcodes.ToArray(), part.Line.Order, part.Line.Line, part.Branch, today),
                DatabaseSetup.BatchCommand("UPDATE purchase_order SET version = $2 WHERE id = $1", part.Line.Order, version),
                SuggestionRow.Move(SendOrder.SuggestionsOf([line]), SuggestionState.Arrived),
                outbox.Write(new OrderLineArrived
                {
                    Aggregate = order.Name,
                    Version = version,
                    ArrivedOn = today.ToDateOnly(),
                    CurrencyCode = order.CurrencyCode,
                    Share = OrderRows.Share(line, part.Branch, part.Barcodes.Count, rules),
                }),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

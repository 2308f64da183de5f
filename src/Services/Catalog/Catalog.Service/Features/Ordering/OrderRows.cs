using Google.Protobuf;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Ordering;

/// <summary>Orders as they are read, with their lines and copies.</summary>
public sealed class OrderRows(NpgsqlDataSource database)
{
    public const string Collection = "orders";
    private const int MostOrders = 50;

    public Task<Order> GetAsync(string name, CancellationToken cancellationToken) =>
        GetAsync(database.Command, ResourceName.Parse(Collection, name, "order"), cancellationToken);

    /// <param name="command">Of the database or of a transaction.</param>
    /// <param name="id">Of the order.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Order> GetAsync(Func<string, object?[], NpgsqlCommand> command, Guid id, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(command, [id], cancellationToken);
        return found.Count == 1 ? found[0] : throw Failure.NotFound("order");
    }

    public async Task<ListOrdersResponse> ListAsync(ListOrdersRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var supplier = request.Supplier.Length > 0 ? fields.Name("supplier", "suppliers", request.Supplier) : (Guid?)null;
        var size = fields.PageSize(request.PageSize, absent: 20, max: MostOrders);
        fields.ThrowIfWrong();
        var ids = new List<Guid>();
        await using (var command = database.Command("""
            SELECT o.id FROM purchase_order o
            WHERE o.id > $1 AND ($2::uuid IS NULL OR o.supplier = $2)
              AND (NOT $3 OR o.sent_on IS NOT NULL AND EXISTS (SELECT FROM order_copies c WHERE c.order_id = o.id AND c.arrived + c.cancelled < c.ordered))
            ORDER BY o.id LIMIT $4
            """, Pages.AfterId(request.PageToken), supplier, request.Outstanding, size + 1))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) ids.Add(row.GetGuid(0));
        var answer = new ListOrdersResponse();
        answer.NextPageToken = Pages.Cut(ids, size, last => PageToken.Write(last.ToString("D")));
        answer.Orders.AddRange(await ReadAsync(database.Command, [.. ids], cancellationToken));
        return answer;
    }

    private static async Task<List<Order>> ReadAsync(Func<string, object?[], NpgsqlCommand> command, Guid[] ids, CancellationToken cancellationToken)
    {
        var orders = new Dictionary<Guid, Order>();
        await using (var select = command("SELECT id, supplier, created_on, sent_on, currency_code FROM purchase_order WHERE id = ANY ($1) ORDER BY id", [ids]))
        await using (var row = await select.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) orders.Add(row.GetGuid(0), ReadOrder(row));
        await using var lines = command("""
            SELECT l.order_id, l.line, l.record, l.draft::text, l.material, l.lending, l.youth, l.units, l.price_minor, l.discount_basis_points,
                   l.cost_minor, l.fund, l.suggestion, c.branch, c.ordered, c.cancelled, c.arrived, c.invoiced
            FROM order_line l JOIN order_copies c ON c.order_id = l.order_id AND c.line = l.line
            WHERE l.order_id = ANY ($1) ORDER BY l.order_id, l.line, c.branch
            """, [ids]);
        await using (var row = await lines.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var order = orders[row.GetGuid(0)];
                var name = new OrderLineName(row.GetGuid(0), row.GetInt32(1)).ToString();
                if (order.Lines.Count == 0 || order.Lines[^1].Name != name) order.Lines.Add(ReadLine(row, name));
                var copies = new OrderedCopies
                {
                    Branch = row.GetString(13), Ordered = row.GetInt32(14),
                    Cancelled = row.GetInt32(15), Arrived = row.GetInt32(16), Invoiced = row.GetInt32(17),
                };
                order.Lines[^1].Copies.Add(copies);
                order.TotalMinor += order.Lines[^1].CostMinor * (copies.Ordered - copies.Cancelled);
            }
        return [.. orders.Values];
    }

    private static Order ReadOrder(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Supplier = ResourceName.Of("suppliers", row.GetGuid(1)),
        State = row.IsDBNull(3) ? Order.Types.State.Draft : Order.Types.State.Sent,
        CreatedOn = row.GetFieldValue<LocalDate>(2).Iso(),
        SentOn = row.IsDBNull(3) ? "" : row.GetFieldValue<LocalDate>(3).Iso(),
        CurrencyCode = row.GetString(4),
    };

    private static OrderLine ReadLine(NpgsqlDataReader row, string name) => new()
    {
        Name = name,
        Record = row.IsDBNull(2) ? "" : ResourceName.Of("records", row.GetGuid(2)),
        Draft = row.IsDBNull(3) ? null : JsonParser.Default.Parse<DraftRecord>(row.GetString(3)),
        Material = Codes.MaterialOf(row.GetString(4)),
        Lending = Codes.LendingOf(row.GetString(5)),
        Youth = row.GetBoolean(6),
        Units = row.GetInt32(7),
        PriceMinor = row.GetInt64(8),
        DiscountBasisPoints = row.GetInt32(9),
        CostMinor = row.GetInt64(10),
        Fund = row.GetString(11),
        Suggestion = row.IsDBNull(12) ? "" : ResourceName.Of("suggestions", row.GetGuid(12)),
    };

    /// <summary>What a number of a line's copies for a branch comes to, as it is told to Finance.</summary>
    internal static FundShare Share(OrderLine line, string branch, int copies, NetworkRules rules) => new()
    {
        Subject = line.Name,
        Fund = line.Fund,
        Municipality = rules.MunicipalityOf(branch),
        Branch = branch,
        Material = Names.Of(line.Material),
        Copies = copies,
        AmountMinor = checked(line.CostMinor * copies),
    };

    /// <summary>Locks the order and gives it as it stands, with its version; null: there is none.</summary>
    internal static async Task<(Order Order, long Version)?> LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        await using (var command = transaction.Command("SELECT version FROM purchase_order WHERE id = $1 FOR UPDATE", id))
            if (await command.ExecuteScalarAsync(cancellationToken) is long version)
                return (await GetAsync(transaction.Command, id, cancellationToken), version);
        return null;
    }

    /// <summary>Locks orders, always in the same order, and gives those that there are.</summary>
    internal static async Task<List<Order>> LockAsync(NpgsqlTransaction transaction, Guid[] ids, CancellationToken cancellationToken)
    {
        await using (var command = transaction.Command("SELECT FROM purchase_order WHERE id = ANY ($1) ORDER BY id FOR UPDATE", ids))
            await command.ExecuteNonQueryAsync(cancellationToken);
        return await ReadAsync(transaction.Command, ids, cancellationToken);
    }
}

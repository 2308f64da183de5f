using System.Globalization;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Features.Ordering;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using InvoiceLine = Library.Catalog.Domain.Acquisitions.InvoiceLine;

namespace Library.Catalog.Features.Invoicing;

/// <summary>
/// Takes a supplier's invoice that adds up, whole or not at all, counts the copies that it is about, and tells Finance what is owed by fund and
/// cost centre. The database holds the same: totals, numbers, copies.
/// </summary>
public sealed class CreateSupplierInvoice(NpgsqlDataSource database, NetworkRules rules, Outbox outbox)
{
    private const string NumberUsedOnce = "supplier_invoice_number_used_once", NeverMoreInvoiced = "order_copies_never_more_invoiced_than_ordered";
    private const int MostLines = 500, MostCopies = 100;
    private const long MostMinor = 1_000_000_000;

    private sealed record Head(Guid Supplier, string Number, LocalDate IssuedOn, LocalDate DueOn);

    public async Task<SupplierInvoice> RunAsync(CreateSupplierInvoiceRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var head = Check(request);
        var id = Guid.CreateVersion7();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var others = request.Lines.Where(line => line.OrderLine.Length == 0 && line.Subscription.Length == 0);
        await References.CheckAsync(transaction, head.Supplier, others.Select(line => line.Fund), "lines.fund", cancellationToken);
        var parts = await PartsAsync(transaction, head, request.Lines, cancellationToken);
        if (Refusal(request) is { } refusal) throw Failure.Refused(ContractCode.Of(refusal));

        await SaveAsync(transaction, id, head, request, parts, cancellationToken);
        var answer = Answer(id, head, request, parts);
        await outbox.AddAsync(transaction, [Received(answer, head, parts)], cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private static InvoiceRefusal? Refusal(CreateSupplierInvoiceRequest request) => InvoiceRules.Check(
        [.. request.Lines.Select(line => new InvoiceLine(line.NetMinor, line.VatBasisPoints, line.VatMinor))],
        new InvoiceTotals(request.NetMinor, request.VatMinor, request.TotalMinor));

    private Head Check(CreateSupplierInvoiceRequest request)
    {
        var fields = new Fields();
        var head = new Head(
            fields.Name("supplier", "suppliers", request.Supplier), fields.Text("number", request.Number, 1, 60),
            fields.Date("issuedOn", request.IssuedOn), fields.Date("dueOn", request.DueOn));
        if (head.DueOn != default && head.DueOn < head.IssuedOn) fields.Wrong("dueOn", "RANGE", ("min", request.IssuedOn), ("max", "9999-12-31"));
        fields.Range("netMinor", request.NetMinor, 0, MostMinor);
        fields.Range("vatMinor", request.VatMinor, 0, MostMinor);
        fields.Range("totalMinor", request.TotalMinor, 0, 2 * MostMinor);
        fields.Range("lines.size", request.Lines.Count, 1, MostLines);
        for (var index = 0; index < Math.Min(request.Lines.Count, MostLines); index++) Check(fields, At(index), request.Lines[index]);
        fields.ThrowIfWrong();
        return head;
    }

    private void Check(Fields fields, string at, SupplierInvoiceLine line)
    {
        var (ofOrder, ofSubscription) = (line.OrderLine.Length > 0, line.Subscription.Length > 0);
        if (ofOrder && ofSubscription) fields.Wrong($"{at}.orderLine", "ONE_OF", ("expected", "orderLine, subscription"));
        if (ofOrder && !OrderLineName.TryParse(line.OrderLine, out _)) fields.Wrong($"{at}.orderLine", "FORMAT", ("expected", "orders/ID/lines/N"));
        if (ofSubscription) fields.Name($"{at}.subscription", "subscriptions", line.Subscription);
        if (!ofSubscription) fields.Branch($"{at}.branch", line.Branch, rules);
        else if (line.Branch.Length > 0) fields.Wrong($"{at}.branch", "FORBIDDEN");
        if (!ofOrder && !ofSubscription) fields.Code($"{at}.fund", line.Fund);
        else if (line.Fund.Length > 0) fields.Wrong($"{at}.fund", "FORBIDDEN");
        fields.Range($"{at}.copies", line.Copies, ofOrder ? 1 : 0, ofOrder ? MostCopies : 0);
        fields.Range($"{at}.netMinor", line.NetMinor, 0, MostMinor);
        fields.Range($"{at}.vatBasisPoints", line.VatBasisPoints, 0, Amounts.Whole);
        fields.Range($"{at}.vatMinor", line.VatMinor, 0, MostMinor);
    }

    private static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"lines[{index}]");

    /// <summary>What each line is about: an order line that was sent to this supplier, a subscription with them, or neither. The orders stay locked.</summary>
    private static async Task<List<InvoicePart>> PartsAsync(
        NpgsqlTransaction transaction, Head head, IReadOnlyList<SupplierInvoiceLine> lines, CancellationToken cancellationToken)
    {
        var supplier = ResourceName.Of("suppliers", head.Supplier);
        var names = lines.Select(line => OrderLineName.TryParse(line.OrderLine, out var name) ? name : (OrderLineName?)null).ToList();
        var orders = await OrderRows.LockAsync(transaction, [.. names.OfType<OrderLineName>().Select(name => name.Order).Distinct()], cancellationToken);
        var ordered = orders.Where(order => order.Supplier == supplier && order.State == Order.Types.State.Sent)
            .SelectMany(order => order.Lines).ToDictionary(line => line.Name);
        var subscribed = await SubscriptionsAsync(transaction, head.Supplier, lines, cancellationToken);

        var fields = new Fields();
        var parts = new List<InvoicePart>();
        for (var index = 0; index < lines.Count; index++)
        {
            var line = lines[index];
            if (names[index] is { } name)
            {
                if (!ordered.TryGetValue(name.ToString(), out var of) || of.Copies.All(copies => copies.Branch != line.Branch))
                    fields.Wrong($"{At(index)}.orderLine", "UNKNOWN");
                else
                    parts.Add(new InvoicePart { Sent = line, OrderLine = name, Branch = line.Branch, Fund = of.Fund, Material = Names.Of(of.Material) });
            }
            else if (line.Subscription.Length > 0)
            {
                var id = ResourceName.Parse("subscriptions", line.Subscription, "subscription");
                if (!subscribed.TryGetValue(id, out var of)) fields.Wrong($"{At(index)}.subscription", "UNKNOWN");
                else parts.Add(new InvoicePart { Sent = line, Subscription = id, Branch = of.Branch, Fund = of.Fund, Material = "SERIAL_ISSUE" });
            }
            else
                parts.Add(new InvoicePart { Sent = line, Branch = line.Branch, Fund = line.Fund });
        }
        fields.ThrowIfWrong();
        return parts;
    }

    /// <summary>The fund of the last term pays.</summary>
    private static async Task<Dictionary<Guid, (string Branch, string Fund)>> SubscriptionsAsync(
        NpgsqlTransaction transaction, Guid supplier, IReadOnlyList<SupplierInvoiceLine> lines, CancellationToken cancellationToken)
    {
        var ids = lines.Where(line => line.Subscription.Length > 0)
            .Select(line => ResourceName.Parse("subscriptions", line.Subscription, "subscription")).Distinct().ToArray();
        await using var command = transaction.Command("""
            SELECT s.id, s.branch, (SELECT t.fund FROM subscription_term t WHERE t.subscription = s.id ORDER BY t.number DESC LIMIT 1)
            FROM subscription s WHERE s.id = ANY ($1) AND s.supplier = $2
            """, ids, supplier);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<Guid, (string, string)>();
        while (await row.ReadAsync(cancellationToken)) found.Add(row.GetGuid(0), (row.GetString(1), row.GetString(2)));
        return found;
    }

    private async Task SaveAsync(
        NpgsqlTransaction transaction, Guid id, Head head, CreateSupplierInvoiceRequest request, List<InvoicePart> parts, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            INSERT INTO supplier_invoice (id, supplier, number, issued_on, due_on, net_minor, vat_minor, total_minor, currency_code)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, id, head.Supplier, head.Number, head.IssuedOn, head.DueOn, request.NetMinor, request.VatMinor, request.TotalMinor, rules.CurrencyCode));
        for (var number = 1; number <= parts.Count; number++)
        {
            var part = parts[number - 1];
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
                INSERT INTO supplier_invoice_line (invoice, line, order_id, order_line, subscription, branch, material, fund, copies, net_minor,
                    vat_basis_points, vat_minor)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                """, id, number, part.OrderLine?.Order, part.OrderLine?.Line, part.Subscription, part.Branch, part.Material, part.Fund, part.Sent.Copies,
                part.Sent.NetMinor, part.Sent.VatBasisPoints, part.Sent.VatMinor));
            if (part.OrderLine is { } line)
                batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                    "UPDATE order_copies SET invoiced = invoiced + $4 WHERE order_id = $1 AND line = $2 AND branch = $3",
                    line.Order, line.Line, part.Branch, part.Sent.Copies));
        }
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException broken) when (broken.ConstraintName == NumberUsedOnce)
        {
            throw Failure.AlreadyExists("INVOICE_NUMBER_USED");
        }
        catch (PostgresException broken) when (broken.ConstraintName == NeverMoreInvoiced)
        {
            throw Failure.Refused("INVOICE_EXCEEDS_ORDER");
        }
    }

    private SupplierInvoice Answer(Guid id, Head head, CreateSupplierInvoiceRequest request, List<InvoicePart> parts)
    {
        var answer = new SupplierInvoice
        {
            Name = ResourceName.Of(ReadInvoices.Collection, id),
            Supplier = request.Supplier,
            Number = head.Number,
            IssuedOn = request.IssuedOn,
            DueOn = request.DueOn,
            NetMinor = request.NetMinor,
            VatMinor = request.VatMinor,
            TotalMinor = request.TotalMinor,
            CurrencyCode = rules.CurrencyCode,
        };
        foreach (var part in parts)
        {
            var line = part.Sent.Clone();
            (line.Branch, line.Fund) = (part.Branch, part.Fund);
            answer.Lines.Add(line);
        }
        return answer;
    }

    private InvoiceReceived Received(SupplierInvoice invoice, Head head, List<InvoicePart> parts) => new()
    {
        Aggregate = invoice.Name,
        Version = 1,
        Supplier = invoice.Supplier,
        Number = invoice.Number,
        IssuedOn = head.IssuedOn.ToDateOnly(),
        DueOn = head.DueOn.ToDateOnly(),
        CurrencyCode = invoice.CurrencyCode,
        NetMinor = invoice.NetMinor,
        VatMinor = invoice.VatMinor,
        TotalMinor = invoice.TotalMinor,
        Shares = [.. parts.Select(part => part.Share(rules))],
    };
}

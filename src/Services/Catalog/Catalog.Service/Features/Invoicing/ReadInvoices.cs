using Library.Catalog.Features.Ordering;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Invoicing;

/// <summary>Suppliers' invoices as they were taken.</summary>
public sealed class ReadInvoices(NpgsqlDataSource database)
{
    public const string Collection = "supplierInvoices";
    private const string Select = "SELECT id, supplier, number, issued_on, due_on, net_minor, vat_minor, total_minor, currency_code FROM supplier_invoice";

    public async Task<SupplierInvoice> GetAsync(string name, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(database.Command(Select + " WHERE id = $1", ResourceName.Parse(Collection, name, "invoice")), cancellationToken);
        return found.Count == 1 ? found[0] : throw Failure.NotFound("invoice");
    }

    public async Task<ListSupplierInvoicesResponse> ListAsync(ListSupplierInvoicesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var supplier = request.Supplier.Length > 0 ? fields.Name("supplier", "suppliers", request.Supplier) : (Guid?)null;
        var size = fields.PageSize(request.PageSize, absent: 20, max: 50);
        fields.ThrowIfWrong();
        var (day, id) = Pages.AfterDay(request.PageToken);
        var found = await ReadAsync(database.Command($"""
            {Select} WHERE (issued_on, id) > ($1, $2) AND ($3::uuid IS NULL OR supplier = $3) ORDER BY issued_on, id LIMIT $4
            """, day, id, supplier, size + 1), cancellationToken);
        var answer = new ListSupplierInvoicesResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.IssuedOn, last.Name[$"{Collection}/".Length..]));
        answer.SupplierInvoices.AddRange(found);
        return answer;
    }

    private async Task<List<SupplierInvoice>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Guid, SupplierInvoice>();
        await using (select)
        await using (var row = await select.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) found.Add(row.GetGuid(0), ReadHead(row));
        await using var lines = database.Command("""
            SELECT invoice, order_id, order_line, subscription, branch, fund, copies, net_minor, vat_basis_points, vat_minor
            FROM supplier_invoice_line WHERE invoice = ANY ($1) ORDER BY invoice, line
            """, (object)found.Keys.ToArray());
        await using (var row = await lines.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) found[row.GetGuid(0)].Lines.Add(ReadLine(row));
        return [.. found.Values];
    }

    private static SupplierInvoice ReadHead(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Supplier = ResourceName.Of("suppliers", row.GetGuid(1)),
        Number = row.GetString(2),
        IssuedOn = row.GetFieldValue<LocalDate>(3).Iso(),
        DueOn = row.GetFieldValue<LocalDate>(4).Iso(),
        NetMinor = row.GetInt64(5),
        VatMinor = row.GetInt64(6),
        TotalMinor = row.GetInt64(7),
        CurrencyCode = row.GetString(8),
    };

    private static SupplierInvoiceLine ReadLine(NpgsqlDataReader row) => new()
    {
        OrderLine = row.IsDBNull(1) ? "" : new OrderLineName(row.GetGuid(1), row.GetInt32(2)).ToString(),
        Subscription = row.IsDBNull(3) ? "" : ResourceName.Of("subscriptions", row.GetGuid(3)),
        Branch = row.GetString(4),
        Fund = row.GetString(5),
        Copies = row.GetInt32(6),
        NetMinor = row.GetInt64(7),
        VatBasisPoints = row.GetInt32(8),
        VatMinor = row.GetInt64(9),
    };
}

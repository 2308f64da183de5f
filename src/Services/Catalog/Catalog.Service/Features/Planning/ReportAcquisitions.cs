using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Features.Suppliers;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Planning;

/// <summary>What a year's acquisitions came to, by fund and by material. Counted from the orders and invoices themselves, so that it cannot drift from them.</summary>
public sealed class ReportAcquisitions(NpgsqlDataSource database, NetworkRules rules)
{
    private const string Uses = """
        SELECT f.code, f.municipality, sum(u.ordered)::bigint, sum(u.arrived)::bigint, sum(u.invoiced)::bigint
        FROM (
            SELECT l.fund, l.cost_minor * (c.ordered - c.cancelled) AS ordered, 0::bigint AS arrived, 0::bigint AS invoiced
            FROM purchase_order o JOIN order_line l ON l.order_id = o.id JOIN order_copies c ON c.order_id = l.order_id AND c.line = l.line
            WHERE o.sent_on >= $1 AND o.sent_on < $2
            UNION ALL
            SELECT t.fund, t.price_minor, 0, 0 FROM subscription_term t WHERE t.starts_on >= $1 AND t.starts_on < $2
            UNION ALL
            SELECT l.fund, 0, l.cost_minor, 0 FROM order_arrival a JOIN order_line l ON l.order_id = a.order_id AND l.line = a.line
            WHERE a.arrived_on >= $1 AND a.arrived_on < $2
            UNION ALL
            SELECT l.fund, 0, 0, l.net_minor + l.vat_minor FROM supplier_invoice i JOIN supplier_invoice_line l ON l.invoice = i.id
            WHERE i.issued_on >= $1 AND i.issued_on < $2
        ) AS u JOIN fund f ON f.code = u.fund
        GROUP BY f.code, f.municipality ORDER BY f.code LIMIT $3
        """;

    private const string Averages = """
        SELECT l.material, sum(l.copies)::bigint, sum(l.net_minor + l.vat_minor)::bigint
        FROM supplier_invoice i JOIN supplier_invoice_line l ON l.invoice = i.id
        WHERE i.issued_on >= $1 AND i.issued_on < $2 AND l.copies > 0 GROUP BY l.material ORDER BY l.material
        """;

    public async Task<AcquisitionReport> RunAsync(GetAcquisitionReportRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        KeepPlan.Year(fields, request.Year);
        fields.ThrowIfWrong();
        var (from, to) = KeepPlan.Bounds(request.Year);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { DatabaseSetup.BatchCommand(Uses, from, to, KeepFunds.Most), DatabaseSetup.BatchCommand(Averages, from, to) },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var report = new AcquisitionReport { Year = request.Year, CurrencyCode = rules.CurrencyCode };
        while (await row.ReadAsync(cancellationToken))
            report.Funds.Add(new FundUse
            {
                Fund = row.GetString(0), Municipality = row.GetString(1),
                OrderedMinor = row.GetInt64(2), ArrivedMinor = row.GetInt64(3), InvoicedMinor = row.GetInt64(4),
            });
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            if (Amounts.Average(row.GetInt64(2), row.GetInt64(1)) is { } average)
                report.Averages.Add(new AveragePrice { Material = Codes.MaterialOf(row.GetString(0)), Copies = row.GetInt64(1), AverageMinor = average });
        return report;
    }
}

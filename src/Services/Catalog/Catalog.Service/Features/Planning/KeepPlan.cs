using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Planning;

/// <summary>A year's plan of acquisitions beside what came of it.</summary>
public sealed class KeepPlan(NpgsqlDataSource database, NetworkRules rules)
{
    private const int FirstYear = 2000, LastYear = 2100, MostCopies = 1_000_000;
    private const long MostMinor = 100_000_000_000;

    /// <summary>Plan rows p beside the copies that came and what was invoiced in the year, which begins on $1 and ends before $2.</summary>
    private const string Select = """
        SELECT p.branch, p.material, p.fund, p.copies, p.amount_minor,
            (SELECT count(*) FROM order_arrival a JOIN order_line l ON l.order_id = a.order_id AND l.line = a.line
             WHERE a.arrived_on >= $1 AND a.arrived_on < $2 AND a.branch = p.branch AND l.material = p.material AND l.fund = p.fund),
            (SELECT coalesce(sum(l.net_minor + l.vat_minor), 0)::bigint FROM supplier_invoice i JOIN supplier_invoice_line l ON l.invoice = i.id
             WHERE i.issued_on >= $1 AND i.issued_on < $2 AND l.branch = p.branch AND l.material = p.material AND l.fund = p.fund)
        FROM acquisition_plan p WHERE p.year = $3
        """;

    public async Task<AcquisitionPlan> SetAsync(SetAcquisitionPlanRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        Year(fields, request.Year);
        fields.Branch("branch", request.Branch, rules);
        fields.Enum("material", request.Material);
        fields.Code("fund", request.Fund);
        fields.Range("copies", request.Copies, 0, MostCopies);
        fields.Range("amountMinor", request.AmountMinor, 0, MostMinor);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await References.CheckAsync(transaction, supplier: null, [request.Fund], cancellationToken: cancellationToken);
        var material = Names.Of(request.Material);
        await using (var set = transaction.Command("""
            INSERT INTO acquisition_plan (year, branch, material, fund, copies, amount_minor) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (year, branch, material, fund) DO UPDATE SET copies = excluded.copies, amount_minor = excluded.amount_minor
            """, request.Year, request.Branch, material, request.Fund, request.Copies, request.AmountMinor))
            await set.ExecuteNonQueryAsync(cancellationToken);
        var (from, to) = Bounds(request.Year);
        await using var select = transaction.Command(
            Select + " AND p.branch = $4 AND p.material = $5 AND p.fund = $6", from, to, request.Year, request.Branch, material, request.Fund);
        var answer = (await ReadAsync(select, request.Year, cancellationToken))[0];
        await key.RecordAsync(transaction, $"acquisitionPlans/{request.Year}-{request.Branch}-{material}-{request.Fund}", answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }

    public async Task<ListAcquisitionPlansResponse> ListAsync(ListAcquisitionPlansRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        Year(fields, request.Year);
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (from, to) = Bounds(request.Year);
        var after = PageToken.Read(request.PageToken, 3) ?? ["", "", ""];
        await using var select = database.Command($"""
            {Select} AND ($4 = '' OR p.branch = $4) AND (p.branch, p.material, p.fund) > ($5, $6, $7) ORDER BY p.branch, p.material, p.fund LIMIT $8
            """, from, to, request.Year, request.Branch, after[0], after[1], after[2], size + 1);
        var found = await ReadAsync(select, request.Year, cancellationToken);
        var answer = new ListAcquisitionPlansResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Branch, Names.Of(last.Material), last.Fund));
        answer.AcquisitionPlans.AddRange(found);
        return answer;
    }

    internal static void Year(Fields fields, int year) => fields.Range("year", year, FirstYear, LastYear);

    /// <summary>The first day of a year and of the next.</summary>
    internal static (LocalDate From, LocalDate To) Bounds(int year) => (new LocalDate(year, 1, 1), new LocalDate(year + 1, 1, 1));

    private async Task<List<AcquisitionPlan>> ReadAsync(NpgsqlCommand select, int year, CancellationToken cancellationToken)
    {
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        var found = new List<AcquisitionPlan>();
        while (await row.ReadAsync(cancellationToken))
            found.Add(new AcquisitionPlan
            {
                Year = year,
                Branch = row.GetString(0),
                Material = Codes.MaterialOf(row.GetString(1)),
                Fund = row.GetString(2),
                Copies = row.GetInt32(3),
                AmountMinor = row.GetInt64(4),
                ArrivedCopies = row.GetInt64(5),
                InvoicedMinor = row.GetInt64(6),
                CopiesBasisPoints = Amounts.Index(row.GetInt64(5), row.GetInt32(3)) ?? 0,
                AmountBasisPoints = Amounts.Index(row.GetInt64(6), row.GetInt64(4)) ?? 0,
                CurrencyCode = rules.CurrencyCode,
            });
        return found;
    }
}

using System.Globalization;
using Google.Protobuf;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Acquisitions;
using Library.Catalog.Features.Suggesting;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Ordering;

/// <summary>Writes an order as a draft: titles, copies by branch, prices, funds. Nothing is committed before it is sent.</summary>
public sealed class CreateOrder(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const string OnePerSuggestion = "order_line_one_per_suggestion";
    private const int MostLines = 200, MostCopies = 100, MostBranches = 100, MostUnits = 200, MostText = 500, MostYear = 2100;
    private const long MostMinor = 10_000_000;

    private sealed record Line(NewOrderLine Sent, Guid? Record, DraftRecord? Draft, Guid? Suggestion);

    public async Task<Order> RunAsync(CreateOrderRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var (supplier, lines) = Check(request);
        var id = Guid.CreateVersion7();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await References.CheckAsync(transaction, supplier, lines.Select(line => line.Sent.Fund), "lines.fund", cancellationToken);
        await KnownAsync(transaction, lines, cancellationToken);
        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction))
        {
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "INSERT INTO purchase_order (id, supplier, currency_code, created_on) VALUES ($1, $2, $3, $4)", id, supplier, rules.CurrencyCode, clock.Today));
            for (var number = 1; number <= lines.Count; number++) Write(batch, id, number, lines[number - 1]);
            try
            {
                await batch.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException taken) when (taken.ConstraintName == OnePerSuggestion)
            {
                throw Failure.Refused("SUGGESTION_STATE");
            }
        }
        var answer = await OrderRows.GetAsync(transaction.Command, id, cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }

    private (Guid Supplier, List<Line> Lines) Check(CreateOrderRequest request)
    {
        var fields = new Fields();
        var supplier = fields.Name("supplier", "suppliers", request.Supplier);
        fields.Range("lines.size", request.Lines.Count, 1, MostLines);
        var lines = request.Lines.Take(MostLines)
            .Select((line, index) => Check(fields, string.Create(CultureInfo.InvariantCulture, $"lines[{index}]"), line)).ToList();
        fields.ThrowIfWrong();
        return (supplier, lines);
    }

    private Line Check(Fields fields, string at, NewOrderLine line)
    {
        if (line.Record.Length > 0 == line.Draft is not null) fields.Wrong($"{at}.record", "ONE_OF", ("expected", "record, draft"));
        var record = line.Record.Length > 0 ? fields.Name($"{at}.record", "records", line.Record) : (Guid?)null;
        fields.Enum($"{at}.material", line.Material);
        fields.Enum($"{at}.lending", line.Lending);
        fields.Range($"{at}.units", line.Units, 0, line.Material is Item.Types.Material.StorySuitcase or Item.Types.Material.MediaKit ? MostUnits : 1);
        fields.Range($"{at}.priceMinor", line.PriceMinor, 0, MostMinor);
        fields.Range($"{at}.discountBasisPoints", line.DiscountBasisPoints, 0, Amounts.Whole);
        fields.Code($"{at}.fund", line.Fund);
        fields.Range($"{at}.copies.size", line.Copies.Count, 1, MostBranches);
        foreach (var copies in line.Copies)
        {
            fields.Branch($"{at}.copies.branch", copies.Branch, rules);
            fields.Range($"{at}.copies.count", copies.Count, 1, MostCopies);
        }
        if (line.Copies.DistinctBy(copies => copies.Branch).Count() != line.Copies.Count)
            fields.Wrong($"{at}.copies", "FORMAT", ("expected", "each branch once"));
        var suggestion = line.Suggestion.Length > 0 ? fields.Name($"{at}.suggestion", SuggestionRow.Collection, line.Suggestion) : (Guid?)null;
        return new Line(line, record, line.Draft is { } draft ? Check(fields, $"{at}.draft", draft) : null, suggestion);
    }

    private static DraftRecord Check(Fields fields, string at, DraftRecord draft)
    {
        string? isbn = "";
        if (draft.Isbn.Length > 0 && !Isbn.TryNormalise(draft.Isbn, out isbn)) fields.Wrong($"{at}.isbn", "FORMAT", ("expected", "ISBN"));
        fields.Range($"{at}.year", draft.Year, 0, MostYear);
        return new DraftRecord
        {
            Title = fields.Text($"{at}.title", draft.Title, 1, MostText),
            Authors = fields.Text($"{at}.authors", draft.Authors, 0, MostText),
            Isbn = isbn ?? "",
            Publisher = fields.Text($"{at}.publisher", draft.Publisher, 0, MostText),
            Year = draft.Year,
        };
    }

    /// <summary>Every record and suggestion is there; a suggestion is accepted and stays so until the order is written.</summary>
    private static async Task KnownAsync(NpgsqlTransaction transaction, List<Line> lines, CancellationToken cancellationToken)
    {
        await StandingRecord.MustBeAsync(transaction, [.. lines.Select(line => line.Record).OfType<Guid>().Distinct()], cancellationToken);
        foreach (var suggestion in lines.Select(line => line.Suggestion).OfType<Guid>().Distinct().Order())
        {
            var known = await SuggestionRow.LockAsync(transaction, suggestion, cancellationToken) ?? throw Failure.NotFound("suggestion");
            if (known.State != Suggestion.Types.State.Accepted) throw Failure.Refused("SUGGESTION_STATE");
        }
    }

    private static void Write(NpgsqlBatch batch, Guid order, int number, Line line)
    {
        var sent = line.Sent;
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            INSERT INTO order_line (order_id, line, record, draft, material, lending, youth, units, price_minor, discount_basis_points, cost_minor, fund,
                suggestion)
            VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """, order, number, line.Record, line.Draft is { } draft ? JsonFormatter.Default.Format(draft) : null, Names.Of(sent.Material),
            Names.Of(sent.Lending), sent.Youth, Math.Max(1, sent.Units), sent.PriceMinor, sent.DiscountBasisPoints, Amounts.Cost(sent.PriceMinor, sent.DiscountBasisPoints), sent.Fund,
            line.Suggestion));
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "INSERT INTO order_copies (order_id, line, branch, ordered) SELECT $1, $2, branch, ordered FROM unnest($3, $4) AS c (branch, ordered)",
            order, number, sent.Copies.Select(copies => copies.Branch).ToArray(), sent.Copies.Select(copies => copies.Count).ToArray()));
    }
}

using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.WritingOff;

/// <summary>Sells copies that are written off, at the price list's prices, to whoever wants them: nothing is known of whom.</summary>
public sealed class SellItem(NpgsqlDataSource database, Network network, NetworkRules rules, BusinessClock clock)
{
    private const string UnitPrice = "writeoff.unit", HigherPrice = "writeoff.valuable-unit", SoldOnce = "item_is_sold_once";

    public async Task<ItemSale> RunAsync(SellItemRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var act = Act.Of(clock, caller);
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var price = Price(fields, request.PriceMinor, network.TariffOn(act.On));
        fields.ThrowIfWrong();
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        var sale = new ItemSale
        {
            Barcode = label.Value,
            Branch = branch,
            SoldOn = act.On.Iso(),
            PriceCode = price.Code,
            TariffVersion = network.TariffOn(act.On).Version,
            PriceMinor = price.Minor,
            CurrencyCode = rules.CurrencyCode,
        };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SaveAsync(transaction, sale, act, cancellationToken);
        await key.RecordAsync(transaction, $"items/{sale.Barcode}", sale, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return sale;
    }

    /// <summary>The fixed price, or one that is given within the range for copies of higher value.</summary>
    private static (string Code, long Minor) Price(Fields fields, long givenMinor, Tariff tariff)
    {
        var code = givenMinor == 0 ? UnitPrice : HigherPrice;
        switch (tariff.Prices.GetValueOrDefault(code))
        {
            case { Minor: { } fixedPrice } when givenMinor == 0:
                return (code, fixedPrice);
            case { MinorFrom: { } from, MinorTo: { } to } when givenMinor != 0:
                fields.Range("priceMinor", givenMinor, from, to);
                return (code, givenMinor);
            default:
                throw Failure.Refused([ContractCode.Of(WriteOffRefusal.NoSalePrice)]);
        }
    }

    private static async Task SaveAsync(NpgsqlTransaction transaction, ItemSale sale, Act act, CancellationToken cancellationToken)
    {
        await using (var find = transaction.Command("SELECT state FROM item WHERE barcode = $1 FOR NO KEY UPDATE", sale.Barcode))
            switch (await find.ExecuteScalarAsync(cancellationToken) as string)
            {
                case null:
                    throw Failure.NotFound("item");
                case not "WITHDRAWN":
                    throw Failure.Refused([ContractCode.Of(WriteOffRefusal.ItemNotWrittenOff)]);
            }
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO item_sale (barcode, branch, sold_at, sold_on, price_code, tariff_version, price_minor, currency_code)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    """, sale.Barcode, sale.Branch, act.At, act.On, sale.PriceCode, sale.TariffVersion, sale.PriceMinor, sale.CurrencyCode),
                ItemEvents.Write(sale.Barcode, act, ItemEvents.Sold, sale.Branch, toMinor: sale.PriceMinor),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException sold) when (sold.ConstraintName == SoldOnce)
        {
            throw Failure.Refused([ContractCode.Of(WriteOffRefusal.ItemSold)]);
        }
    }

    public async Task<ListItemSalesResponse> ListAsync(ListItemSalesRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var (from, to) = (fields.Date("from", request.From), fields.Date("to", request.To));
        if (from > to) fields.Wrong("to", "BEFORE", ("other", "from"));
        var size = fields.PageSize(request.PageSize, absent: 100, max: 500);
        var after = PageToken.Read(request.PageToken, 2);
        var (afterOn, afterBarcode) = after is null ? (from, "") : (fields.Date("pageToken", after[0]), after[1]);
        fields.ThrowIfWrong();
        caller.MustBeAt(branch);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "SELECT coalesce(sum(price_minor), 0)::bigint FROM item_sale WHERE branch = $1 AND sold_on BETWEEN $2 AND $3", branch, from, to),
                DatabaseSetup.BatchCommand("""
                    SELECT barcode, branch, sold_on, price_code, tariff_version, price_minor, currency_code FROM item_sale
                    WHERE branch = $1 AND sold_on <= $2 AND (sold_on, barcode) > ($3, $4) ORDER BY sold_on, barcode LIMIT $5
                    """, branch, to, afterOn, afterBarcode, size + 1),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var answer = new ListItemSalesResponse { TotalMinor = row.GetInt64(0) };
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            if (answer.ItemSales.Count < size) answer.ItemSales.Add(Read(row));
            else answer.NextPageToken = PageToken.Write(answer.ItemSales[^1].SoldOn, answer.ItemSales[^1].Barcode);
        return answer;
    }

    private static ItemSale Read(NpgsqlDataReader row) => new()
    {
        Barcode = row.GetString(0),
        Branch = row.GetString(1),
        SoldOn = row.GetFieldValue<LocalDate>(2).Iso(),
        PriceCode = row.GetString(3),
        TariffVersion = row.GetString(4),
        PriceMinor = row.GetInt64(5),
        CurrencyCode = row.GetString(6),
    };
}

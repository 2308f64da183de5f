using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stock;

/// <summary>Takes a copy of a record into stock. A barcode is on one copy only.</summary>
public sealed class CreateItem(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const long MostMinor = 10_000_000;
    private const int MostUnits = 200;

    public async Task<Item> RunAsync(CreateItemRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var record = Check(request);
        var item = new Item
        {
            Barcode = request.Barcode,
            Record = request.Record,
            Branch = request.Branch,
            Location = request.Branch,
            Material = request.Material,
            Lending = request.Lending,
            PriceMinor = request.PriceMinor,
            CurrencyCode = rules.CurrencyCode,
            Acquisition = request.Acquisition,
            State = Item.Types.State.Available,
            Units = request.Units == 0 ? 1 : request.Units,
            Youth = request.Youth,
        };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StockEntry.AddAsync(transaction, item, record, clock.Now, cancellationToken);
        await key.RecordAsync(transaction, $"items/{item.Barcode}", item, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return item;
    }

    private Guid Check(CreateItemRequest request)
    {
        var fields = new Fields();
        fields.Code("barcode", request.Barcode);
        var record = fields.Name("record", "records", request.Record);
        fields.Branch("branch", request.Branch, rules);
        fields.Enum("material", request.Material);
        fields.Enum("lending", request.Lending);
        fields.Enum("acquisition", request.Acquisition);
        fields.Range("priceMinor", request.PriceMinor, 0, MostMinor);
        var ofSeveral = request.Material is Item.Types.Material.StorySuitcase or Item.Types.Material.MediaKit;
        fields.Range("units", request.Units, 0, ofSeveral ? MostUnits : 1);
        fields.ThrowIfWrong();
        return record;
    }
}

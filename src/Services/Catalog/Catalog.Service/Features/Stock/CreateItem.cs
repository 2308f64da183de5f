using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stock;

/// <summary>Takes a copy of a record into stock. A barcode is on one copy only.</summary>
public sealed class CreateItem(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const string BarcodeIsUnique = "item_barcode_is_unique";
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
        await using (var count = transaction.Command("UPDATE record SET copies_total = copies_total + 1 WHERE id = $1 RETURNING title", record))
            item.Title = (string?)await count.ExecuteScalarAsync(cancellationToken) ?? throw Failure.NotFound("record");
        await InsertAsync(transaction, item, record, key, cancellationToken);
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

    private async Task InsertAsync(NpgsqlTransaction transaction, Item item, Guid record, CommandKey key, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state,
                        created_at)
                    VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, 'AVAILABLE', $11)
                    """, item.Barcode, record, item.Branch, Names.Of(item.Material), Names.Of(item.Lending), item.PriceMinor, item.CurrencyCode,
                    Names.Of(item.Acquisition), item.Units, item.Youth, clock.Now),
            },
        };
        if (key.Given) batch.BatchCommands.Add(key.Record($"items/{item.Barcode}", item));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == BarcodeIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
    }
}

using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Losing;

/// <summary>
/// The same copy again, brought by who lost the first: as that one was, under a barcode and an accession number of its own. It is a gift by its acquisition; that it
/// came for another stands in the case and in both histories.
/// </summary>
public sealed class AddReplacement(HoldQueue queue)
{
    /// <summary>Within the transaction of the settlement; the lost copy's row is locked.</summary>
    /// <param name="transaction">Of the settlement.</param>
    /// <param name="lost">Barcode of the lost copy.</param>
    /// <param name="barcode">Of the new one.</param>
    /// <param name="branch">Where it was handed in; it goes home from there.</param>
    /// <param name="act">When, and in which role.</param>
    /// <param name="cancellationToken">Of the call.</param>
    /// <exception cref="ServiceDefaults.Errors.Failure">ALREADY_EXISTS for a barcode in use.</exception>
    public async Task RunAsync(NpgsqlTransaction transaction, string lost, string barcode, string branch, Act act, CancellationToken cancellationToken)
    {
        var (item, record) = await LikeAsync(transaction, lost, cancellationToken);
        item.Barcode = barcode;
        item.Acquisition = Item.Types.Acquisition.Gift;
        await StockEntry.AddAsync(transaction, item, record, act, cancellationToken);
        var elsewhere = item.Branch != branch;
        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction))
        {
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "INSERT INTO item_unit (barcode, position, title, kind) SELECT $2, position, title, kind FROM item_unit WHERE barcode = $1", lost, barcode));
            batch.BatchCommands.Add(ItemEvents.Write(barcode, act, Replaces, branch, elsewhere ? item.Branch : "", lost));
            if (elsewhere) batch.BatchCommands.Add(DatabaseSetup.BatchCommand("UPDATE item SET state = 'IN_TRANSIT', version = version + 1 WHERE barcode = $1", barcode));
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        if (!elsewhere) await queue.SetAsideIfWantedAsync(transaction, record, act.On, cancellationToken);
    }

    /// <summary>In the new copy's history, with the barcode of the lost one.</summary>
    private const string Replaces = "REPLACES";

    /// <summary>What a latest issue was lent by is its shelf's; a copy of it that comes later goes by the ordinary period.</summary>
    private static async Task<(Item Item, Guid Record)> LikeAsync(NpgsqlTransaction transaction, string lost, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT record, branch, material, CASE lending WHEN 'LATEST_ISSUE' THEN 'LENDABLE' ELSE lending END, price_minor, currency_code, units, youth, call_number, collection,
                cost_centre
            FROM item WHERE barcode = $1
            """, lost);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (new Item
        {
            Branch = row.GetString(1),
            Material = Codes.MaterialOf(row.GetString(2)),
            Lending = Codes.LendingOf(row.GetString(3)),
            PriceMinor = row.GetInt64(4),
            CurrencyCode = row.GetString(5),
            Units = row.GetInt32(6),
            Youth = row.GetBoolean(7),
            CallNumber = row.GetString(8),
            Collection = row.GetString(9),
            Provenance = new Provenance { CostCentre = row.GetString(10) },
        }, row.GetGuid(0));
    }
}

using Library.Catalog.Features.Importing;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>How every copy comes into stock, whether it was typed in, ordered or arrived as an issue.</summary>
public static class StockEntry
{
    private const string BarcodeIsUnique = "item_barcode_is_unique";

    /// <summary>Adds the copy within the caller's transaction and gives it its title.</summary>
    /// <exception cref="Failure">NOT_FOUND for an unknown record, ALREADY_EXISTS for a barcode in use.</exception>
    public static async Task AddAsync(
        NpgsqlTransaction transaction, Item item, Guid record, Instant now, CancellationToken cancellationToken)
    {
        await using (var count = transaction.Command("UPDATE record SET copies_total = copies_total + 1 WHERE id = $1 RETURNING title", record))
            item.Title = (string?)await count.ExecuteScalarAsync(cancellationToken) ?? throw Failure.NotFound("record");
        await using var insert = transaction.Command("""
            INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at)
            VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, 'AVAILABLE', $11)
            """, item.Barcode, record, item.Branch, Names.Of(item.Material), Names.Of(item.Lending), item.PriceMinor, item.CurrencyCode,
            Names.Of(item.Acquisition), item.Units, item.Youth, now);
        try
        {
            await insert.ExecuteNonQueryAsync(cancellationToken);
            await RecordIndex.NoteCopiesAsync(transaction, [record], cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == BarcodeIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
    }
}

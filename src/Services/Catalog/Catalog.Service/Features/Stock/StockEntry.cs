using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Importing;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>How every copy comes into stock, whether it was typed in, ordered or arrived as an issue.</summary>
public static class StockEntry
{
    /// <summary>Where a copy stands of which nothing else is said.</summary>
    public const string BasicCollection = "BASIC";

    private const string BarcodeIsUnique = "item_barcode_is_unique", AccessionNumberIsUnique = "item_accession_number_is_unique";

    /// <summary>
    /// Adds the copy within the caller's transaction and gives it its title and, where it has none, its collection, its day of acquisition and the
    /// next accession number of the year. The counter's row stays locked until the commit: that is what leaves no gap.
    /// </summary>
    /// <exception cref="Failure">NOT_FOUND for an unknown record, MERGED_ELSEWHERE for a merged one, ALREADY_EXISTS for a barcode or an accession number in use.</exception>
    public static async Task AddAsync(NpgsqlTransaction transaction, Item item, Guid record, Act act, CancellationToken cancellationToken)
    {
        await using (var count = transaction.Command("UPDATE record SET copies_total = copies_total + 1 WHERE id = $1 RETURNING title, merged_into IS NOT NULL", record))
        await using (var row = await count.ExecuteReaderAsync(cancellationToken))
        {
            if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("record");
            if (row.GetBoolean(1)) throw Failure.Refused("MERGED_ELSEWHERE");
            item.Title = row.GetString(0);
        }
        var from = item.Provenance ??= new Provenance();
        if (from.AcquiredOn.Length == 0) from.AcquiredOn = act.On.Iso();
        if (item.Collection.Length == 0) item.Collection = BasicCollection;
        if (item.AccessionNumber.Length == 0) item.AccessionNumber = await NextNumberAsync(transaction, act.On.Year, cancellationToken);
        item.Version = 1;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { Insert(item, record, act) } };
        if (item.UnitList.Count > 0) batch.BatchCommands.Add(InsertUnits(item.Barcode, item.UnitList));
        batch.BatchCommands.Add(ItemEvents.Write(item.Barcode, act, ItemEvents.Created, item.Branch));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await RecordIndex.NoteCopiesAsync(transaction, [record], cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == BarcodeIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
        catch (PostgresException taken) when (taken.ConstraintName == AccessionNumberIsUnique)
        {
            throw Failure.AlreadyExists("ACCESSION_NUMBER_TAKEN");
        }
    }

    /// <summary>The units of a kit in their order; there are none of it yet.</summary>
    public static NpgsqlBatchCommand InsertUnits(string barcode, IReadOnlyCollection<ItemUnit> units) => DatabaseSetup.BatchCommand("""
        INSERT INTO item_unit (barcode, position, title, kind)
        SELECT $1, position, title, kind FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS unit (title, kind, position)
        """, barcode, units.Select(unit => unit.Title).ToArray(), units.Select(unit => unit.Kind).ToArray());

    private static NpgsqlBatchCommand Insert(Item item, Guid record, Act act)
    {
        var from = item.Provenance;
        return DatabaseSetup.BatchCommand("""
            INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at,
                accession_number, call_number, call_number_sort, collection, fund, supplier, donor, deposit_owner, cost_centre, acquired_on)
            VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, 'AVAILABLE', $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
            """, item.Barcode, record, item.Branch, Names.Of(item.Material), Names.Of(item.Lending), item.PriceMinor, item.CurrencyCode,
            Names.Of(item.Acquisition), item.Units, item.Youth, act.At, item.AccessionNumber, item.CallNumber, CallNumber.SortKey(item.CallNumber),
            item.Collection, from.Fund, from.Supplier, from.Donor, from.DepositOwner, from.CostCentre, Requests.DateOf(from.AcquiredOn));
    }

    /// <summary>Numbers that were given by hand and look like those of the counter are passed over.</summary>
    private static async Task<string> NextNumberAsync(NpgsqlTransaction transaction, int year, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var next = transaction.Command("""
                INSERT INTO accession_counter AS counter (year, last) VALUES ($1, 1) ON CONFLICT (year) DO UPDATE SET last = counter.last + 1 RETURNING last
                """, year);
            var number = AccessionNumber.Of(year, (long)(await next.ExecuteScalarAsync(cancellationToken))!);
            await using var taken = transaction.Command("SELECT EXISTS (SELECT FROM item WHERE accession_number = $1)", number);
            if (!(bool)(await taken.ExecuteScalarAsync(cancellationToken))!) return number;
        }
    }
}

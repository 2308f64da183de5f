using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Importing;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stock;

/// <summary>Changes what is said of a copy, where nobody has changed it since the caller read it. What changed stands in its history.</summary>
public sealed class UpdateItem(NpgsqlDataSource database, NetworkRules rules, ReadStock stock, BusinessClock clock)
{
    public async Task<Item> RunAsync(UpdateItemRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        var act = Act.Of(clock, caller);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var (item, branch) = await LockAsync(transaction, label.Value, cancellationToken);
            caller.MustBeAt(branch);
            var change = Check(request, item.Material, act.On);
            if (item.Version != request.Version) throw Failure.Stale();
            await SaveAsync(transaction, item, change, branch, act, cancellationToken);
            await key.RecordAsync(transaction, $"items/{label.Value}", null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return await stock.ItemAsync(label.Value, staff: true, cancellationToken);
    }

    /// <summary>What is given; null: it stays.</summary>
    private sealed record Change(
        string? Lending, long? PriceMinor, bool? Youth, string? CallNumber, string? Collection, IReadOnlyList<ItemUnit>? Units, Provenance? Provenance)
    {
        /// <summary>For the history: which fields were given.</summary>
        public string Named => string.Join(", ", new[]
        {
            Lending is null ? null : "lending", Youth is null ? null : "youth", CallNumber is null ? null : "callNumber",
            Collection is null ? null : "collection", Units is null ? null : "units", Provenance is null ? null : "provenance",
        }.OfType<string>());
    }

    private static async Task<(Item Item, string Branch)> LockAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            "SELECT branch, material, price_minor, version FROM item WHERE barcode = $1 FOR UPDATE", barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("item");
        var item = new Item { Barcode = barcode, Material = Codes.MaterialOf(row.GetString(1)), PriceMinor = row.GetInt64(2), Version = row.GetInt64(3) };
        return (item, row.GetString(0));
    }

    private Change Check(UpdateItemRequest request, Item.Types.Material material, LocalDate today)
    {
        var fields = new Fields();
        fields.Range("version", request.Version, 1, long.MaxValue);
        if (request.HasLending) fields.Enum("lending", request.Lending);
        if (request.HasPriceMinor) fields.Price(request.PriceMinor);
        if (request.HasCollection) fields.Collection(request.Collection, rules, today);
        var change = new Change(
            request.HasLending ? Names.Of(request.Lending) : null,
            request.HasPriceMinor ? request.PriceMinor : null,
            request.HasYouth ? request.Youth : null,
            request.HasCallNumber ? fields.CallNumber(request.CallNumber) : null,
            request.HasCollection ? request.Collection : null,
            request.Units is null ? null : fields.Units("units.units", request.Units.Units, material),
            request.Provenance is null ? null : fields.Provenance(request.Provenance, rules));
        fields.ThrowIfWrong();
        return change;
    }

    private static async Task SaveAsync(NpgsqlTransaction transaction, Item item, Change change, string branch, Act act, CancellationToken cancellationToken)
    {
        var from = change.Provenance;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE item SET version = version + 1, lending = coalesce($2, lending), price_minor = coalesce($3::bigint, price_minor),
                        youth = coalesce($4::boolean, youth), call_number = coalesce($5, call_number), call_number_sort = coalesce($6, call_number_sort),
                        collection = coalesce($7, collection), units = coalesce($8::integer, units), fund = coalesce($9, fund),
                        supplier = coalesce($10, supplier), donor = coalesce($11, donor), deposit_owner = coalesce($12, deposit_owner),
                        cost_centre = coalesce($13, cost_centre), acquired_on = coalesce($14::date, acquired_on)
                    WHERE barcode = $1
                    """, item.Barcode, change.Lending, change.PriceMinor, change.Youth, change.CallNumber,
                    change.CallNumber is { } number ? CallNumber.SortKey(number) : null, change.Collection,
                    change.Units is { Count: > 0 } units ? units.Count : null,
                    from?.Fund, from?.Supplier, from?.Donor, from?.DepositOwner, from?.CostCentre,
                    from is { AcquiredOn.Length: > 0 } ? Requests.DateOf(from.AcquiredOn) : null),
            },
        };
        if (change.Units is { } list)
        {
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand("DELETE FROM item_unit WHERE barcode = $1", item.Barcode));
            batch.BatchCommands.Add(StockEntry.InsertUnits(item.Barcode, [.. list]));
        }
        if (change.Named.Length > 0) batch.BatchCommands.Add(ItemEvents.Write(item.Barcode, act, ItemEvents.Changed, branch, note: change.Named));
        if (change.PriceMinor is { } price && price != item.PriceMinor)
            batch.BatchCommands.Add(ItemEvents.Write(item.Barcode, act, ItemEvents.PriceChanged, branch, fromMinor: item.PriceMinor, toMinor: price));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (change.Collection is not null) await RecordIndex.NoteCopiesAsync(transaction, [item.Barcode], cancellationToken);
    }
}

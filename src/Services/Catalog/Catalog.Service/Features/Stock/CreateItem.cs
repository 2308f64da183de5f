using Library.Catalog.Features.Holding;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stock;

/// <summary>Takes a copy of a record into stock. A barcode is on one copy only, and so is an accession number.</summary>
public sealed class CreateItem(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, BusinessClock clock)
{
    public async Task<Item> RunAsync(CreateItemRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var act = Act.Of(clock, caller);
        var (item, record) = Check(request, act.On);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StockEntry.AddAsync(transaction, item, record, act, cancellationToken);
        await queue.SetAsideIfWantedAsync(transaction, record, act.On, cancellationToken);
        if (item.Provenance.CostCentre.Length == 0) item.Provenance.CostCentre = rules.MunicipalityOf(item.Branch);
        await key.RecordAsync(transaction, $"items/{item.Barcode}", item, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return item;
    }

    private (Item Item, Guid Record) Check(CreateItemRequest request, LocalDate today)
    {
        var fields = new Fields();
        fields.Code("barcode", request.Barcode);
        var record = fields.Name("record", "records", request.Record);
        fields.Branch("branch", request.Branch, rules);
        fields.Enum("material", request.Material);
        fields.Enum("lending", request.Lending);
        fields.Enum("acquisition", request.Acquisition);
        fields.Price(request.PriceMinor);
        fields.Range("units", request.Units, 0, CopyFields.IsOfSeveral(request.Material) ? CopyFields.MostUnits : 1);
        var units = fields.Units("unitList", request.UnitList, request.Material);
        if (request.Units > 0 && units.Count > 0 && units.Count != request.Units) fields.Wrong("unitList", "COUNT", ("expected", $"{request.Units}"));
        var collection = request.Collection.Length == 0 ? StockEntry.BasicCollection : request.Collection;
        fields.Collection(collection, rules, today);
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
            Units = Math.Max(1, Math.Max(request.Units, units.Count)),
            Youth = request.Youth,
            AccessionNumber = fields.Accession(request.AccessionNumber),
            CallNumber = fields.CallNumber(request.CallNumber),
            Collection = collection,
            UnitList = { units },
            Provenance = fields.Provenance(request.Provenance, rules),
        };
        fields.ThrowIfWrong();
        return (item, record);
    }
}

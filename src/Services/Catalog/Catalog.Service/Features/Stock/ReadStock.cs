using Library.Catalog.Domain.Calendars;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using NodaTime.Text;
using Branch = Library.Catalog.V1.Branch;

namespace Library.Catalog.Features.Stock;

/// <summary>A record with its copies, one copy, and the branches. Never says to whom something is lent.</summary>
public sealed class ReadStock(NpgsqlDataSource database, Network network, NetworkRules rules, BusinessClock clock)
{
    private const int MostItems = 1_000;
    private static readonly LocalTimePattern Clock = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>One copy with the list of its units; to staff also where it came from.</summary>
    public async Task<Item> ItemAsync(string barcode, bool staff, CancellationToken cancellationToken)
    {
        if (!Domain.Barcode.TryParse(barcode, out var label)) throw Failure.NotFound("item");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(ItemRow.Select + " WHERE i.barcode = $1", label.Value),
                DatabaseSetup.BatchCommand("SELECT title, kind FROM item_unit WHERE barcode = $1 ORDER BY position", label.Value),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("item");
        var item = ItemRow.Read(row);
        if (staff) item.Provenance = ItemRow.ReadProvenance(row, rules, clock.Zone);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken)) item.UnitList.Add(new ItemUnit { Title = row.GetString(0), Kind = row.GetString(1) });
        return item;
    }

    public async Task<Record> RecordAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse("records", name, "record");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand($"SELECT {RecordRow.Columns}, r.description, r.merged_into FROM record r WHERE r.id = $1", id),
                RecordRow.Availability([id]),
                DatabaseSetup.BatchCommand(ItemRow.Select + " WHERE i.record = $1 ORDER BY i.branch, i.barcode LIMIT $2", id, MostItems),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("record");
        var record = RecordRow.Read(row);
        record.Description = Description.Parser.ParseFrom(row.GetFieldValue<byte[]>(11));
        if (!row.IsDBNull(12)) record.MergedInto = ResourceName.Of("records", row.GetGuid(12));
        await RecordRow.AddAvailabilityAsync(row, new Dictionary<Guid, Record> { [id] = record }, cancellationToken);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken)) record.Items.Add(ItemRow.Read(row));
        return record;
    }

    public ListBranchesResponse Branches()
    {
        var today = clock.Today;
        return new ListBranchesResponse
        {
            Branches =
            {
                network.Branches.Values.Select(branch => new Branch
                {
                    Code = branch.Code,
                    DisplayName = branch.Name,
                    Municipality = branch.Municipality,
                    OpenToday = { rules.Calendar(branch.Code).OpeningHours(today).Select(Written) },
                }),
            },
        };
    }

    private static string Written(OpeningInterval hours) => $"{Clock.Format(hours.From)}-{Clock.Format(hours.To)}";
}

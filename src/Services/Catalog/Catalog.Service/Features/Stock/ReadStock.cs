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

    private const string SelectItem = """
        SELECT i.barcode, i.record, r.title, i.branch, i.location, i.material, i.lending, i.price_minor, i.currency_code, i.acquisition,
               i.state, i.units, i.youth, l.due_on
        FROM item i JOIN record r ON r.id = i.record LEFT JOIN loan l ON l.barcode = i.barcode AND l.returned_at IS NULL
        """;

    public async Task<Item> ItemAsync(string barcode, CancellationToken cancellationToken)
    {
        if (!Domain.Barcode.TryParse(barcode, out var label)) throw Failure.NotFound("item");
        await using var command = database.Command(SelectItem + " WHERE i.barcode = $1", label.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : throw Failure.NotFound("item");
    }

    public async Task<Record> RecordAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse("records", name, "record");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand($"SELECT {RecordRow.Columns}, r.description FROM record r WHERE r.id = $1", id),
                RecordRow.Availability([id]),
                DatabaseSetup.BatchCommand(SelectItem + " WHERE i.record = $1 ORDER BY i.branch, i.barcode LIMIT $2", id, MostItems),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("record");
        var record = RecordRow.Read(row);
        record.Description = Description.Parser.ParseFrom(row.GetFieldValue<byte[]>(11));
        await RecordRow.AddAvailabilityAsync(row, new Dictionary<Guid, Record> { [id] = record }, cancellationToken);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken)) record.Items.Add(Read(row));
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

    private static Item Read(NpgsqlDataReader row) => new()
    {
        Barcode = row.GetString(0),
        Record = ResourceName.Of("records", row.GetGuid(1)),
        Title = row.GetString(2),
        Branch = row.GetString(3),
        Location = row.GetString(4),
        Material = Codes.MaterialOf(row.GetString(5)),
        Lending = Codes.LendingOf(row.GetString(6)),
        PriceMinor = row.GetInt64(7),
        CurrencyCode = row.GetString(8),
        Acquisition = Codes.AcquisitionOf(row.GetString(9)),
        State = Codes.StateOf(row.GetString(10)),
        Units = row.GetInt32(11),
        Youth = row.GetBoolean(12),
        DueOn = row.IsDBNull(13) ? "" : row.GetFieldValue<LocalDate>(13).Iso(),
    };
}

using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>A copy as lists and its own page show it. Never says to whom it is lent.</summary>
public static class ItemRow
{
    /// <summary>A copy's state: the desk knows what is missing or in repair as LOST.</summary>
    public const string State = "coalesce(i.absence, i.state)";

    /// <summary>Of item i: one that its reader has declared lost is still bound to the loan, and handled as one that is out.</summary>
    public const string BoundState = $"CASE WHEN i.state = 'LOST' AND EXISTS (SELECT FROM loan b WHERE b.barcode = i.barcode AND b.returned_at IS NULL) THEN 'ON_LOAN' ELSE {State} END";

    /// <summary>Of item i, its record r and its open loan l.</summary>
    public const string Select = $"""
        SELECT i.barcode, i.record, r.title, i.branch, i.location, i.material, i.lending, i.price_minor, i.currency_code, i.acquisition,
               {State}, i.units, i.youth, l.due_on, coalesce(i.accession_number, ''), i.call_number, i.collection, i.version,
               i.fund, i.supplier, i.donor, i.deposit_owner, i.cost_centre, i.acquired_on, i.created_at
        FROM item i JOIN record r ON r.id = i.record LEFT JOIN loan l ON l.barcode = i.barcode AND l.returned_at IS NULL
        """;

    public static Item Read(NpgsqlDataReader row) => new()
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
        AccessionNumber = row.GetString(14),
        CallNumber = row.GetString(15),
        Collection = row.GetString(16),
        Version = row.GetInt64(17),
    };

    /// <summary>What only staff read.</summary>
    public static Provenance ReadProvenance(NpgsqlDataReader row, NetworkRules rules, DateTimeZone zone) => new()
    {
        Fund = row.GetString(18),
        Supplier = row.GetString(19),
        Donor = row.GetString(20),
        DepositOwner = row.GetString(21),
        CostCentre = row.GetString(22) is { Length: > 0 } own ? own : rules.MunicipalityOf(row.GetString(3)),
        AcquiredOn = (row.IsDBNull(23) ? row.GetFieldValue<Instant>(24).InZone(zone).Date : row.GetFieldValue<LocalDate>(23)).Iso(),
    };
}

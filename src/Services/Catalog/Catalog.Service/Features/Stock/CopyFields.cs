using Google.Protobuf.Collections;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>The bounds of what is said of a copy, whether it is new or changed.</summary>
public static class CopyFields
{
    public const long MostMinor = 10_000_000;
    public const int MostUnits = 200;
    private const int LongestNote = 60, LongestTitle = 200;

    public static bool IsOfSeveral(Item.Types.Material material) => material is Item.Types.Material.StorySuitcase or Item.Types.Material.MediaKit;

    public static void Price(this Fields fields, long minor) => fields.Range("priceMinor", minor, 0, MostMinor);

    public static string CallNumber(this Fields fields, string value) => fields.Text("callNumber", value, 0, Domain.Stock.CallNumber.MaxLength);

    public static string Accession(this Fields fields, string value) => value.Length == 0 ? "" : fields.Code("accessionNumber", value);

    /// <summary>A code of the rulebook in force.</summary>
    public static void Collection(this Fields fields, string code, NetworkRules rules, LocalDate today)
    {
        if (!rules.IsCollection(code, today)) fields.Wrong("collection", "UNKNOWN");
    }

    /// <summary>Trimmed; empty where nothing is known.</summary>
    public static Provenance Provenance(this Fields fields, Provenance? given, NetworkRules rules)
    {
        if (given is null) return new Provenance();
        var provenance = new Provenance
        {
            Fund = fields.Text("provenance.fund", given.Fund, 0, LongestNote),
            Supplier = fields.Text("provenance.supplier", given.Supplier, 0, LongestNote),
            Donor = given.Donor.Length == 0 ? "" : fields.Code("provenance.donor", given.Donor),
            DepositOwner = fields.Text("provenance.depositOwner", given.DepositOwner, 0, LongestNote),
            CostCentre = given.CostCentre,
            AcquiredOn = fields.OptionalDate("provenance.acquiredOn", given.AcquiredOn)?.Iso() ?? "",
        };
        if (given.CostCentre.Length > 0 && !rules.IsMunicipality(given.CostCentre)) fields.Wrong("provenance.costCentre", "UNKNOWN");
        return provenance;
    }

    /// <summary>The units of a kit or a suitcase, trimmed; none for everything else.</summary>
    public static IReadOnlyList<ItemUnit> Units(this Fields fields, string field, RepeatedField<ItemUnit> given, Item.Types.Material material)
    {
        if (given.Count > (IsOfSeveral(material) ? MostUnits : 0))
            fields.Wrong(field, "COUNT", ("expected", IsOfSeveral(material) ? $"0–{MostUnits}" : "0"));
        return
        [
            .. given.Take(MostUnits).Select((unit, at) => new ItemUnit
            {
                Title = fields.Text($"{field}[{at}].title", unit.Title, 1, LongestTitle),
                Kind = fields.Text($"{field}[{at}].kind", unit.Kind, 1, LongestNote),
            }),
        ];
    }
}

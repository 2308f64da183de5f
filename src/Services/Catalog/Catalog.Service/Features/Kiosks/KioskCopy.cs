using Library.Catalog.Domain.Kiosks;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Kiosks;

/// <summary>A copy as a machine needs to know it. Never says to whom it is lent, or who waits.</summary>
public sealed record KioskCopy(string Barcode, string Title, string Material, string State, LocalDate? DueOn, string Branch, string Location, bool OfLender, int Holds)
{
    /// <summary>Damaged or being mended, and not lent all the same.</summary>
    public bool IsUnderRepair => State == "IN_REPAIR" && DueOn is null;

    public bool NeedsStaff => KioskRules.NeedsStaff(Codes.MaterialRuleOf(Material), IsUnderRepair, OfLender);

    public static async Task<KioskCopy?> FindAsync(NpgsqlDataSource database, string barcode, CancellationToken cancellationToken)
    {
        await using var command = database.Command($"""
            SELECT r.title, i.material, {ItemRow.State}, l.due_on, i.branch, i.location, i.lender_due_on IS NOT NULL,
                (SELECT count(*)::integer FROM hold h WHERE h.record = i.record AND h.closed_at IS NULL AND (h.only_barcode IS NULL OR h.only_barcode = i.barcode))
            FROM item i JOIN record r ON r.id = i.record LEFT JOIN loan l ON l.barcode = i.barcode AND l.returned_at IS NULL
            WHERE i.barcode = $1
            """, barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new KioskCopy(
                barcode, row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetFieldValue<LocalDate>(3),
                row.GetString(4), row.GetString(5), row.GetBoolean(6), row.GetInt32(7))
            : null;
    }
}

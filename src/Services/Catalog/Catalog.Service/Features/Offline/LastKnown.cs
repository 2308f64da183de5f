using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Offline;

/// <summary>
/// When something last happened to a copy that says where it is: a loan, a return, its coming to the hold shelf, or what its history holds besides notes
/// and corrections. Its row is locked.
/// </summary>
internal static class LastKnown
{
    public static async Task<Instant?> ReadAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT greatest(
                (SELECT lent_at FROM loan WHERE barcode = $1 AND returned_at IS NULL),
                (SELECT max(returned_at) FROM loan WHERE barcode = $1 AND returned_at IS NOT NULL),
                (SELECT ready_at FROM hold WHERE barcode = $1 AND closed_at IS NULL),
                (SELECT max(at) FROM item_event WHERE barcode = $1 AND kind NOT IN ('CREATED', 'CHANGED', 'PRICE_CHANGED', 'CONDITION_NOTED')))
            """, barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return row.IsDBNull(0) ? null : row.GetFieldValue<Instant>(0);
    }
}

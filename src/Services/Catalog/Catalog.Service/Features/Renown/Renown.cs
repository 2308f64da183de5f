using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Renown;

/// <summary>How well known a record is: loans, halved for each year that has passed. Search puts it first among those that match alike.</summary>
public static class Renown
{
    /// <summary>Reckons it anew, in the caller's transaction.</summary>
    /// <param name="transaction">The caller's.</param>
    /// <param name="year">The business year.</param>
    /// <param name="records">Whose; in one order, so that two who do this do not wait for each other in a circle.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task ReckonAsync(NpgsqlTransaction transaction, int year, Guid[] records, CancellationToken cancellationToken)
    {
        if (records.Length == 0) return;
        await using var command = transaction.Command("""
            WITH known AS (
                SELECT x.record, record_popularity(x.record, $2) AS popularity FROM record_index x WHERE x.record = ANY ($1) ORDER BY x.record FOR UPDATE OF x)
            UPDATE record_index x SET popularity = known.popularity,
                weight = record_weight(known.popularity, (SELECT copies_total FROM record r WHERE r.id = x.record))
            FROM known WHERE x.record = known.record AND x.popularity <> known.popularity
            """, records, year);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

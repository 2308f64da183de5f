using Library.Catalog.V1;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>What became of every copy that was expected, and the figures of it. Derived: the desk writes nothing for a stocktaking (ADR 18).</summary>
public static class Outcomes
{
    public const string Missing = "MISSING";

    /// <summary>
    /// Rows barcode, call_number_sort, outcome, seen_at of stocktaking $1 that began at $2; once it is closed, as they were then. Seen at the desk is
    /// what was lent, returned, taken in or found since.
    /// </summary>
    public const string With = """
        WITH lent AS MATERIALIZED (
            SELECT barcode, max(at) AS at FROM (
                SELECT barcode, coalesce(returned_at, lent_at) AS at FROM loan WHERE lent_at >= $2 OR returned_at >= $2
                UNION ALL SELECT barcode, at FROM item_event WHERE at >= $2 AND kind IN ('ARRIVED', 'FOUND', 'REPAIRED')) AS desk
            GROUP BY barcode),
        outcome AS (
            SELECT c.barcode, c.call_number_sort, coalesce(c.seen_at, s.seen_at, lent.at) AS seen_at, coalesce(c.outcome, CASE
                WHEN s.barcode IS NOT NULL THEN 'SCANNED'
                WHEN lent.barcode IS NOT NULL THEN 'SEEN_AT_DESK'
                WHEN coalesce(i.stands_at, i.branch) <> k.branch OR i.state IN ('WITHDRAWN', 'LOST') THEN 'GONE'
                WHEN i.state = 'AVAILABLE' THEN 'MISSING'
                ELSE i.state END) AS outcome
            FROM stocktaking k JOIN stocktaking_copy c ON c.stocktaking = k.id JOIN item i ON i.barcode = c.barcode
            LEFT JOIN stocktaking_scan s ON s.stocktaking = k.id AND s.barcode = c.barcode LEFT JOIN lent ON lent.barcode = c.barcode
            WHERE k.id = $1)
        """;

    public static NpgsqlBatchCommand[] FiguresOf(Session session) =>
    [
        DatabaseSetup.BatchCommand($"{With} SELECT outcome, count(*) FROM outcome GROUP BY outcome", session.Id, session.OpenedAt),
        DatabaseSetup.BatchCommand("""
            SELECT finding, count(*), count(*) FILTER (WHERE wrong_order), count(*) FILTER (WHERE found_again)
            FROM stocktaking_scan WHERE stocktaking = $1 GROUP BY finding
            """, session.Id),
    ];

    /// <summary>Reads what <see cref="FiguresOf"/> asks.</summary>
    public static async Task<StocktakingFigures> ReadAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        var outcomes = new Dictionary<string, long>();
        while (await row.ReadAsync(cancellationToken)) outcomes.Add(row.GetString(0), row.GetInt64(1));
        await row.NextResultAsync(cancellationToken);
        var (findings, wrongOrder, foundAgain) = (new Dictionary<string, long>(), 0L, 0L);
        while (await row.ReadAsync(cancellationToken))
        {
            findings.Add(row.GetString(0), row.GetInt64(1));
            wrongOrder += row.GetInt64(2);
            foundAgain += row.GetInt64(3);
        }
        return new StocktakingFigures
        {
            Expected = outcomes.Values.Sum(),
            Scanned = outcomes.GetValueOrDefault("SCANNED"),
            SeenAtDesk = outcomes.GetValueOrDefault("SEEN_AT_DESK"),
            OnLoan = outcomes.GetValueOrDefault("ON_LOAN"),
            InTransit = outcomes.GetValueOrDefault("IN_TRANSIT"),
            OnHoldShelf = outcomes.GetValueOrDefault("ON_HOLD_SHELF"),
            Gone = outcomes.GetValueOrDefault("GONE"),
            Missing = outcomes.GetValueOrDefault(Missing),
            OtherBranch = findings.GetValueOrDefault("OTHER_BRANCH"),
            OtherCollection = findings.GetValueOrDefault("OTHER_COLLECTION"),
            OtherRange = findings.GetValueOrDefault("OTHER_RANGE"),
            WrongOrder = wrongOrder,
            Unknown = findings.GetValueOrDefault("UNKNOWN"),
            Withdrawn = findings.GetValueOrDefault("WITHDRAWN"),
            LentBefore = findings.GetValueOrDefault("ON_LOAN"),
            UnderWay = findings.GetValueOrDefault("IN_TRANSIT"),
            InRepair = findings.GetValueOrDefault("IN_REPAIR"),
            FoundAgain = foundAgain,
        };
    }
}

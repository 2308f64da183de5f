using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Kind = Library.Catalog.V1.CirculationStatistics.Types.Kind;

namespace Library.Catalog.Features.Counting;

/// <summary>
/// Facts for statistics (ADR 22), each one command for the batch of the act that it counts, so that they stand or fall together. A fact bears the
/// member's section, category and municipality and no member, a material and no copy, a day and no instant.
/// </summary>
public static class CirculationFacts
{
    /// <summary>The columns that every fact has, in order.</summary>
    public const string Columns = "day, kind, branch, material, audience, category, municipality, purpose, count";

    /// <summary>All that was ever counted, c: what is added up and what is not yet. In one statement each fact is seen once.</summary>
    public const string Everything = $"(SELECT {Columns} FROM circulation_day UNION ALL SELECT {Columns} FROM circulation_fact)";

    private static readonly string LentSql = WithVisit("LOAN", "branch", "AND o.id <> l.id"), ReturnedSql = WithVisit("RETURN", "returned_branch", "");
    private static readonly string LoanUndoneSql = WithoutVisit("LOAN", "AND l.counted"), ReturnUndoneSql = WithoutVisit("RETURN", "");

    /// <summary>After the loan's row. Counts the visit too, unless the member had lent or returned something at the branch on that day.</summary>
    public static NpgsqlBatchCommand Lent(Guid loan, Instant at, DateTimeZone zone) => OnDay(LentSql, loan, at, zone);

    /// <summary>After the loan was closed; as <see cref="Lent"/>, at the branch where it was handed in.</summary>
    public static NpgsqlBatchCommand Returned(Guid loan, Instant at, DateTimeZone zone) => OnDay(ReturnedSql, loan, at, zone);

    /// <param name="loan">As it is.</param>
    /// <param name="on">The day of the renewal.</param>
    /// <param name="count">-1 where it is undone.</param>
    public static NpgsqlBatchCommand Renewed(Guid loan, LocalDate on, int count = 1) => DatabaseSetup.BatchCommand($"""
        INSERT INTO circulation_fact ({Columns})
        SELECT $2, 'RENEWAL', l.branch, i.material, l.age_section, l.category, l.municipality, '', $3 FROM loan l JOIN item i ON i.barcode = l.barcode WHERE l.id = $1
        """, loan, on, count);

    /// <summary>After a loan was undone: it was never lent. One that is not counted yet (an older version's) is not taken back.</summary>
    public static NpgsqlBatchCommand LoanUndone(Guid loan, string branch, Instant lentAt, DateTimeZone zone) => OnDay(LoanUndoneSql, loan, lentAt, zone, branch);

    /// <summary>After a loan whose return was undone is open again: it never came back.</summary>
    public static NpgsqlBatchCommand ReturnUndone(Guid loan, string branch, Instant returnedAt, DateTimeZone zone) => OnDay(ReturnUndoneSql, loan, returnedAt, zone, branch);

    /// <param name="loan">Of a licence; to the day on which it was lent.</param>
    /// <param name="zone">The library's.</param>
    public static NpgsqlBatchCommand LicenceLent(Guid loan, DateTimeZone zone) => DatabaseSetup.BatchCommand($"""
        INSERT INTO circulation_fact ({Columns})
        SELECT (l.lent_at AT TIME ZONE $2)::date, 'LICENCE_LOAN', '', t.material, l.age_section, l.category, l.municipality, '', 1
        FROM licence_loan l JOIN licensed_title t ON t.record = l.record WHERE l.id = $1
        """, loan, zone.Id);

    /// <summary>What happened to a hold, of the title's material. Counted where the member is no longer known, too.</summary>
    public static NpgsqlBatchCommand OfHold(Kind kind, Guid hold, LocalDate on) => DatabaseSetup.BatchCommand(
        OfHolds("(SELECT record, member, pickup_branch FROM hold WHERE id = $3)"), on, Names.Of(kind), hold);

    /// <summary>Facts of the kind $2 on the day $1 of whatever holds stand in a table of record, member and pickup_branch.</summary>
    /// <param name="holds">The table.</param>
    /// <param name="undone">What happened to them is taken back.</param>
    public static string OfHolds(string holds, bool undone = false) => $"""
        INSERT INTO circulation_fact ({Columns})
        SELECT $1, $2, h.pickup_branch, r.material, CASE WHEN b.youth_section THEN 'YOUTH' WHEN b.member IS NOT NULL THEN 'ADULT' ELSE '' END,
            coalesce(b.category, ''), coalesce(b.municipality, ''), '', {(undone ? "-1" : "1")}
        FROM {holds} AS h JOIN record r ON r.id = h.record LEFT JOIN borrower b ON b.member = h.member
        """;

    private static NpgsqlBatchCommand OnDay(string sql, Guid loan, Instant at, DateTimeZone zone, params ReadOnlySpan<object> more)
    {
        var day = at.InZone(zone).Date;
        return DatabaseSetup.BatchCommand(
            sql, [loan, day, day.AtStartOfDayInZone(zone).ToInstant(), day.PlusDays(1).AtStartOfDayInZone(zone).ToInstant(), .. more]);
    }

    /// <summary>
    /// Both facts of a loan l in one statement. The visit is looked for in the member's own loans of the day, by two indexes. Two desks that serve one
    /// member in the same instant count two visits: a figure of this kind is not worth a lock at the desk.
    /// </summary>
    private static string WithVisit(string kind, string branch, string otherLoan) => $"""
        INSERT INTO circulation_fact ({Columns})
        SELECT $2, fact.kind, l.{branch}, fact.material, l.age_section, l.category, l.municipality, fact.purpose, 1
        FROM loan l JOIN item i ON i.barcode = l.barcode CROSS JOIN LATERAL (VALUES ('{kind}', i.material, ''), ('VISIT', '', 'HOME_LOAN')) AS fact (kind, material, purpose)
        WHERE l.id = $1 AND (fact.kind <> 'VISIT' OR NOT (
            EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.lent_at >= $3 AND o.lent_at < $4 AND o.branch = l.{branch} AND o.undone_at IS NULL {otherLoan})
            OR EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.returned_at >= $3 AND o.returned_at < $4 AND o.returned_branch = l.{branch} AND o.undone_at IS NULL AND o.replace_until IS NULL AND o.id <> l.id)))
        """;

    /// <summary>
    /// Takes both facts back, once the loan's row says so. The visit stands where anything else of the member's at the branch $5 on that day stands: of several
    /// acts that are undone, the last takes it back.
    /// </summary>
    private static string WithoutVisit(string kind, string counted) => $"""
        INSERT INTO circulation_fact ({Columns})
        SELECT $2, fact.kind, $5, fact.material, l.age_section, l.category, l.municipality, fact.purpose, -1
        FROM loan l JOIN item i ON i.barcode = l.barcode CROSS JOIN LATERAL (VALUES ('{kind}', i.material, ''), ('VISIT', '', 'HOME_LOAN')) AS fact (kind, material, purpose)
        WHERE l.id = $1 {counted} AND (fact.kind <> 'VISIT' OR NOT (
            EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.lent_at >= $3 AND o.lent_at < $4 AND o.branch = $5 AND o.undone_at IS NULL)
            OR EXISTS (SELECT FROM loan o WHERE o.member = l.member AND o.returned_at >= $3 AND o.returned_at < $4 AND o.returned_branch = $5 AND o.undone_at IS NULL AND o.replace_until IS NULL)))
        """;
}

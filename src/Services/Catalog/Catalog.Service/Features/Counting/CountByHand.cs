using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Counting;

/// <summary>What staff count and the desk cannot: uses in the library and visits.</summary>
internal static class CountByHand
{
    private const int Most = 5_000, MostDaysBack = 31;

    /// <summary>The day of a count: today, or one of the last 31 days.</summary>
    public static LocalDate Day(this Fields fields, string field, string value, LocalDate today)
    {
        var day = fields.OptionalDate(field, value) ?? today;
        if (day != default && (day > today || day < today.PlusDays(-MostDaysBack)))
            fields.Wrong(field, "RANGE", ("min", today.PlusDays(-MostDaysBack).Iso()), ("max", today.Iso()));
        return day;
    }

    public static int Count(this Fields fields, string field, int value)
    {
        if (value == 0) fields.Wrong(field, "REQUIRED");
        return (int)fields.Range(field, value, -Most, Most);
    }

    /// <summary>A fact of nobody in particular. What is taken back was counted before, on the same day and as the same.</summary>
    /// <exception cref="Failure">FAILED_PRECONDITION.</exception>
    public static async Task AddAsync(
        NpgsqlTransaction transaction, LocalDate day, string kind, string branch, string material, string audience, string purpose, int count,
        CancellationToken cancellationToken)
    {
        await using var add = transaction.Command($"""
            INSERT INTO circulation_fact ({CirculationFacts.Columns})
            SELECT $1, $2, $3, $4, $5, '', '', $6, $7
            WHERE $7 > 0 OR $7 + (
                SELECT coalesce(sum(count), 0) FROM {CirculationFacts.Everything} AS c
                WHERE day = $1 AND kind = $2 AND branch = $3 AND material = $4 AND audience = $5 AND purpose = $6 AND category = '' AND municipality = '') >= 0
            """, day, kind, branch, material, audience, purpose, count);
        if (await add.ExecuteNonQueryAsync(cancellationToken) == 0) throw Failure.Refused("COUNT_BELOW_ZERO");
    }
}

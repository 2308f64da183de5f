using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Forgetting;

/// <summary>Cuts the link to the person of what is over (art. 21–22, ADR 9), in tables with the columns id, member and version.</summary>
public sealed class PersonLinks(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    /// <summary>Rows of a statement, and statements of a run: the rest is for the next night.</summary>
    internal const int Batch = 5_000, MostBatches = 1_000;

    /// <summary>What was over before this instant has kept its link for the days of the rulebook.</summary>
    public Instant CutBefore(LocalDate day) => day.PlusDays(-rules.LoanLinkDays(day)).AtStartOfDayInZone(clock.Zone).ToInstant();

    /// <param name="table">Ours, not a caller's.</param>
    /// <param name="closedAt">Its column with the instant from which on it is over.</param>
    /// <param name="before">From <see cref="CutBefore"/>.</param>
    /// <param name="cancellationToken">Of the run.</param>
    /// <param name="unless">A further condition on row t under which the link stays.</param>
    public async Task CutAsync(string table, string closedAt, Instant before, CancellationToken cancellationToken, string unless = "false")
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var command = database.Command($"""
                UPDATE {table} SET member = NULL, version = version + 1
                WHERE id = ANY (ARRAY(
                    SELECT t.id FROM {table} t WHERE t.member IS NOT NULL AND t.{closedAt} < $1 AND NOT ({unless}) ORDER BY t.{closedAt} LIMIT $2 FOR UPDATE OF t))
                """, before, Batch);
            if (await command.ExecuteNonQueryAsync(cancellationToken) < Batch) return;
        }
    }
}

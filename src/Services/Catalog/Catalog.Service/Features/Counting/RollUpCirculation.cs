using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Counting;

/// <summary>
/// Each night: counts loans that came in without a fact (those of an older version), and moves the facts of closed days into the table of
/// days, added up. A batch is one statement, so a fact is in one of the two tables, never in both or in neither: cut off, run twice or on two machines it
/// does no harm. What comes late for a day that was added up is added the next night.
/// </summary>
public sealed class RollUpCirculation(NpgsqlDataSource database, BusinessClock clock) : IPeriodicJob
{
    private const int LoansAtOnce = 5_000, FactsAtOnce = 20_000, MostBatches = 1_000;

    public string Name => "roll-up-circulation";
    public LocalTime DueAt => new(1, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await RepeatAsync($"""
            WITH missed AS (
                UPDATE loan SET counted = true
                WHERE id = ANY (ARRAY(SELECT id FROM loan WHERE NOT counted ORDER BY lent_at LIMIT $1 FOR UPDATE SKIP LOCKED))
                RETURNING barcode, lent_at, branch, age_section, category, municipality)
            INSERT INTO circulation_fact ({CirculationFacts.Columns})
            SELECT (m.lent_at AT TIME ZONE $2)::date, 'LOAN', m.branch, i.material, m.age_section, m.category, m.municipality, '', count(*)
            FROM missed m JOIN item i ON i.barcode = m.barcode GROUP BY 1, 3, 4, 5, 6, 7
            """, cancellationToken, LoansAtOnce, clock.Zone.Id);
        await RepeatAsync($"""
            WITH moved AS (
                DELETE FROM circulation_fact
                WHERE ctid = ANY (ARRAY(SELECT ctid FROM circulation_fact WHERE day < $1 ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED))
                RETURNING {CirculationFacts.Columns})
            INSERT INTO circulation_day AS known ({CirculationFacts.Columns})
            SELECT day, kind, branch, material, audience, category, municipality, purpose, sum(count) FROM moved
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
            ON CONFLICT ON CONSTRAINT circulation_day_one_row_for_alike DO UPDATE SET count = known.count + excluded.count
            """, cancellationToken, day, FactsAtOnce);
    }

    /// <summary>Until it finds nothing more.</summary>
    private async Task RepeatAsync(string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var command = database.Command(sql, parameters);
            if (await command.ExecuteNonQueryAsync(cancellationToken) == 0) return;
        }
    }
}

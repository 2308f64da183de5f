using Library.Catalog.Domain.Serials;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Subscribing;

/// <summary>
/// Writes the issues that are to be expected of a subscription (ADR 19). Every issue follows from the pattern, so that whoever writes them, and
/// how often, writes the same ones; one that stands already is left alone.
/// </summary>
public static class ExpectIssues
{
    /// <summary>How far ahead issues are expected.</summary>
    public const int HorizonDays = 92;

    /// <summary>Up to the horizon of the day, within the terms. The caller's transaction; the subscription's row must be locked by it.</summary>
    public static async Task RunAsync(NpgsqlTransaction transaction, Guid subscription, LocalDate day, CancellationToken cancellationToken)
    {
        var (known, terms) = await LoadAsync(transaction, subscription, cancellationToken);
        var through = LocalDate.Min(known.EndsOn, day.PlusDays(HorizonDays));
        if (through <= known.PlannedThrough) return;

        var policy = new ClaimPolicy(known.GraceDays);
        var issues = terms.SelectMany(term => Patterns.Rule(Patterns.FromJson(term.Pattern)).Issues(LocalDate.Min(term.EndsOn, through))
            .Where(issue => issue.ExpectedOn >= term.StartsOn && issue.ExpectedOn > known.PlannedThrough)).ToList();
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO issue (id, subscription, record, branch, kind, state, issued_on, volume, number, last_volume, last_number, claim_due_on)
                    SELECT p.id, s.id, s.record, s.branch, 'PLANNED', 'EXPECTED', p.issued_on, p.volume, p.number, p.last_volume, p.last_number, p.claim_due_on
                    FROM subscription s, unnest($2, $3, $4, $5, $6, $7, $8) AS p (id, issued_on, volume, number, last_volume, last_number, claim_due_on)
                    WHERE s.id = $1
                    ON CONFLICT (subscription, issued_on) WHERE kind = 'PLANNED' DO NOTHING
                    """, subscription,
                    issues.Select(_ => Guid.CreateVersion7()).ToArray(), issues.Select(issue => issue.ExpectedOn).ToArray(),
                    issues.Select(issue => issue.First.Volume).ToArray(), issues.Select(issue => issue.First.Number).ToArray(),
                    issues.Select(issue => issue.Last.Volume).ToArray(), issues.Select(issue => issue.Last.Number).ToArray(),
                    // what was to come before it was known here is given the same grace from now on
                    issues.Select(issue => ClaimRules.FirstDueOn(LocalDate.Max(issue.ExpectedOn, day), policy)).ToArray()),
                DatabaseSetup.BatchCommand("UPDATE subscription SET planned_through = $2 WHERE id = $1", subscription, through),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Known(LocalDate EndsOn, LocalDate PlannedThrough, int GraceDays);

    private sealed record Term(LocalDate StartsOn, LocalDate EndsOn, string Pattern);

    private static async Task<(Known Known, IReadOnlyList<Term> Terms)> LoadAsync(
        NpgsqlTransaction transaction, Guid subscription, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT ends_on, planned_through, grace_days FROM subscription WHERE id = $1", subscription),
                DatabaseSetup.BatchCommand("""
                    SELECT t.starts_on, t.ends_on, t.pattern::text FROM subscription_term t JOIN subscription s ON s.id = t.subscription
                    WHERE s.id = $1 AND t.ends_on > s.planned_through ORDER BY t.number
                    """, subscription),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var known = new Known(row.GetFieldValue<LocalDate>(0), row.GetFieldValue<LocalDate>(1), row.GetInt32(2));
        await row.NextResultAsync(cancellationToken);
        var terms = new List<Term>();
        while (await row.ReadAsync(cancellationToken))
            terms.Add(new Term(row.GetFieldValue<LocalDate>(0), row.GetFieldValue<LocalDate>(1), row.GetString(2)));
        return (known, terms);
    }
}

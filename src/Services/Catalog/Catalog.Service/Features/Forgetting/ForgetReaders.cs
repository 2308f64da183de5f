using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Forgetting;

/// <summary>
/// Cuts the link between a returned loan, or a hold that is closed, and its reader after the days of the rulebook, unless the reader still owes something
/// or a dispute about the loan is open (art. 21–22, ADR 9). What statistics need stays with the loan. After the same days an offline log forgets the
/// cards on lines that nobody has resolved (ADR 25).
/// </summary>
public sealed class ForgetReaders(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock) : IPeriodicJob
{
    private const int Batch = 5_000, MostBatches = 1_000;

    public string Name => "forget-readers";
    public LocalTime DueAt => new(2, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var before = day.PlusDays(-rules.LoanLinkDays(day)).AtStartOfDayInZone(clock.Zone).ToInstant();
        await CutAsync("""
            UPDATE loan SET member = NULL, version = version + 1
            WHERE id = ANY (ARRAY(
                SELECT l.id FROM loan l
                WHERE l.member IS NOT NULL AND l.returned_at < $1 AND l.disputed_at IS NULL
                  AND NOT EXISTS (SELECT FROM borrower_debt d WHERE d.member = l.member AND d.balance_minor > 0)
                  AND NOT EXISTS (SELECT FROM pending_charge p WHERE p.member = l.member)
                ORDER BY l.returned_at LIMIT $2 FOR UPDATE OF l))
            """, before, cancellationToken);
        await CutAsync("""
            UPDATE hold SET member = NULL, version = version + 1
            WHERE id = ANY (ARRAY(SELECT id FROM hold WHERE member IS NOT NULL AND closed_at < $1 ORDER BY closed_at LIMIT $2 FOR UPDATE))
            """, before, cancellationToken);
        await CutAsync("""
            UPDATE offline_line SET card_number = NULL
            WHERE (log, number) IN (
                SELECT n.log, n.number FROM offline_line n JOIN offline_log l ON l.id = n.log
                WHERE n.card_number IS NOT NULL AND n.state <> 'PENDING' AND l.received_at < $1 LIMIT $2 FOR UPDATE OF n)
            """, before, cancellationToken);
    }

    /// <summary>In batches, until a batch is not full.</summary>
    private async Task CutAsync(string sql, Instant before, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var command = database.Command(sql, before, Batch);
            if (await command.ExecuteNonQueryAsync(cancellationToken) < Batch) return;
        }
    }
}

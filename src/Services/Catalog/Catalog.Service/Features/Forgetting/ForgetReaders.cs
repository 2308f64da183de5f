using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Forgetting;

/// <summary>
/// Cuts the link between what is over and its reader after the days of the rulebook, unless the reader still owes something, a dispute about the
/// loan or the case of a copy that was spoilt is open (art. 21–22, ADR 9): returned loans, claims, closed holds, interlibrary requests, rounds of home delivery, deposits in
/// lockers. What statistics need stays. Who has left or is erased gets nothing more from a partner and no
/// round any more. After the same days an offline log forgets the cards on lines that nobody has resolved (ADR 25).
/// </summary>
public sealed class ForgetReaders(NpgsqlDataSource database, PersonLinks links, BusinessClock clock) : IPeriodicJob
{
    private const string OwesSomething = """
        EXISTS (SELECT FROM borrower_debt d WHERE d.member = t.member AND d.balance_minor > 0) OR EXISTS (SELECT FROM pending_charge p WHERE p.member = t.member)
        """;

    /// <summary>What came back unusable and is not settled (art. 42).</summary>
    private const string HasOpenLoss = "EXISTS (SELECT FROM loss q WHERE q.loan = t.id AND q.state = 'OPEN')";

    public string Name => "forget-readers";
    public LocalTime DueAt => new(2, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var before = links.CutBefore(day);
        await links.CutAsync("loan", "returned_at", before, cancellationToken, $"t.disputed_at IS NOT NULL OR {HasOpenLoss} OR {OwesSomething}");
        await links.CutAsync("claim", "closed_at", before, cancellationToken, OwesSomething);
        await links.CutAsync("hold", "closed_at", before, cancellationToken);
        await CancelForLeaversAsync(cancellationToken);
        await links.CutAsync("interlibrary_request", "closed_at", before, cancellationToken, OwesSomething);
        await links.CutAsync("home_stop", "closed_at", before, cancellationToken);
        await links.CutAsync("locker_deposit", "closed_at", before, cancellationToken);
        await ForgetCardsAsync(before, cancellationToken);
        await EndEntitlementsAsync(before.InZone(clock.Zone).Date, cancellationToken);
    }

    /// <summary>What has not been sent yet; what has goes back as if it had not been collected.</summary>
    private async Task CancelForLeaversAsync(CancellationToken cancellationToken)
    {
        await using var cancel = database.Command("""
            UPDATE interlibrary_request q SET state = 'CANCELLED', changed_at = $1, closed_at = $1, version = q.version + 1
            FROM borrower b WHERE b.member = q.member AND q.state = 'REQUESTED' AND b.state IN ('LEFT', 'EXCLUDED', 'ERASED')
            """, clock.Now);
        await cancel.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ForgetCardsAsync(Instant before, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < PersonLinks.MostBatches; batch++)
        {
            await using var forget = database.Command("""
                UPDATE offline_line SET card_number = NULL
                WHERE (log, number) IN (
                    SELECT n.log, n.number FROM offline_line n JOIN offline_log l ON l.id = n.log
                    WHERE n.card_number IS NOT NULL AND n.state <> 'PENDING' AND l.received_at < $1 LIMIT $2 FOR UPDATE OF n)
                """, before, PersonLinks.Batch);
            if (await forget.ExecuteNonQueryAsync(cancellationToken) < PersonLinks.Batch) return;
        }
    }

    private async Task EndEntitlementsAsync(LocalDate endedBefore, CancellationToken cancellationToken)
    {
        await using var end = database.Command("""
            DELETE FROM home_reader h WHERE h.entitled_until < $1
                OR EXISTS (SELECT FROM borrower b WHERE b.member = h.member AND b.state IN ('LEFT', 'EXCLUDED', 'ERASED'))
            """, endedBefore);
        await end.ExecuteNonQueryAsync(cancellationToken);
    }
}

using Library.Catalog.Features.Forgetting;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>
/// Brings titles up to the moment whose time has come: every few seconds what has ended or run out, and once a day every title that is lent or waited for (licences that
/// begin or end, members who have left). The title's lock and guarded statements are what makes it right; that many do it at once only costs time.
/// </summary>
public sealed class SettleLicences(
    NpgsqlDataSource database, PersonLinks links, TitleQueue queue, GiveAccess access, BusinessClock clock, ClockKeeper keeper, Outbox outbox, ILogger<SettleLicences> log)
    : BackgroundService, IPeriodicJob
{
    private const int Batch = 500, MostBatches = 1_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    public string Name => "licences";
    public LocalTime DueAt => new(0, 10);

    /// <summary>The day's run: in Development it follows the clock as it is moved, where the worker's own rhythm could not.</summary>
    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await SettleAsync("""
            SELECT record FROM (SELECT record FROM licence_loan WHERE ended_at IS NULL UNION SELECT record FROM licence_hold WHERE closed_at IS NULL) AS busy
            WHERE record > $1 ORDER BY record LIMIT $2
            """, cancellationToken);
        await access.RunDueAsync(cancellationToken);
        // no money hangs on a licence, so no debt keeps the link
        var before = links.CutBefore(day);
        await links.CutAsync("licence_loan", "ended_at", before, cancellationToken);
        await links.CutAsync("licence_hold", "closed_at", before, cancellationToken);
    }

    /// <summary>What has ended or run out until now, and what is to be told to providers.</summary>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        await SettleAsync("""
            SELECT record FROM (
                SELECT record FROM licence_loan WHERE ended_at IS NULL AND ends_at <= $3
                UNION SELECT record FROM licence_hold WHERE state = 'OFFERED' AND offered_until <= $3) AS due
            WHERE record > $1 ORDER BY record LIMIT $2
            """, cancellationToken, clock.Now);
        await access.RunDueAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await keeper.Ready.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(LookEvery);
        do
            try
            {
                await RunDueAsync(stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(problem, "Licences could not be settled; that is tried again");
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task SettleAsync(string select, CancellationToken cancellationToken, params object[] more)
    {
        var after = Guid.Empty;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var records = new List<Guid>();
            await using (var command = database.Command(select, [after, Batch, .. more]))
            await using (var row = await command.ExecuteReaderAsync(cancellationToken))
                while (await row.ReadAsync(cancellationToken)) records.Add(row.GetGuid(0));
            foreach (var record in records)
            {
                await using var connection = await database.OpenConnectionAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await queue.LockAsync(transaction, record, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            if (records.Count > 0) outbox.Wake();
            if (records.Count < Batch) return;
            after = records[^1];
        }
    }
}

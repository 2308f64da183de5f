using System.Diagnostics;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Jobs;

/// <summary>
/// Runs the periodic jobs of this service: each for every business day since it last ran, in order of days and then of the
/// time at which they are due, on one process at a time (a lease). A day is marked after its work is done.
/// </summary>
public sealed class JobRunner(
    NpgsqlDataSource database, Leases leases, BusinessClock clock, ClockKeeper keeper, Outbox outbox,
    IEnumerable<IPeriodicJob> jobs, ILogger<JobRunner> log) : BackgroundService
{
    private const string Lease = "jobs";
    private static readonly ActivitySource Source = new("Library.Jobs");
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15), LookEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(25);
    private readonly SemaphoreSlim here = new(1);
    private readonly IReadOnlyList<IPeriodicJob> all = [.. jobs.OrderBy(job => job.DueAt).ThenBy(job => job.Name, StringComparer.Ordinal)];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (all.Count == 0) return;
        await keeper.Ready.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(LookEvery);
        do
            try
            {
                await RunDueAsync(stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(problem, "Periodic jobs failed; they are tried again");
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Runs what is due now and says what ran. Waits for another process that is at it, 25 s at most: longer than the lease of one that was killed.</summary>
    /// <exception cref="TimeoutException">Another process still holds the lease.</exception>
    public async Task<IReadOnlyList<string>> RunDueAsync(CancellationToken cancellationToken)
    {
        if (all.Count == 0) return [];
        await here.WaitAsync(cancellationToken);
        try
        {
            await using var lease = await leases.TryKeepAsync(Lease, LeaseTime, WaitAtMost, cancellationToken)
                ?? throw new TimeoutException("Another process is running the periodic jobs.");
            var ran = new List<string>();
            foreach (var (job, day) in await DueAsync(cancellationToken))
            {
                // what the job causes, messages and notices too, is one trace
                using var activity = Source.StartActivity($"job {job.Name}");
                await job.RunAsync(day, cancellationToken);
                await MarkAsync(job, day, cancellationToken);
                outbox.Wake();
                ran.Add($"{job.Name} of {day:uuuu-MM-dd}");
            }
            return ran;
        }
        finally
        {
            here.Release();
        }
    }

    /// <summary>Every job and day that is due and not done. A job that never ran starts today.</summary>
    private async Task<IEnumerable<(IPeriodicJob Job, LocalDate Day)>> DueAsync(CancellationToken cancellationToken)
    {
        var done = new Dictionary<string, LocalDate>();
        await using var command = database.Command("SELECT job, done_through FROM job_state");
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                done[reader.GetString(0)] = reader.GetFieldValue<LocalDate>(1);
        var now = clock.Now.InZone(clock.Zone).LocalDateTime;
        return all.SelectMany(job =>
            {
                var last = now.TimeOfDay >= job.DueAt ? now.Date : now.Date.PlusDays(-1);
                var first = done.TryGetValue(job.Name, out var through) ? through.PlusDays(1) : last;
                return Enumerable.Range(0, Math.Max(0, Period.DaysBetween(first, last) + 1)).Select(n => (job, Day: first.PlusDays(n)));
            })
            .OrderBy(due => due.Day + due.job.DueAt);
    }

    private async Task MarkAsync(IPeriodicJob job, LocalDate day, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            INSERT INTO job_state AS known (job, done_through) VALUES ($1, $2)
            ON CONFLICT (job) DO UPDATE SET done_through = greatest(known.done_through, excluded.done_through)
            """, job.Name, day);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public override void Dispose()
    {
        here.Dispose();
        base.Dispose();
    }
}

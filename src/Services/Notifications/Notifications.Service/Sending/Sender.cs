namespace Library.Notifications.Sending;

/// <summary>
/// Sends what is queued: woken when something was, and looking every second besides, because another process may have queued
/// it or a pause may be over. Its pauses and leases are real time.
/// </summary>
public sealed class Sender(Deliveries deliveries, Attempts attempts, ILogger<Sender> log) : BackgroundService
{
    /// <summary>Attempts side by side in one process; each may hold a connection to the mail server.</summary>
    private const int Lanes = 8;

    /// <summary>Longer than an attempt may take, so that nobody takes a running one for dead.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                var claimed = await deliveries.ClaimAsync(Lanes, LeaseTime, stoppingToken);
                await Task.WhenAll(claimed.Select(delivery => attempts.RunAsync(delivery, stoppingToken)));
                if (claimed.Count < Lanes) await deliveries.WaitAsync(LookEvery, stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                // the database is away: what was claimed and not finished is taken up again when its lease ends
                log.LogWarning("Notices could not be sent ({Problem}); they are tried again", problem.GetType().Name);
                await Task.Delay(LookEvery, stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return; // what was interrupted keeps its lease, and is taken up again when that ends
            }
    }
}

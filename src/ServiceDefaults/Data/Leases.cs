using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Data;

/// <summary>
/// Leases as rows of the service's database: at most one process holds a name at a time. They use the database's real
/// time, so that clocks of machines need not agree.
/// </summary>
public sealed class Leases(NpgsqlDataSource database, ILogger<Leases> log)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);
    private readonly Guid holder = Guid.NewGuid();

    /// <summary>By which the rows of this process are known.</summary>
    internal Guid Holder => holder;

    /// <summary>Takes the lease or prolongs it. False while another holds it.</summary>
    public async Task<bool> TryHoldAsync(string name, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            INSERT INTO lease AS held (name, holder, held_until)
            VALUES ($1, $2, clock_timestamp() + $3)
            ON CONFLICT (name) DO UPDATE SET holder = $2, held_until = clock_timestamp() + $3
                WHERE held.holder = $2 OR held.held_until < clock_timestamp()
            """, name, holder, duration);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Takes the lease and prolongs it, three times in its <paramref name="duration"/>, until it is disposed of: the duration is only what
    /// others wait after a crash. Waits <paramref name="atMost"/> while another holds it; null where it still does then.
    /// </summary>
    public async Task<IAsyncDisposable?> TryKeepAsync(string name, TimeSpan duration, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await TryHoldAsync(name, duration, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(began) > atMost) return null;
            await Task.Delay(LookAgain, cancellationToken);
        }
        return new Kept(this, name, duration);
    }

    /// <summary>Gives the lease up where this process holds it. Where the database is away it is left to end by itself.</summary>
    public async Task ReleaseAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = database.Command("DELETE FROM lease WHERE name = $1 AND holder = $2", name, holder);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            log.LogInformation("The lease {Lease} was not given up ({Problem}); it ends by itself", name, away.GetType().Name);
        }
    }

    private async Task RenewAsync(string name, TimeSpan duration, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(duration / 3);
        while (!stop.IsCancellationRequested)
            try
            {
                await timer.WaitForNextTickAsync(stop);
                await TryHoldAsync(name, duration, stop);
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                log.LogInformation("The lease {Lease} was not prolonged ({Problem}); that is tried again", name, away.GetType().Name);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // given up
            }
    }

    private sealed class Kept : IAsyncDisposable
    {
        private readonly Leases leases;
        private readonly string name;
        private readonly CancellationTokenSource stop = new();
        private readonly Task renewing;

        public Kept(Leases leases, string name, TimeSpan duration)
        {
            (this.leases, this.name) = (leases, name);
            renewing = leases.RenewAsync(name, duration, stop.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await renewing;
            stop.Dispose();
            await leases.ReleaseAsync(name, CancellationToken.None);
        }
    }
}

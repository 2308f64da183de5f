using Grpc.Core;
using Library.ServiceDefaults.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Time;

/// <summary>Asks Catalog, which owns the clock, for the offset; null in Catalog itself.</summary>
public delegate Task<long> AskOffset(CancellationToken cancellationToken);

/// <summary>
/// Keeps the business clock of this process with the network's, in Development: from the service's own database once a
/// second (another instance may have moved it) and from Catalog at the start and every ten seconds.
/// </summary>
public sealed class ClockKeeper(
    NpgsqlDataSource database, BusinessClock clock, IHostEnvironment environment, ILogger<ClockKeeper> log, AskOffset? ask = null) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the clock was read once: no job may run before.</summary>
    public Task Ready => first.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!environment.IsDevelopment())
        {
            first.TrySetResult();
            return;
        }
        using var timer = new PeriodicTimer(Pause);
        for (var round = 0; !stoppingToken.IsCancellationRequested; round++)
        {
            try
            {
                clock.MoveTo(await ReadAsync(stoppingToken));
                if (ask is not null && round % 10 == 0) await TakeOverAsync(await ask(stoppingToken), stoppingToken);
                first.TrySetResult();
            }
            catch (Exception problem) when (problem is NpgsqlException or TimeoutException or RpcException)
            {
                log.LogDebug("The clock was not read ({Problem}); it goes on as it is", problem.GetType().Name);
                if (problem is RpcException) first.TrySetResult();
            }
            if (!await timer.WaitForNextTickAsync(stoppingToken)) return;
        }
    }

    /// <summary>Keeps a larger offset in the service's database and goes by it from now on.</summary>
    public async Task TakeOverAsync(long offsetMs, CancellationToken cancellationToken)
    {
        if (offsetMs > clock.OffsetMs)
        {
            await using var command = database.Command("UPDATE business_clock SET offset_ms = $1 WHERE offset_ms < $1", offsetMs);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        clock.MoveTo(offsetMs);
    }

    private async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT offset_ms FROM business_clock");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Metrics;

/// <summary>Something that is looked at from time to time, so that gauges have it when they are asked.</summary>
/// <param name="Name">For the log.</param>
/// <param name="Every">Least time between two looks; rounded up to the sampler's rounds.</param>
/// <param name="Limit">A look that takes longer is given up, and its gauges become unknown.</param>
/// <param name="TakeAsync">One short query, or one question to the broker; sets gauges.</param>
public sealed record Sample(string Name, TimeSpan Every, TimeSpan Limit, Func<CancellationToken, Task> TakeAsync);

/// <summary>
/// The one place from which a process looks at its database and queue for the sake of metrics: every 15 s, one sample after
/// the other, whatever asks for metrics and however often.
/// </summary>
public sealed class Sampler(IEnumerable<Sample> samples, TimeProvider time, ILogger<Sampler> log) : BackgroundService
{
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(15), UsualLimit = TimeSpan.FromSeconds(5);
    private readonly IReadOnlyList<Sample> all = [.. samples];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var taken = new Dictionary<Sample, long>();
        using var timer = new PeriodicTimer(Round, time);
        do
            foreach (var sample in all.Where(sample => !taken.TryGetValue(sample, out var last) || time.GetElapsedTime(last) > sample.Every - Round / 2))
            {
                if (stoppingToken.IsCancellationRequested) return;
                taken[sample] = time.GetTimestamp();
                await TakeAsync(sample, stoppingToken);
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TakeAsync(Sample sample, CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(sample.Limit);
        try
        {
            await sample.TakeAsync(limit.Token);
        }
        catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
        {
            // database or broker away, which health tells; the gauges become unknown by themselves
            log.LogInformation("{Sample} could not be looked at for metrics ({Problem})", sample.Name, problem.GetType().Name);
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // the process ends: nobody asks any more
        }
    }
}

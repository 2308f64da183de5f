using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Library.Catalog;

/// <summary>
/// What the desks do, by branch: their rate is loans and returns per minute. Counted after the commit; a repeated command counts once. The desk goes
/// first: whatever is long and can wait takes small steps while it is busy, and rests after each as long as it took.
/// </summary>
public sealed class DeskMetrics
{
    private static readonly TimeSpan BusyFor = TimeSpan.FromSeconds(2), LongestRest = TimeSpan.FromSeconds(1);
    private readonly Counter<long> loans, returns, renewals;
    private long lastAt = long.MinValue;

    public DeskMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Library.Catalog");
        loans = meter.CreateCounter<long>("library.loans", "{loan}", "Items lent.");
        returns = meter.CreateCounter<long>("library.returns", "{return}", "Items taken back.");
        renewals = meter.CreateCounter<long>("library.renewals", "{renewal}", "Loans renewed.");
    }

    /// <summary>Whether a desk that this process serves did something in the last two seconds.</summary>
    public bool IsBusy => Volatile.Read(ref lastAt) is var at && at != long.MinValue && Stopwatch.GetElapsedTime(at) < BusyFor;

    /// <summary>After a step of something long: rests as long as the step took, one second at most; not at all while no desk is busy.</summary>
    /// <param name="stepBegan">A timestamp of <see cref="Stopwatch"/>.</param>
    /// <param name="elsewhere">What the step costs others on this machine, who work after it (at most a second): it is rested for too.</param>
    /// <param name="cancellationToken">Ends the rest.</param>
    public Task GiveWayAsync(long stepBegan, TimeSpan elsewhere, CancellationToken cancellationToken)
    {
        if (!IsBusy) return Task.CompletedTask;
        var rest = Stopwatch.GetElapsedTime(stepBegan) + elsewhere;
        return Task.Delay(rest < LongestRest ? rest : LongestRest, cancellationToken);
    }

    /// <inheritdoc cref="GiveWayAsync(long, TimeSpan, CancellationToken)"/>
    public Task GiveWayAsync(long stepBegan, CancellationToken cancellationToken) => GiveWayAsync(stepBegan, TimeSpan.Zero, cancellationToken);

    public void Lent(string branch) => Count(loans, KeyValuePair.Create("branch", (object?)branch));

    public void Returned(string branch) => Count(returns, KeyValuePair.Create("branch", (object?)branch));

    public void Renewed() => Count(renewals);

    private void Count(Counter<long> what, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        what.Add(1, tags);
        Volatile.Write(ref lastAt, Stopwatch.GetTimestamp());
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Library.Catalog;

/// <summary>What the desks do, by branch: their rate is loans and returns per minute. Counted after the commit; a repeated command counts once.</summary>
public sealed class DeskMetrics
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);
    private readonly Counter<long> loans, returns, renewals;
    private long lastAt = long.MinValue;

    public DeskMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Library.Catalog");
        loans = meter.CreateCounter<long>("library.loans", "{loan}", "Items lent.");
        returns = meter.CreateCounter<long>("library.returns", "{return}", "Items taken back.");
        renewals = meter.CreateCounter<long>("library.renewals", "{renewal}", "Loans renewed.");
    }

    /// <summary>Whether a desk that this process serves did something in the last two seconds: what is long and can wait goes slowly then.</summary>
    public bool IsBusy => Volatile.Read(ref lastAt) is var at && at != long.MinValue && Stopwatch.GetElapsedTime(at) < Rest;

    public void Lent(string branch) => Count(loans, KeyValuePair.Create("branch", (object?)branch));

    public void Returned(string branch) => Count(returns, KeyValuePair.Create("branch", (object?)branch));

    public void Renewed() => Count(renewals);

    private void Count(Counter<long> what, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        what.Add(1, tags);
        Volatile.Write(ref lastAt, Stopwatch.GetTimestamp());
    }
}

using System.Diagnostics.Metrics;

namespace Library.Catalog;

/// <summary>What the desks do, by branch: their rate is loans and returns per minute. Counted after the commit; a repeated command counts once.</summary>
public sealed class DeskMetrics
{
    private readonly Counter<long> loans, returns, renewals;

    public DeskMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Library.Catalog");
        loans = meter.CreateCounter<long>("library.loans", "{loan}", "Items lent.");
        returns = meter.CreateCounter<long>("library.returns", "{return}", "Items taken back.");
        renewals = meter.CreateCounter<long>("library.renewals", "{renewal}", "Loans renewed.");
    }

    public void Lent(string branch) => loans.Add(1, KeyValuePair.Create("branch", (object?)branch));

    public void Returned(string branch) => returns.Add(1, KeyValuePair.Create("branch", (object?)branch));

    public void Renewed() => renewals.Add(1);
}

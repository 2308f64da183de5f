using System.Collections.Concurrent;

namespace Library.Acceptance.Failing;

/// <summary>What the network has said yes to, as its callers wrote it down. The network must hold exactly this.</summary>
public sealed class Acknowledged
{
    public ConcurrentDictionary<string, string> LoansByName { get; } = new();
    public ConcurrentDictionary<string, long> FinesByReturnedLoan { get; } = new();
    public ConcurrentDictionary<string, long> AmountsByPayment { get; } = new();
    public ConcurrentDictionary<string, long> PaidByMember { get; } = new();
    public ConcurrentDictionary<string, int> CardsByMember { get; } = new();
    public ConcurrentDictionary<string, string> GuestsByRegistration { get; } = new();
    public ConcurrentBag<string> Stuck { get; } = [];
    public ConcurrentBag<string> Wrong { get; } = [];
    private int commands, retries, refusals;

    public int Commands => commands;
    public int Retries => retries;
    public int Refusals => refusals;
    public void CountCommand() => Interlocked.Increment(ref commands);
    public void CountRetry() => Interlocked.Increment(ref retries);
    public void CountRefusal() => Interlocked.Increment(ref refusals);
}

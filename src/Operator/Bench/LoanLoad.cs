using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace Library.Operator.Bench;

/// <summary>What one round of loans and returns gave.</summary>
internal sealed record LoadResult
{
    /// <summary>From the first request until no more was begun.</summary>
    internal required TimeSpan Window { get; init; }
    /// <summary>Operations answered with 200 within the window.</summary>
    internal required int Measured { get; init; }
    internal required int Loans { get; init; }
    internal required int Returns { get; init; }
    internal required int Failed { get; init; }
    /// <summary>Of the measured ones, in order of length.</summary>
    internal required IReadOnlyList<TimeSpan> Latencies { get; init; }
    /// <summary>What the first operation that failed was answered.</summary>
    internal required string? FirstProblem { get; init; }

    internal double PerSecond => Measured / Window.TotalSeconds;

    internal TimeSpan Percentile(double share) =>
        Latencies.Count == 0 ? TimeSpan.Zero : Latencies[Math.Min(Latencies.Count - 1, (int)(Latencies.Count * share))];
}

/// <summary>
/// Lends and takes back through the gateway: every connection is a desk that lends a copy to a member, both chosen at random, takes
/// it back, and goes on as soon as it is answered. Each operation has an Idempotency-Key of its own, and the token of its branch.
/// </summary>
internal sealed class LoanLoad(Uri gateway, IReadOnlyDictionary<string, string> tokens, int seed)
{
    private const int LongestRequest = 4096;
    private readonly Uri gateway = gateway;
    private readonly IReadOnlyDictionary<string, string> tokens = tokens;
    private readonly int seed = seed;
    private readonly string run = Guid.NewGuid().ToString("N")[..12];
    private int round;

    /// <param name="connections">Desks at work.</param>
    /// <param name="window">How long they begin operations.</param>
    /// <param name="perSecond">Of all desks together; null: each goes on as soon as it is answered. An operation's time counts from the moment at which it was due.</param>
    internal LoadResult Run(int connections, TimeSpan window, int? perSecond = null)
    {
        round++;
        var desks = Enumerable.Range(0, connections).Select(number => new Desk(this, number, connections, perSecond)).ToArray();
        try
        {
            var begin = Stopwatch.GetTimestamp();
            var end = begin + (long)(window.TotalSeconds * Stopwatch.Frequency);
            var threads = desks.Select(desk => new Thread(() => desk.Work(end), maxStackSize: 256 * 1024)).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            var latencies = desks.SelectMany(desk => desk.Latencies).ToArray();
            Array.Sort(latencies);
            return new LoadResult
            {
                Window = window,
                Measured = latencies.Length,
                Loans = desks.Sum(desk => desk.Loans),
                Returns = desks.Sum(desk => desk.Returns),
                Failed = desks.Sum(desk => desk.Failed),
                Latencies = [.. latencies.Select(ticks => Stopwatch.GetElapsedTime(0, ticks))],
                FirstProblem = desks.Select(desk => desk.FirstProblem).FirstOrDefault(problem => problem is not null),
            };
        }
        finally
        {
            foreach (var desk in desks) desk.Dispose();
        }
    }

    /// <summary>Has copies of its own, so that no desk waits for another one's; members come to every desk.</summary>
    private sealed class Desk(LoanLoad load, int number, int desks, int? perSecond) : IDisposable
    {
        private readonly Random random = new(HashCode.Combine(load.seed, load.round, number));
        private readonly byte[] request = new byte[LongestRequest];
        private readonly HttpConnection connection = new(load.gateway);
        private long begun, end;
        private int sent;

        internal List<long> Latencies { get; } = new(32 * 1024);
        internal int Loans { get; private set; }
        internal int Returns { get; private set; }
        internal int Failed { get; private set; }
        internal string? FirstProblem { get; private set; }

        internal void Work(long until)
        {
            (begun, end) = (Stopwatch.GetTimestamp(), until);
            try
            {
                while (Stopwatch.GetTimestamp() < end)
                {
                    var copy = random.Next(BenchStock.CopiesLent / desks) * desks + number;
                    var branch = BenchStock.BranchOf(copy);
                    var card = BenchStock.CardOf(random.Next(BenchStock.Borrowing));
                    if (!Ask("loans", branch, $$"""{"barcode":"{{BenchStock.BarcodeOf(copy)}}","cardNumber":"{{card}}","branch":"{{branch}}"}""")) continue;
                    Loans++;
                    if (Ask("returns", branch, $$"""{"barcode":"{{BenchStock.BarcodeOf(copy)}}","branch":"{{branch}}"}""")) Returns++;
                }
            }
            catch (Exception broken) when (broken is SocketException or InvalidDataException)
            {
                Fail(broken.Message);
            }
        }

        private bool Ask(string path, string branch, string body)
        {
            var key = $"{load.run}-{load.round}-{number}-{++sent}";
            Utf8.TryWrite(request,
                $"POST /api/v1/{path} HTTP/1.1\r\nHost: {load.gateway.Authority}\r\nAuthorization: Bearer {load.tokens[branch]}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
                out var length);
            var begin = Due();
            var (status, problem) = connection.Exchange(request.AsSpan(0, length));
            var answered = Stopwatch.GetTimestamp();
            if (status != 200)
            {
                Fail($"{path}: {status} {problem}");
                return false;
            }
            if (answered <= end) Latencies.Add(answered - begin);
            return true;
        }

        /// <summary>Waits for the moment at which the next operation is due.</summary>
        private long Due()
        {
            if (perSecond is null) return Stopwatch.GetTimestamp();
            var due = begun + (long)((sent - 1 + ((double)number / desks)) * desks / perSecond.Value * Stopwatch.Frequency);
            // the desk has a thread of its own, and the pace is what is being set; it waits for nothing to happen
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { Ticks: > 0 } early) Thread.Sleep(early);
            return due;
        }

        private void Fail(string problem)
        {
            Failed++;
            FirstProblem ??= problem;
        }

        public void Dispose() => connection.Dispose();
    }
}

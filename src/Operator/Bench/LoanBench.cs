using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Library.Operator.Bench;

/// <param name="Window">Of one round.</param>
/// <param name="WarmUp">Before the first, at least: until code is compiled for good it costs several times as much.</param>
/// <param name="Connections">In the order in which they are measured; the ratio is that of the first.</param>
/// <param name="CollectorPort">Where the network exports its telemetry to.</param>
/// <param name="Page">To write the figures into; null: none.</param>
internal sealed record BenchOptions(TimeSpan Window, TimeSpan WarmUp, int[] Connections, int CollectorPort, string? Page);

/// <summary>Rounds of loans and returns, and what comes of them.</summary>
internal sealed class LoanBench(
    BenchOptions options, RunningNetwork network, NetworkState state, Uri gateway, BenchStock stock, Pgbench pgbench, LoanLoad load)
{
    /// <summary>More than the busiest minutes of a network that lends a million items a year.</summary>
    internal const int PerSecond = 50;
    private const int Pairs = 3;
    private const double MostFailures = 0.001;
    /// <summary>So many come before the first round, or what is done in a minute and a half.</summary>
    private const int WarmOperations = 30_000;
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(90), WarmUpStep = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2), LookAgain = TimeSpan.FromMilliseconds(50), AnswerLimit = TimeSpan.FromSeconds(5);
    private readonly List<Rounds> results = [];
    private readonly List<BesideRound> beside = [];
    private long loans;
    private string? firstProblem;

    internal RunningNetwork Network => network;

    internal Uri Gateway => gateway;

    internal BenchStock Stock => stock;

    internal IReadOnlyList<Rounds> Results => results;

    internal IReadOnlyList<BesideRound> Beside => beside;

    internal long Failed { get; private set; }

    internal long Asked { get; private set; }

    /// <summary>False where what is in the database is not what was acknowledged, or too much failed.</summary>
    internal async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var before = await stock.LoansAsync(cancellation);
        await stock.ExecuteAsync("postgres", "CHECKPOINT", cancellation); // none of the rounds pays for the loading
        await WarmUpAsync(cancellation);
        foreach (var connections in options.Connections) results.Add(await PairsAsync(connections, cancellation));
        for (var pair = 0; pair < Pairs; pair++)
            foreach (int? perSecond in new int?[] { PerSecond, null })
                foreach (var busy in new[] { false, true }) beside.Add(await MeasureBesideAsync(perSecond, busy, cancellation));
        return await IsSoundAsync(before, cancellation);
    }

    /// <summary>Whether what is in the database is what was acknowledged since.</summary>
    internal async Task<bool> IsSoundAsync((long Made, long Open) before, CancellationToken cancellation)
    {
        var after = await stock.LoansAsync(cancellation);
        var made = after.Made - before.Made;
        Say($"{made} loans made, {loans} acknowledged; {after.Open - before.Open} of them open; {Failed} of {Asked} operations failed.");
        if (firstProblem is not null) Console.WriteLine($"The first that failed: {firstProblem}");
        return made == loans && after.Open == before.Open && Failed <= Asked * MostFailures;
    }

    /// <summary>Rounds of ours and of pgbench in turn.</summary>
    internal async Task<Rounds> PairsAsync(int connections, CancellationToken cancellation)
    {
        var rounds = new List<Round>();
        for (var pair = 0; pair < Pairs; pair++) rounds.Add(await MeasureAsync(connections, cancellation));
        return new Rounds(connections, rounds);
    }

    /// <summary>The desks alone, at their pace.</summary>
    internal LoadResult AtPace(TimeSpan window)
    {
        var result = load.Run(options.Connections[0], window, PerSecond);
        Count(result);
        return result;
    }

    internal async Task WarmUpAsync(CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        var (spent, done) = (TimeSpan.Zero, 0L);
        while (spent < options.WarmUp || (done < WarmOperations && spent < LongestWarmUp))
        {
            cancellation.ThrowIfCancellationRequested();
            Count(load.Run(options.Connections[0], WarmUpStep));
            (spent, done) = (Stopwatch.GetElapsedTime(began), Asked);
        }
        await SettleAsync(cancellation);
        Say($"Warmed up by {done} operations in {spent.TotalSeconds:F0} s.");
    }

    private async Task<Round> MeasureAsync(int connections, CancellationToken cancellation)
    {
        var start = ProcessTimes.Read(state);
        var ours = load.Run(connections, options.Window);
        Count(ours);
        var lag = await SettleAsync(cancellation);
        var between = ProcessTimes.Read(state);
        var theirs = await pgbench.RunAsync(connections, options.Window, cancellation);
        var round = new Round
        {
            Connections = connections, Ours = ours, Lag = lag, OursCpu = between.Since(start), Theirs = theirs, TheirsCpu = ProcessTimes.Read(state).Since(between),
        };
        Say($"{connections,3} connections: {ours.PerSecond,6:F0}/s, p95 {ours.Percentile(0.95).TotalMilliseconds:F1} ms; pgbench {theirs.PerSecond,6:F0}/s; ratio {round.Ratio:F2}; {lag.Waiting} messages waiting, all told after {lag.Until.TotalSeconds:F1} s");
        return round;
    }

    /// <summary>The desks alone, or beside a stocktaking and imports.</summary>
    private async Task<BesideRound> MeasureBesideAsync(int? perSecond, bool busy, CancellationToken cancellation)
    {
        await using var work = busy ? await BesideWork.StartAsync(network, state, gateway, stock, cancellation) : null;
        var ours = load.Run(options.Connections[0], options.Window, perSecond);
        Count(ours);
        var (scanned, imported) = work is null ? (0, 0) : await work.SinceAsync(cancellation);
        var round = new BesideRound(perSecond, busy, ours, scanned / options.Window.TotalSeconds, imported / options.Window.TotalSeconds);
        Say($"{(perSecond is null ? "as many as answered" : Text($"{perSecond} a second")),20}{(busy ? ", stocktaking and import" : ", alone"),26}: {ours.PerSecond,6:F0}/s, p95 {ours.Percentile(0.95).TotalMilliseconds:F1} ms; {round.Scanned:F0} copies and {round.Imported:F0} records/s");
        return round;
    }

    private void Count(LoadResult result)
    {
        loans += result.Loans;
        Failed += result.Failed;
        Asked += result.Loans + result.Returns + result.Failed;
        firstProblem ??= result.FirstProblem;
    }

    /// <summary>Waits until outboxes and queues are empty.</summary>
    internal async Task<Lag> SettleAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = AnswerLimit };
        var began = Stopwatch.GetTimestamp();
        long? first = null;
        while (true)
        {
            var waiting = (await Task.WhenAll(state.Parts.Where(part => part is { Kind: "project", OneShot: false, Url: not null } && part.Name != "gateway")
                .Select(part => http.GetFromJsonAsync<Backlog>(new Uri($"{part.Url}/backlog"), NetworkState.Json, cancellation))))
                .Sum(backlog => backlog!.Outbox + (backlog.Queues ?? []).Values.Sum());
            first ??= waiting;
            if (waiting == 0) return new Lag(first.Value, Stopwatch.GetElapsedTime(began));
            if (Stopwatch.GetElapsedTime(began) > SettleLimit)
                throw new OperatorException(string.Create(CultureInfo.InvariantCulture, $"{waiting} messages still wait after {SettleLimit.TotalSeconds:F0} s."));
            await Task.Delay(LookAgain, cancellation);
        }
    }

    private sealed record Backlog(long Outbox, Dictionary<string, long>? Queues);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

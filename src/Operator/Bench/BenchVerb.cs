using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Library.Operator.Bench;

/// <summary>
/// <c>bench loans</c>: loans and returns through the gateway of a running network, beside pgbench with the statements of the same
/// transactions on the same server. Ends with <c>ratio: N</c>, ours over pgbench's at 8 connections, and writes the figures into the page on performance.
/// </summary>
internal static class BenchVerb
{
    /// <summary>More than the busiest minutes of a network that lends a million items a year.</summary>
    private const int PerSecond = 50;
    private const int Seed = 2026, Pairs = 3, Deciding = 8;
    private const double MostFailures = 0.001;
    private static readonly int[] AllConnections = [Deciding, 1, 32];
    /// <summary>Until code is compiled for good it costs several times as much: so many come first, or what is done in a minute and a half.</summary>
    private const int WarmOperations = 30_000;
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(90), WarmUpStep = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2), LookAgain = TimeSpan.FromMilliseconds(50), AnswerLimit = TimeSpan.FromSeconds(5);

    /// <param name="Window">Of one round.</param>
    /// <param name="WarmUp">Before the first, at least; see <see cref="WarmOperations"/>.</param>
    /// <param name="Connections">In the order in which they are measured; the ratio is that of the first.</param>
    /// <param name="CollectorPort">Where the network exports its telemetry to.</param>
    /// <param name="Page">To write the figures into; null: none.</param>
    private sealed record Options(TimeSpan Window, TimeSpan WarmUp, int[] Connections, int CollectorPort, string? Page);

    private sealed record Backlog(long Outbox, Dictionary<string, long>? Queues);

    internal static Task<int> FreePortAsync(string[] args, CancellationToken cancellation)
    {
        Console.WriteLine(Collector.FreePort().ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(Exit.Done);
    }

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var options = Read(args);
        var network = RunningNetwork.OfThisFolder();
        await using var collector = new Collector(options.CollectorPort);
        var state = await network.StateAsync(cancellation);
        var gateway = new Uri(await AddressVerbs.UrlOfAsync(network, "gateway", cancellation) + "/");
        var stock = new BenchStock(network, state);
        var began = Stopwatch.GetTimestamp();
        if (await stock.EnsureAsync(gateway, cancellation)) Say($"Loaded in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s.");

        var pgbench = new Pgbench(stock, state, network.Secret("postgres-password"), network.Home.Data);
        await PartVerbs.StopAsync(["catalog"], cancellation); // a database is copied while nobody is connected to it
        await pgbench.CopyAsync(cancellation);
        await PartVerbs.StartAsync(["catalog"], cancellation);
        state = await network.StateAsync(cancellation);
        await UntilReachedAsync(gateway, cancellation);

        var tokens = new Dictionary<string, string>();
        foreach (var branch in BenchStock.AllBranches) tokens[branch] = await TokenVerb.RequestAsync(network, $"librarian@{branch}", cancellation);
        var bench = new Bench(options, network, state, gateway, stock, pgbench, new LoanLoad(gateway, tokens, Seed));
        var sound = await bench.RunAsync(cancellation);
        await pgbench.DropAsync(cancellation);
        Say($"The collector took {collector.Bytes / 1e6:F0} MB of traces, metrics and logs.");

        var report = new BenchReport(bench.Results, bench.Beside, bench.Failed, bench.Asked);
        foreach (var line in report.Lines()) Console.WriteLine(line);
        if (sound && options is { Page: { } page, Connections.Length: > 1 }) await report.WriteAsync(page, options.Window, cancellation);
        Say($"ratio: {bench.Results[0].Median(round => round.Ratio):F2}");
        return sound ? Exit.Done : Exit.Failed;
    }

    private static Options Read(string[] args)
    {
        var options = new Options(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10), AllConnections, 0, null);
        for (var at = 0; at < args.Length; at += 2)
            options = (args[at], args.ElementAtOrDefault(at + 1)) switch
            {
                ("--seconds", { } text) when int.TryParse(text, out var seconds) && seconds is >= 1 and <= 600 => options with { Window = TimeSpan.FromSeconds(seconds) },
                ("--warm-up", { } text) when int.TryParse(text, out var seconds) && seconds is >= 1 and <= 600 => options with { WarmUp = TimeSpan.FromSeconds(seconds) },
                ("--connections", { } text) when int.TryParse(text, out var connections) && connections is >= 1 and <= 256 => options with { Connections = [connections] },
                ("--collector", { } text) when int.TryParse(text, out var port) => options with { CollectorPort = port },
                ("--page", { } page) => options with { Page = page },
                _ => throw new OperatorException("bench loans takes --seconds 1 to 600, --warm-up 1 to 600 and --connections 1 to 256."),
            };
        return options;
    }

    /// <summary>The gateway finds a service that came back at its next probe.</summary>
    private static async Task UntilReachedAsync(Uri gateway, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = AnswerLimit };
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            using var answer = await http.GetAsync(new Uri(gateway, "health"), cancellation);
            if ((await answer.Content.ReadAsStringAsync(cancellation)).Contains("\"catalog\":\"Healthy\"", StringComparison.Ordinal)) return;
            if (Stopwatch.GetElapsedTime(began) > SettleLimit) throw new OperatorException("The gateway does not reach Catalog.");
            await Task.Delay(LookAgain, cancellation);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>The measured part of a run.</summary>
    private sealed class Bench(
        Options options, RunningNetwork network, NetworkState state, Uri gateway, BenchStock stock, Pgbench pgbench, LoanLoad load)
    {
        private readonly List<Rounds> results = [];
        private readonly List<BesideRound> beside = [];
        private long loans;
        private string? firstProblem;

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
            foreach (var connections in options.Connections)
            {
                var rounds = new List<Round>();
                for (var pair = 0; pair < Pairs; pair++) rounds.Add(await MeasureAsync(connections, cancellation));
                results.Add(new Rounds(connections, rounds));
            }
            for (var pair = 0; pair < Pairs; pair++)
                foreach (int? perSecond in new int?[] { PerSecond, null })
                    foreach (var busy in new[] { false, true }) beside.Add(await MeasureBesideAsync(perSecond, busy, cancellation));
            var after = await stock.LoansAsync(cancellation);
            var made = after.Made - before.Made;
            Say($"{made} loans made, {loans} acknowledged; {after.Open - before.Open} of them open; {Failed} of {Asked} operations failed.");
            if (firstProblem is not null) Console.WriteLine($"The first that failed: {firstProblem}");
            return made == loans && after.Open == before.Open && Failed <= Asked * MostFailures;
        }

        private async Task WarmUpAsync(CancellationToken cancellation)
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
        private async Task<Lag> SettleAsync(CancellationToken cancellation)
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
    }
}

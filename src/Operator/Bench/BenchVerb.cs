using System.Diagnostics;
using System.Globalization;

namespace Library.Operator.Bench;

/// <summary>
/// <c>bench loans</c>: loans and returns through the gateway of a running network, beside pgbench with the statements of the same
/// transactions on the same server. Ends with <c>ratio: N</c>, ours over pgbench's at 8 connections, and writes the figures into the page on performance.
/// </summary>
internal static class BenchVerb
{
    private const int Seed = 2026, Deciding = 8;
    private static readonly int[] AllConnections = [Deciding, 1, 32];
    private static readonly TimeSpan ReachedLimit = TimeSpan.FromMinutes(2), LookAgain = TimeSpan.FromMilliseconds(50), AnswerLimit = TimeSpan.FromSeconds(5);

    internal static Task<int> FreePortAsync(string[] args, CancellationToken cancellation)
    {
        Console.WriteLine(Collector.FreePort().ToString(CultureInfo.InvariantCulture));
        return Task.FromResult(Exit.Done);
    }

    internal static Task<int> RunAsync(string[] args, CancellationToken cancellation) => MeasureAsync(Read(args), LoansAsync, cancellation);

    /// <summary><c>bench loans --year</c>: the same at 8 connections, before and after a year's loans and holds came into the tables, and a night among them.</summary>
    internal static Task<int> RunYearAsync(string[] args, CancellationToken cancellation) =>
        MeasureAsync(Read(args) with { Connections = [Deciding] }, (bench, options, token) => new YearBench(bench).RunAsync(options, token), cancellation);

    private static async Task<bool> LoansAsync(LoanBench bench, BenchOptions options, CancellationToken cancellation)
    {
        var sound = await bench.RunAsync(cancellation);
        var report = new BenchReport(bench.Results, bench.Beside, bench.Failed, bench.Asked);
        foreach (var line in report.Lines()) Console.WriteLine(line);
        if (sound && options is { Page: { } page, Connections.Length: > 1 }) await report.WriteAsync(page, options.Window, cancellation);
        Say($"ratio: {bench.Results[0].Median(round => round.Ratio):F2}");
        return sound;
    }

    /// <summary>Makes stock, copy and tokens ready, and measures.</summary>
    private static async Task<int> MeasureAsync(
        BenchOptions options, Func<LoanBench, BenchOptions, CancellationToken, Task<bool>> measure, CancellationToken cancellation)
    {
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
        var sound = await measure(new LoanBench(options, network, state, gateway, stock, pgbench, new LoanLoad(gateway, tokens, Seed)), options, cancellation);
        await pgbench.DropAsync(cancellation);
        Say($"The collector took {collector.Bytes / 1e6:F0} MB of traces, metrics and logs.");
        return sound ? Exit.Done : Exit.Failed;
    }

    private static BenchOptions Read(string[] args)
    {
        var options = new BenchOptions(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10), AllConnections, 0, null);
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
            if (Stopwatch.GetElapsedTime(began) > ReachedLimit) throw new OperatorException("The gateway does not reach Catalog.");
            await Task.Delay(LookAgain, cancellation);
        }
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

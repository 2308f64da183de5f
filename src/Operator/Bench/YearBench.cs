using System.Diagnostics;
using System.Globalization;
using Library.Operator.Demo;

namespace Library.Operator.Bench;

/// <summary>
/// <c>bench loans --year</c>: what a year's loans, facts and holds in the tables cost the desk, how long a member with 400 loans takes to open, and a week of
/// nightly jobs at once over 60,000 open loans while the desks lend.
/// </summary>
internal sealed class YearBench(LoanBench bench)
{
    private const int Openings = 200, LoansOnPage = 200, Missed = 8, MissedToWarmUp = 8 * 53;
    private const string Desk = "librarian@RAD";
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5), NightLimit = TimeSpan.FromMinutes(10), LookAgain = TimeSpan.FromMilliseconds(20);

    private const int StepsAlone = 12;

    private sealed record Night(TimeSpan Length, TimeSpan Longest, Lag Lag, long Overdue, long Reminders, Steps Desk);

    /// <summary>The desks at their pace, seen for some seconds at a time: a stall of the machine's disk is in one step and not in all.</summary>
    private sealed record Steps(TimeSpan All, TimeSpan Median, TimeSpan Worst)
    {
        internal static Steps Of(IEnumerable<LoadResult> steps)
        {
            var all = steps.ToList();
            var each = all.Select(step => step.Percentile(0.95)).Order().ToList();
            var latencies = all.SelectMany(step => step.Latencies).Order().ToList();
            return new Steps(Percentile(latencies, 0.95), each[each.Count / 2], each[^1]);
        }

        public override string ToString() => Text($"{All.TotalMilliseconds:F1} ms (of {Step.TotalSeconds:F0} s: median {Median.TotalMilliseconds:F1}, worst {Worst.TotalMilliseconds:F1})");
    }

    /// <summary>False where what is in the database is not what was acknowledged, or too much failed.</summary>
    internal async Task<bool> RunAsync(BenchOptions options, CancellationToken cancellation)
    {
        var connections = options.Connections[0];
        var stood = await bench.Stock.LoansAsync(cancellation);
        await bench.Stock.ExecuteAsync("postgres", "CHECKPOINT", cancellation);
        await bench.WarmUpAsync(cancellation);
        var without = await bench.PairsAsync(connections, cancellation);
        var soundWithout = await bench.IsSoundAsync(stood, cancellation);

        var began = Stopwatch.GetTimestamp();
        var before = await bench.Stock.LoansAsync(cancellation);
        await bench.Stock.AddYearAsync(cancellation);
        var added = (await bench.Stock.LoansAsync(cancellation)).Made - before.Made;
        await bench.Stock.ExecuteAsync("postgres", "CHECKPOINT", cancellation);
        Say($"{added} loans of a year loaded in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s.");
        await bench.WarmUpAsync(cancellation);
        var with = await bench.PairsAsync(connections, cancellation);

        var openings = await OpenMemberAsync(cancellation);
        var alone = Steps.Of(Enumerable.Range(0, StepsAlone).Select(_ => Beside("alone")));
        var night = await NightAsync(cancellation);
        var sound = await bench.IsSoundAsync((stood.Made + added, stood.Open), cancellation) && soundWithout;

        var lines = Lines(without, with, added, openings, alone, night).ToList();
        foreach (var line in lines) Console.WriteLine(line);
        if (sound && options.Page is { } page)
            await FiguresPage.WriteAsync(page, "year", Text($"./library bench loans --year --seconds {options.Window.TotalSeconds:F0}"), lines, cancellation);
        return sound;
    }

    private static IEnumerable<string> Lines(Rounds without, Rounds with, long added, IReadOnlyList<TimeSpan> openings, Steps alone, Night night)
    {
        yield return Text($"| {without.Connections} connections | loans and returns/s | p50 ms | p95 ms | p99 ms | pgbench/s | ratio |");
        yield return "|---|---:|---:|---:|---:|---:|---:|";
        foreach (var (name, rounds) in new[] { ("tables of the last days", without), (Text($"{added} loans of a year in them"), with) })
            yield return Text($"| {name} | {rounds.Median(round => round.Ours.PerSecond):F0} | {rounds.Millis(0.5):F1} | {rounds.Millis(0.95):F1} | {rounds.Millis(0.99):F1} | {rounds.Median(round => round.Theirs.PerSecond):F0} | {rounds.Median(round => round.Ratio):F2} |");
        yield return "";
        yield return Text($"figure: speed with a year of history over without {with.Median(round => round.Ours.PerSecond) / without.Median(round => round.Ours.PerSecond):F2}");
        yield return Text($"figure: p95 with a year of history over without {with.Millis(0.95) / without.Millis(0.95):F2}");
        yield return Text($"figure: opening a member with 400 loans (person, loans, holds, account; one after the other) p50 {Millis(openings, 0.5):F1} p95 {Millis(openings, 0.95):F1} ms");
        yield return Text($"figure: the jobs of a week at once over 60,000 open loans {night.Length.TotalSeconds:F1} s, the longest night of it {night.Longest.TotalSeconds:F1} s, {night.Overdue} loans told overdue, {night.Reminders} reminders; all told after {night.Lag.Until.TotalSeconds:F1} s more");
        yield return Text($"figure: p95 at {LoanBench.PerSecond} loans and returns a second {alone} alone, {night.Desk} beside these jobs");
    }

    /// <summary>What a desk asks for when it opens a member, one after the other.</summary>
    private async Task<IReadOnlyList<TimeSpan>> OpenMemberAsync(CancellationToken cancellation)
    {
        using var api = new Api(bench.Network, bench.Gateway);
        var member = BenchStock.Reader;
        var times = new List<TimeSpan>();
        for (var opening = 0; opening < 2 * Openings; opening++)
        {
            var began = Stopwatch.GetTimestamp();
            await api.GetAsync(Desk, member, cancellation);
            var token = "";
            do
            {
                var page = await api.GetAsync(Desk, $"loans?member={member}&pageSize={LoansOnPage}&pageToken={Uri.EscapeDataString(token)}", cancellation);
                token = (string?)page["nextPageToken"] ?? "";
            }
            while (token.Length > 0);
            await api.GetAsync(Desk, $"holds?member={member}", cancellation);
            await api.GetAsync(Desk, member.Replace("members/", "accounts/", StringComparison.Ordinal), cancellation);
            if (opening >= Openings) times.Add(Stopwatch.GetElapsedTime(began)); // the first half warms up
        }
        times.Sort();
        return times;
    }

    /// <summary>Desks lend until the jobs are done. A few reminders go before: a service that has just started has never sent one.</summary>
    private async Task<Night> NightAsync(CancellationToken cancellation)
    {
        var marks = await MarksAsync(cancellation);
        await bench.Stock.MissWeekAsync(MissedToWarmUp, cancellation);
        await JobsAsync(marks, cancellation);
        await bench.SettleAsync(cancellation);

        await bench.Stock.MissWeekAsync(Missed, cancellation);
        var night = JobsAsync(marks, cancellation);
        var steps = new List<LoadResult>();
        while (!night.IsCompleted) steps.Add(await Task.Run(() => Beside("beside"), cancellation));
        var (length, longest) = await night;
        var lag = await bench.SettleAsync(cancellation);
        return new Night(
            length, longest, lag, await bench.Stock.ScalarAsync<long>("catalog-db", "SELECT count(*) FROM loan WHERE overdue_told_for IS NOT NULL", cancellation),
            await bench.Stock.ScalarAsync<long>("catalog-db", "SELECT count(*) FROM reminder_spell WHERE level > 0", cancellation), Steps.Of(steps));
    }

    private LoadResult Beside(string what)
    {
        var step = bench.AtPace(Step);
        Say($"desks {what}: p95 {step.Percentile(0.95).TotalMilliseconds:F1} ms");
        return step;
    }

    /// <summary>From the moment at which the service is at it until every job is where it was, and of that the longest night: the jobs of a day, one after the other.</summary>
    private async Task<(TimeSpan All, TimeSpan LongestNight)> JobsAsync(string marks, CancellationToken cancellation)
    {
        var called = Stopwatch.GetTimestamp();
        var seen = await MarksAsync(cancellation);
        long? began = null;
        var (step, nightBegan, longest) = (called, called, TimeSpan.Zero);
        while (true)
        {
            var now = await MarksAsync(cancellation);
            if (now != seen)
            {
                began ??= called;
                Say($"{string.Join(", ", now.Split(", ").Except(seen.Split(", ")))}: {Stopwatch.GetElapsedTime(step).TotalSeconds:F1} s");
                var done = Stopwatch.GetTimestamp();
                if (OldestOf(now) != OldestOf(seen))
                {
                    var length = Stopwatch.GetElapsedTime(nightBegan, done);
                    (nightBegan, longest) = (done, length > longest ? length : longest);
                }
                (seen, step) = (now, done);
            }
            if (now == marks) return (Stopwatch.GetElapsedTime(began ?? called), longest);
            if (began is null && await bench.Stock.ScalarAsync<bool>("catalog-db", "SELECT EXISTS (SELECT FROM lease WHERE name = 'jobs')", cancellation))
                began = step = nightBegan = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(called) > NightLimit) throw new OperatorException("The nightly jobs are not done after ten minutes.");
            await Task.Delay(LookAgain, cancellation);
        }
    }

    /// <summary>The day through which all jobs are done.</summary>
    private static string OldestOf(string marks) => marks.Split(", ").Min(mark => mark.Split(' ')[1]) ?? "";

    private Task<string> MarksAsync(CancellationToken cancellation) =>
        bench.Stock.ScalarAsync<string>("catalog-db", "SELECT string_agg(job || ' ' || done_through, ', ' ORDER BY job) FROM job_state", cancellation);

    private static double Millis(IReadOnlyList<TimeSpan> sorted, double share) => Percentile(sorted, share).TotalMilliseconds;

    private static TimeSpan Percentile(IReadOnlyList<TimeSpan> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

using System.Globalization;

namespace Library.Operator.Bench;

/// <summary>The figures as a table, on the screen and between two marks in the page on performance.</summary>
internal sealed class BenchReport(IReadOnlyList<Rounds> results, IReadOnlyList<BesideRound> beside, long failed, long asked)
{
    private const double LeastShown = 5;

    private IReadOnlyList<Rounds> InOrder => [.. results.OrderBy(rounds => rounds.Connections)];

    internal IReadOnlyList<string> Lines() => [.. SpeedLines(), "", .. BesideLines(), "", .. CpuLines()];

    private IEnumerable<string> BesideLines()
    {
        yield return "| 8 connections | loans and returns/s | p50 ms | p95 ms | p99 ms | copies read/s | records imported/s |";
        yield return "|---|---:|---:|---:|---:|---:|---:|";
        foreach (var rounds in beside.GroupBy(round => (round.PerSecond, round.Busy)))
        {
            double Of(Func<BesideRound, double> figure) => Rounds.Median(rounds.Select(figure));
            double Millis(double share) => Of(round => round.Ours.Percentile(share).TotalMilliseconds);
            var pace = rounds.Key.PerSecond is { } perSecond ? Text($"{perSecond} a second asked for") : "as many as are answered";
            yield return Text($"| {pace}, {(rounds.Key.Busy ? "beside a stocktaking and an import" : "alone")} | {Of(round => round.Ours.PerSecond):F0} | {Millis(0.5):F1} | {Millis(0.95):F1} | {Millis(0.99):F1} | {Of(round => round.Scanned):F0} | {Of(round => round.Imported):F0} |");
        }
    }

    private IEnumerable<string> SpeedLines()
    {
        yield return "| connections | loans and returns/s | p50 ms | p95 ms | p99 ms | pgbench/s | its mean ms | ratio | messages waiting at the end | told after s |";
        yield return "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";
        foreach (var rounds in InOrder)
            yield return Text($"| {rounds.Connections} | {rounds.Median(round => round.Ours.PerSecond):F0} | {rounds.Millis(0.5):F1} | {rounds.Millis(0.95):F1} | {rounds.Millis(0.99):F1} | {rounds.Median(round => round.Theirs.PerSecond):F0} | {rounds.Median(round => round.Theirs.MeanLatency.TotalMilliseconds):F1} | {rounds.Median(round => round.Ratio):F2} | {rounds.Median(round => round.Lag.Waiting):F0} | {rounds.Median(round => round.Lag.Until.TotalSeconds):F1} |");
    }

    private IEnumerable<string> CpuLines()
    {
        yield return "| µs of CPU for each operation | " + string.Join(" | ", InOrder.Select(rounds => Text($"{rounds.Connections} connections | pgbench, {rounds.Connections}"))) + " |";
        yield return "|---|" + string.Concat(InOrder.Select(_ => "---:|---:|"));
        var processes = InOrder[0].Processes
            .Where(process => process != ProcessTimes.Children && InOrder.Any(rounds => rounds.Cpu(process) >= LeastShown))
            .OrderByDescending(process => InOrder[^1].Cpu(process));
        foreach (var process in processes)
            yield return $"| {process} | " + string.Join(" | ", InOrder.Select(rounds => Text($"{rounds.Cpu(process):F0} | {(process == "postgres" ? Text($"{rounds.TheirCpu(process):F0}") : "")}"))) + " |";
        yield return $"| {ProcessTimes.Children} | " + string.Join(" | ", InOrder.Select(rounds => Text($" | {rounds.TheirCpu(ProcessTimes.Children):F0}"))) + " |";
        yield return "| all | " + string.Join(" | ", InOrder.Select(rounds => Text($"{rounds.Processes.Sum(rounds.Cpu):F0} | {rounds.TheirCpu("postgres") + rounds.TheirCpu(ProcessTimes.Children):F0}"))) + " |";
    }

    internal Task WriteAsync(string page, TimeSpan window, CancellationToken cancellation) => FiguresPage.WriteAsync(
        page, "loans", Text($"./library bench loans --seconds {window.TotalSeconds:F0}"),
        [Text($"Medians of three pairs of rounds; {failed} of {asked} operations failed."), "", .. Lines()], cancellation);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

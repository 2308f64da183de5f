namespace Library.Operator.Bench;

/// <summary>What services had still to tell each other.</summary>
/// <param name="Waiting">Messages in outboxes and queues when the load stopped.</param>
/// <param name="Until">From then until there were none.</param>
internal sealed record Lag(long Waiting, TimeSpan Until);

/// <summary>A round of ours and one of pgbench, one after the other: the machine may be slower a minute later.</summary>
internal sealed record Round
{
    internal required int Connections { get; init; }
    internal required LoadResult Ours { get; init; }
    internal required Lag Lag { get; init; }
    /// <summary>Until the last message was handled.</summary>
    internal required ProcessTimes OursCpu { get; init; }
    internal required PgbenchResult Theirs { get; init; }
    internal required ProcessTimes TheirsCpu { get; init; }

    internal double Ratio => Ours.PerSecond / Theirs.PerSecond;

    internal int Operations => Ours.Loans + Ours.Returns;
}

/// <summary>Medians of the rounds with as many connections.</summary>
internal sealed class Rounds(int connections, IReadOnlyList<Round> rounds)
{
    internal int Connections => connections;

    internal double Median(Func<Round, double> figure) => Median(rounds.Select(figure));

    internal static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    internal double Millis(double share) => Median(round => round.Ours.Percentile(share).TotalMilliseconds);

    /// <summary>Microseconds of CPU for one of our operations, by process.</summary>
    internal double Cpu(string process) => Median(round => round.OursCpu.Used[process].TotalMicroseconds / Math.Max(1, round.Operations));

    /// <summary>Microseconds of CPU for one transaction of pgbench, by process.</summary>
    internal double TheirCpu(string process) => Median(round => round.TheirsCpu.Used[process].TotalMicroseconds / Math.Max(1, round.Theirs.Transactions));

    internal IEnumerable<string> Processes => rounds[0].OursCpu.Used.Keys;
}

/// <summary>A round of the desks alone, or beside other work.</summary>
/// <param name="PerSecond">Operations of all desks; null: as many as are answered.</param>
/// <param name="Busy">Whether a stocktaking and imports went on.</param>
/// <param name="Ours">Of the desks.</param>
/// <param name="Scanned">Copies a second, by the stocktaking.</param>
/// <param name="Imported">Records a second.</param>
internal sealed record BesideRound(int? PerSecond, bool Busy, LoadResult Ours, double Scanned, double Imported);

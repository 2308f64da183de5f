using System.Globalization;

namespace Library.Operator.Bench.Records;

/// <summary>The most memory that one part held in this time (Pss of /proc/PID/smaps_rollup, looked at twice a second).</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly IReadOnlyList<int> pids;
    private readonly Timer timer;
    private long peakKilobytes;

    internal PeakMemory(NetworkState state, string part)
    {
        pids = [.. state.Parts.Where(p => p.Name == part && p is { OneShot: false, Pid: not null }).Select(p => p.Pid!.Value)];
        BeforeMegabytes = Kilobytes() / 1024.0;
        timer = new Timer(_ => peakKilobytes = Math.Max(peakKilobytes, Kilobytes()), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
    }

    internal double BeforeMegabytes { get; }

    internal double PeakMegabytes => peakKilobytes / 1024.0;

    private long Kilobytes() => pids.Sum(pid =>
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps_rollup")).First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(4).Trim()[..^3], NumberStyles.None, CultureInfo.InvariantCulture);
    });

    public void Dispose() => timer.Dispose();
}

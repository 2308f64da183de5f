using System.Globalization;

namespace Library.Operator.Bench;

/// <summary>CPU that the parts of a network have used up to now, each with the processes that it has started; <c>/proc/PID/stat</c>.</summary>
internal sealed record ProcessTimes(IReadOnlyDictionary<string, TimeSpan> Used)
{
    internal const string Generator = "load and collector", Children = "pgbench";

    /// <summary>USER_HZ of Linux, what /proc counts in.</summary>
    private const int TicksPerSecond = 100;

    private sealed record Stat(int Parent, long Own, long OfEnded);

    internal static ProcessTimes Read(NetworkState state)
    {
        var stats = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .Select(pid => (Pid: pid, Stat: ReadStat(pid)))
            .Where(found => found.Stat is not null)
            .ToDictionary(found => found.Pid, found => found.Stat!);
        var children = stats.ToLookup(stat => stat.Value.Parent, stat => stat.Key);
        long Tree(int pid) => stats.TryGetValue(pid, out var stat) ? stat.Own + stat.OfEnded + children[pid].Sum(Tree) : 0;

        var used = state.Parts.Where(part => part is { OneShot: false, Pid: not null })
            .GroupBy(part => part.Name)
            .ToDictionary(group => group.Key, group => Time(group.Sum(part => Tree(part.Pid!.Value))));
        used["AppHost"] = Time(stats.GetValueOrDefault(state.Pid)?.Own ?? 0); // what it has started is counted above
        used[Generator] = Time(stats[Environment.ProcessId].Own);
        used[Children] = Time(stats[Environment.ProcessId].OfEnded);
        return new ProcessTimes(used);
    }

    internal ProcessTimes Since(ProcessTimes earlier) =>
        new(Used.ToDictionary(time => time.Key, time => time.Value - earlier.Used.GetValueOrDefault(time.Key)));

    private static TimeSpan Time(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);

    private static Stat? ReadStat(int pid)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // the name in brackets may hold blanks: field 3 is the first behind it
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
            return new Stat((int)Field(4), Field(14) + Field(15), Field(16) + Field(17));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

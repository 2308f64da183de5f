using System.Globalization;
using System.Text;

namespace Library.Operator.Bench;

/// <summary>The page on performance: each benchmark writes what stands between its two marks; the rest of the page is people's.</summary>
internal static class FiguresPage
{
    internal static async Task<bool> HasPlaceAsync(string page, string bench, CancellationToken cancellation) =>
        (await File.ReadAllTextAsync(page, cancellation)).Contains(BeginOf(bench), StringComparison.Ordinal);

    /// <exception cref="OperatorException">The page has no place for the figures.</exception>
    internal static async Task WriteAsync(string page, string bench, string command, IEnumerable<string> lines, CancellationToken cancellation)
    {
        string begin = BeginOf(bench), end = $"<!-- end of bench {bench} -->";
        var text = await File.ReadAllTextAsync(page, cancellation);
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 || to < from) throw new OperatorException($"{page} has no place for the figures: {begin} … {end}");
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);
        var block = new StringBuilder()
            .Append(begin).Append('\n')
            .Append(CultureInfo.InvariantCulture, $"Measured on {DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {memory:F0} GiB, `{command}`.\n\n")
            .AppendJoin('\n', lines).Append("\n\n");
        await File.WriteAllTextAsync(page, text[..from] + block + text[to..], cancellation);
    }

    private static string BeginOf(string bench) => $"<!-- bench {bench}: written by the run -->";
}

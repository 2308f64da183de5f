using System.Diagnostics;
using System.Globalization;

namespace Library.Operator.Bench.Records;

/// <summary>
/// Zebra, the index under Koha, over the same file: indexed with its own tables for MARC 21, served on loopback and asked through zoomsh, whose
/// pipe costs a tenth of a millisecond. A question is a search and its first twenty records, as ours is.
/// </summary>
internal sealed class Zebra : IDisposable
{
    private const string Mark = "unknown command done";
    private const int MostAttempts = 50;

    /// <summary>The server says nowhere that it listens: it is asked until it answers.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);
    private readonly Process server, client;

    private Zebra(Process server, Process client) => (this.server, this.client) = (server, client);

    /// <summary>What it needs: Debian's idzebra-2.0, yaz and coreutils.</summary>
    internal static bool IsInstalled => new[] { "zebraidx", "zebrasrv", "zoomsh", "stdbuf" }.All(program => Tool.Find(program) is not null);

    /// <summary>Indexes the file where that is not done; gives the time that it took, or null.</summary>
    internal static async Task<TimeSpan?> IndexAsync(string folder, string file, CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(folder, "indexed"))) return null;
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var inner in new[] { "register", "lock", "records" }) Directory.CreateDirectory(Path.Combine(folder, inner));
        File.CreateSymbolicLink(Path.Combine(folder, "records", "records.mrc"), file);
        await File.WriteAllTextAsync(Path.Combine(folder, "zebra.cfg"), """
            profilePath: /usr/share/idzebra-2.0/tab
            attset: bib1.att
            recordType: grs.marc.usmarc
            encoding: utf-8
            register: register:60G
            lockDir: lock
            storeData: 1
            storeKeys: 0
            memMax: 512

            """, cancellation);
        var began = Stopwatch.GetTimestamp();
        foreach (var command in new[] { "init", "update records" })
        {
            using var index = Start("zebraidx", folder, $"-c zebra.cfg -v none -n {command}", piped: false);
            await index.WaitForExitAsync(cancellation);
            if (index.ExitCode != 0) throw new OperatorException($"zebraidx {command} ended with {index.ExitCode.ToString(CultureInfo.InvariantCulture)}.");
        }
        var took = Stopwatch.GetElapsedTime(began);
        await File.WriteAllTextAsync(Path.Combine(folder, "indexed"), "", cancellation);
        return took;
    }

    internal static async Task<Zebra> ServeAsync(string folder, CancellationToken cancellation)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"tcp:127.0.0.1:{Collector.FreePort()}");
        var server = Start("zebrasrv", folder, $"-v none -c zebra.cfg {address}", piped: false);
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var zebra = new Zebra(server, Start("stdbuf", folder, "-oL zoomsh", piped: true));
            if (await zebra.AskLinesAsync(["set preferredRecordSyntax usmarc", $"connect {address}/Default"], cancellation) is var said && !said.Any(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)))
                return zebra;
            zebra.client.Kill();
            zebra.client.Dispose();
            await Task.Delay(LookAgain, cancellation);
        }
        server.Kill();
        throw new OperatorException("zebrasrv does not answer.");
    }

    /// <summary>How long the answer took, and how many it found.</summary>
    internal async Task<(TimeSpan Took, long Hits)> AskAsync(string query, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        var said = await AskLinesAsync([$"search {query}", "show 0 20"], cancellation);
        var took = Stopwatch.GetElapsedTime(began);
        var hits = said.FirstOrDefault(line => line.EndsWith(" hits", StringComparison.Ordinal))?.Split(' ')[^2];
        return (took, long.TryParse(hits, CultureInfo.InvariantCulture, out var count) ? count : throw new OperatorException($"Zebra on {query}: {string.Join(' ', said.Take(3))}"));
    }

    private async Task<List<string>> AskLinesAsync(IEnumerable<string> commands, CancellationToken cancellation)
    {
        foreach (var command in commands) await client.StandardInput.WriteLineAsync(command.AsMemory(), cancellation);
        await client.StandardInput.WriteLineAsync("done".AsMemory(), cancellation);
        await client.StandardInput.FlushAsync(cancellation);
        var said = new List<string>();
        while (await client.StandardOutput.ReadLineAsync(cancellation) is { } line && line != Mark) said.Add(line);
        return said;
    }

    private static Process Start(string program, string folder, string arguments, bool piped) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = folder, RedirectStandardInput = piped, RedirectStandardOutput = piped,
    }) ?? throw new OperatorException($"{program} was not started.");

    public void Dispose()
    {
        foreach (var process in new[] { client, server })
        {
            if (!process.HasExited) process.Kill();
            process.Dispose();
        }
    }
}

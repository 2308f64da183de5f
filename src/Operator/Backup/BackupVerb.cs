using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Npgsql;

namespace Library.Operator.Backup;

/// <summary>
/// <c>backup DIR</c>: all five databases as of one consistent cut, the broker's definitions, the secrets and the network's files,
/// while the network goes on. Written aside and renamed at the end, so that what is there is whole.
/// </summary>
internal static class BackupVerb
{
    internal const string SecretsFile = "secrets.json";
    internal const string NetworkFolder = "network";

    private const int AtOnce = 2;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Aside = ".unfinished-backup";

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (args is not [var named])
        {
            throw new OperatorException("Name one folder that is empty or not there: ./library backup DIR.");
        }

        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(named));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new OperatorException($"{target} is not empty: a backup has a folder of its own.");
        }

        var network = RunningNetwork.OfThisFolder();
        var databases = await Databases.OfAsync(network, cancellation);
        var began = Stopwatch.GetTimestamp();
        var aside = target + Aside;
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true); // what an interrupted backup to the same place has left
        }

        Directory.CreateDirectory(aside, OwnerOnly);
        try
        {
            await WriteAsync(network, databases, aside, cancellation);
            if (Directory.Exists(target))
            {
                Directory.Delete(target); // empty: a rename needs the name free
            }

            Directory.Move(aside, target);
        }
        catch
        {
            Directory.Delete(aside, recursive: true);
            throw;
        }

        var bytes = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Backed up to {target}: {bytes / 1e6:F1} MB in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s. It holds personal data and keys: only you can read it; keep it so."));
        return Exit.Done;
    }

    private static async Task WriteAsync(RunningNetwork network, Databases databases, string folder, CancellationToken cancellation)
    {
        var state = await network.StateAsync(cancellation);
        var takenAt = DateTimeOffset.UtcNow;
        IReadOnlyList<DatabaseEntry> dumped;
        int major;
        await using (var cut = await ConsistentCut.TakeAsync(databases.ConnectionString, Databases.All, cancellation))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  one cut over {Databases.All.Count} databases; consumers waited {cut.Held.TotalMilliseconds:F0} ms for it"));
            (dumped, major) = await DumpAsync(databases, cut, folder, cancellation);
        }

        if (!await BrokerDefinitions.TryExportAsync(network, folder, cancellation))
        {
            Console.WriteLine("  the broker does not run: its definitions are left out; the services make them anew");
        }

        AtomicFile.Write(Path.Combine(folder, SecretsFile), await File.ReadAllBytesAsync(network.Home.SecretsFile, cancellation), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        CopyFolder(Path.Combine(network.Home.Root, "deploy", "networks", state.Network), Path.Combine(folder, NetworkFolder));
        var demo = Path.Combine(network.Home.Data, "demo");
        new Manifest
        {
            Format = Manifest.NewestFormat,
            TakenAt = takenAt,
            Network = state.Network,
            Version = typeof(BackupVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            PostgreSql = major,
            DemoData = File.Exists(demo) ? (await File.ReadAllTextAsync(demo, cancellation)).Trim() : "none",
            Migrated = dumped,
            Files = await Manifest.SumAsync(folder, cancellation),
        }.Write(folder);
    }

    private static async Task<(IReadOnlyList<DatabaseEntry> Dumped, int Major)> DumpAsync(
        Databases databases, ConsistentCut cut, string folder, CancellationToken cancellation)
    {
        var (entries, major) = await DescribeAsync(databases, cut, cancellation);
        await Parallel.ForEachAsync(entries, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (entry, token) =>
        {
            var file = Path.Combine(folder, $"{entry.Name}.dump");
            await databases.RunAsync("pg_dump", ["--format=custom", $"--snapshot={cut.Snapshots[entry.Name]}", $"--file={file}", entry.Name], token);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {entry.Name,-18} {new FileInfo(file).Length,12:N0} bytes, migrated to {entry.LastMigration}"));
        });
        return (entries, major);
    }

    private static async Task<(List<DatabaseEntry> Entries, int Major)> DescribeAsync(Databases databases, ConsistentCut cut, CancellationToken cancellation)
    {
        var entries = new List<DatabaseEntry>();
        var major = 0;
        foreach (var name in cut.Snapshots.Keys)
        {
            await using var connection = new NpgsqlConnection(databases.ConnectionString(name));
            await connection.OpenAsync(cancellation);
            major = connection.PostgreSqlVersion.Major;
            await using var read = new NpgsqlCommand("SELECT count(*), (array_agg(scriptname ORDER BY schemaversionsid DESC))[1] FROM schema_version", connection);
            await using var row = await read.ExecuteReaderAsync(cancellation);
            await row.ReadAsync(cancellation);
            entries.Add(new DatabaseEntry(name, row.GetInt64(0), row.GetString(1)));
        }

        return (entries, major);
    }

    internal static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}

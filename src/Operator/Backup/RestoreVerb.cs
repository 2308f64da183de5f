using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Library.Operator.Backup;

/// <summary>
/// <c>restore DIR</c> into an empty place, in two steps with the start of the servers between them (<c>./library</c> does it): what a
/// backup says is checked before anything is written, and a mark stands until all is done, so that a half-restored network never starts.
/// </summary>
internal static class RestoreVerb
{
    /// <summary>Under <c>data</c>, from the first thing written to the last; <c>up</c> refuses while it is there.</summary>
    private const string Mark = "restoring";

    /// <summary><c>restore-begin DIR</c>: checks the backup and the place, puts secrets and network files there, prints the network's name.</summary>
    internal static async Task<int> BeginAsync(string[] args, CancellationToken cancellation)
    {
        var folder = FolderOf(args);
        var network = RunningNetwork.OfThisFolder();
        if (network.IsRunning)
        {
            throw new OperatorException("A network runs here. A backup is restored into an empty place: ./library down --wipe, or another LIBRARY_HOME.");
        }

        var home = network.Home;
        if (File.Exists(Path.Combine(home.Data, Mark)))
        {
            throw new OperatorException("A restore was interrupted here: ./library down --wipe, then again.");
        }

        if (Directory.Exists(home.Data) && Directory.EnumerateFileSystemEntries(home.Data).Any())
        {
            throw new OperatorException($"{home.Data} is not empty. A backup is restored into an empty place: ./library down --wipe, or another LIBRARY_HOME.");
        }

        var manifest = await Manifest.CheckAsync(folder, cancellation);
        if (Databases.InstalledMajor() is var installed && installed < manifest.PostgreSql)
        {
            throw new OperatorException(string.Create(CultureInfo.InvariantCulture, $"The backup was taken from PostgreSQL {manifest.PostgreSql}, installed is {installed}: install {manifest.PostgreSql} or later."));
        }

        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"The network {manifest.Network} as of {manifest.TakenAt:yyyy-MM-dd HH:mm:ss}Z (version {manifest.Version}); {manifest.Files.Count} files are as they were written."));
        await PlaceNetworkAsync(home, manifest, folder);
        Directory.CreateDirectory(home.Data);
        await File.WriteAllTextAsync(Path.Combine(home.Data, Mark), folder + "\n", cancellation);
        await PlaceSecretsAsync(home, folder, cancellation);
        Console.WriteLine(manifest.Network);
        return Exit.Done;
    }

    /// <summary><c>restore-data DIR</c>: fills the empty databases of the servers that now run.</summary>
    internal static async Task<int> FillAsync(string[] args, CancellationToken cancellation)
    {
        var folder = FolderOf(args);
        var network = RunningNetwork.OfThisFolder();
        var mark = Path.Combine(network.Home.Data, Mark);
        if (!File.Exists(mark))
        {
            throw new OperatorException("No restore has begun here.");
        }

        var manifest = await Manifest.CheckAsync(folder, cancellation);
        var databases = await Databases.OfAsync(network, cancellation);
        foreach (var entry in manifest.Migrated)
        {
            var began = Stopwatch.GetTimestamp();
            await databases.RunAsync(
                "pg_restore", ["--exit-on-error", "--single-transaction", $"--dbname={entry.Name}", Path.Combine(folder, $"{entry.Name}.dump")], cancellation);
            var again = await TellAgainAsync(databases.ConnectionString(entry.Name), cancellation);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {entry.Name,-18} restored in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s; {again} messages will be told again"));
        }

        if (File.Exists(Path.Combine(folder, BrokerDefinitions.FileName)))
        {
            await BrokerDefinitions.ImportAsync(network, folder, cancellation);
            Console.WriteLine("  the broker has its queues and bindings");
        }

        await File.WriteAllTextAsync(Path.Combine(network.Home.Data, "demo"), manifest.DemoData + "\n", cancellation);
        File.Delete(mark);
        return Exit.Done;
    }

    /// <summary>
    /// What was published and not yet handled went with the broker's queues: every fact that is still kept is published again, and the
    /// inbox knows those that were handled (ADR 13). The inbox begins to be forgotten from now on, not from when the backup was taken:
    /// else the first night's housekeeping would forget what is only now told again. Nobody holds a lease any more.
    /// </summary>
    private static async Task<long> TellAgainAsync(string connectionString, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        await using (var transaction = await connection.BeginTransactionAsync(cancellation))
        {
            await using var reset = new NpgsqlCommand("""
                UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL;
                UPDATE inbox SET handled_at = clock_timestamp();
                DELETE FROM lease;
                """, connection, transaction);
            await reset.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }

        await using var count = new NpgsqlCommand("SELECT count(*) FROM outbox", connection);
        var again = (long)(await count.ExecuteScalarAsync(cancellation))!;
        await using var analyse = new NpgsqlCommand("ANALYZE", connection);
        await analyse.ExecuteNonQueryAsync(cancellation);
        return again;
    }

    /// <summary>A network that this clone has keeps the files it has; one that it lacks gets those of the backup.</summary>
    private static async Task PlaceNetworkAsync(NetworkHome home, Manifest manifest, string folder)
    {
        var kept = Path.Combine(folder, BackupVerb.NetworkFolder);
        var own = Path.Combine(home.Root, "deploy", "networks", manifest.Network);
        if (!Directory.Exists(own))
        {
            BackupVerb.CopyFolder(kept, own);
            await Console.Error.WriteLineAsync($"  deploy/networks/{manifest.Network} comes from the backup");
            return;
        }

        string[] differing = [.. Directory.EnumerateFiles(kept, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(kept, file))
            .Where(file => !File.Exists(Path.Combine(own, file)) || !File.ReadAllBytes(Path.Combine(own, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(kept, file))))];
        if (differing.Length > 0)
        {
            await Console.Error.WriteLineAsync(
                $"  deploy/networks/{manifest.Network} is kept as it is here; in the backup these differ: {string.Join(", ", differing)}");
        }
    }

    /// <summary>Those of the backup count, because queues, tokens and services were made with them; a secret that only this place knows stays.</summary>
    private static async Task PlaceSecretsAsync(NetworkHome home, string folder, CancellationToken cancellation)
    {
        var secrets = File.Exists(home.SecretsFile) ? Read(await File.ReadAllBytesAsync(home.SecretsFile, cancellation)) : [];
        foreach (var (name, value) in Read(await File.ReadAllBytesAsync(Path.Combine(folder, BackupVerb.SecretsFile), cancellation)))
        {
            secrets[name] = value;
        }

        Directory.CreateDirectory(home.Folder);
        AtomicFile.Write(home.SecretsFile, JsonSerializer.SerializeToUtf8Bytes(secrets), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        static SortedDictionary<string, string> Read(byte[] json) => JsonSerializer.Deserialize<SortedDictionary<string, string>>(json) ?? [];
    }

    private static string FolderOf(string[] args) => args is [var folder] ? Path.GetFullPath(folder) : throw new OperatorException("Name the folder of the backup: ./library restore DIR.");
}

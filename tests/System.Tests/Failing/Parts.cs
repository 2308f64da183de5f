using System.Diagnostics;
using System.Text.Json.Nodes;
using Library.Testing;
using Npgsql;

namespace Library.Acceptance.Failing;

/// <summary>One process of a running network, as its state file tells.</summary>
public sealed record Part(string Name, int Replica, int? Pid, bool Healthy, int Restarts, string? Url);

/// <summary>The processes and databases of a running network: what an operator with a shell could look at, and kill.</summary>
public sealed class Parts(string home)
{
    private static readonly TimeSpan ComesBackWithin = TimeSpan.FromSeconds(150), LookAgain = TimeSpan.FromMilliseconds(50);

    public IReadOnlyList<Part> All() =>
    [
        .. JsonNode.Parse(File.ReadAllText(Path.Combine(home, "state.json")))!["parts"]!.AsArray().OfType<JsonObject>().Select(part => new Part(
            (string)part["name"]!, (int)part["replica"]!, (int?)part["pid"], (bool)part["healthy"]!, (int)part["restarts"]!, (string?)part["url"])),
    ];

    public Part Find(string name, int replica = 0) => All().First(part => part.Name == name && part.Replica == replica);

    /// <summary>kill -9, by its process id.</summary>
    public static void Kill(Part part)
    {
        try
        {
            using var process = Process.GetProcessById(part.Pid ?? throw new InvalidOperationException($"{part.Name} does not run."));
            process.Kill();
        }
        catch (ArgumentException)
        {
            // it has died by itself since
        }
    }

    /// <summary>Returns when it runs again and is healthy.</summary>
    /// <exception cref="TimeoutException">It does not come back.</exception>
    public async Task IsBackAsync(Part killed)
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(LookAgain);
        while (Find(killed.Name, killed.Replica) is not { Healthy: true } now || now.Pid is null || now.Pid == killed.Pid)
        {
            if (Stopwatch.GetElapsedTime(began) > ComesBackWithin) throw new TimeoutException($"{killed.Name} did not come back within {ComesBackWithin.TotalSeconds} s.");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Everything runs and is healthy.</summary>
    public Task AllAreHealthyAsync() => Eventually.IsTrueAsync(() => Task.FromResult(All().All(part => part.Healthy || part.Name.EndsWith("-migrations", StringComparison.Ordinal))), "every part is healthy");

    /// <summary>What processes that heard nothing more said at their end (ADR 30), as far as their logs are kept.</summary>
    public async Task<IReadOnlyList<string>> EndedThemselvesAsync()
    {
        var said = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(home, "logs"), "*.log*").Order(StringComparer.Ordinal))
            await foreach (var line in File.ReadLinesAsync(file))
                if (line.Contains("crit: Library.ServiceDefaults.Messaging.BusWatch", StringComparison.Ordinal)) said.Add($"{Path.GetFileName(file)}: {line}");
        return said;
    }

    /// <summary>The database of a service, read beside it.</summary>
    public NpgsqlDataSource Database(string service)
    {
        var port = (int)JsonNode.Parse(File.ReadAllText(Path.Combine(home, "state.json")))!["parts"]!.AsArray().First(part => (string?)part!["kind"] == "postgres")!["ports"]!["tcp"]!;
        var password = (string)JsonNode.Parse(File.ReadAllText(Path.Combine(home, "secrets.json")))!["postgres-password"]!;
        return NpgsqlDataSource.Create($"Host=localhost;Port={port};Username=postgres;Password={password};Database={service}-db;Pooling=false;Timeout=5");
    }

    /// <summary>The first column of every row, as text.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(string service, string sql, params object[] parameters)
    {
        await using var database = Database(service);
        await using var command = database.CreateCommand(sql);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var row = await command.ExecuteReaderAsync();
        var found = new List<string>();
        while (await row.ReadAsync()) found.Add(row.GetString(0));
        return found;
    }
}

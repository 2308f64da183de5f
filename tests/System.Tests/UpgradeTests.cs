using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>
/// The long form, by <c>./library test upgrade [COMMIT]</c>: a network of an older version is upgraded without a pause, as docs/operations.md says, while
/// desks work.
/// </summary>
public sealed partial class UpgradeTests(ITestOutputHelper output)
{
    private const int StartAttempts = 4;

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private static readonly string[] Services = ["membership", "catalog", "finance", "events", "notifications"];

    /// <summary>What processes of today's version have said.</summary>
    private static readonly ConcurrentDictionary<Process, StringBuilder> Logs = [];

    /// <summary>The built working tree of the older version; null in every other run.</summary>
    public static string? From => Environment.GetEnvironmentVariable("LIBRARY_UPGRADE_FROM") is { Length: > 0 } root ? root : null;

    [Fact(Explicit = true)]
    public async Task Both_versions_work_side_by_side_and_nothing_is_lost_or_doubled()
    {
        Assert.SkipWhen(From is null, "It needs an older version: ./library test upgrade.");
        var home = Path.Combine(RunningLibrary.Root, ".local", "upgrade", "home");
        var (old, upgraded) = (new SecondLibrary(home, From), new SecondLibrary(home));
        await old.RunAsync("down", "--wipe");
        await old.RunAsync("up", "--detach", "--empty");
        var started = new List<Process>();
        var desk = new SteadyDesk();
        using var stop = new CancellationTokenSource();
        try
        {
            using var oldDoor = await old.AsAsync("librarian@RAD");
            var copies = await CopiesAsync(oldDoor, 2);
            HttpClient? newDoor = null;
            HttpClient[] doors = [oldDoor];
            var turn = 0;
            var work = desk.RunAsync(copies, () => doors[(Interlocked.Increment(ref turn) & int.MaxValue) % doors.Length], stop.Token);
            try
            {
                await desk.GoesOnAsync(20);
                Say($"{desk.Done} commands on the old version");

                foreach (var service in Services) await MigrateAsync(old, service);
                await desk.GoesOnAsync(20);
                Say($"{desk.Done} commands; migrated under the old version");

                newDoor = await StartNewAsync(old, started);
                doors = [oldDoor, newDoor];
                await desk.GoesOnAsync(60);
                Say($"{desk.Done} commands; both versions consume, relay and answer");

                doors = [newDoor];
                foreach (var service in Services.Append("gateway"))
                {
                    await old.RunAsync("stop", service);
                    await desk.GoesOnAsync(10);
                }
                Say($"{desk.Done} commands; the old version is gone");
            }
            finally
            {
                await stop.CancelAsync();
                await work;
                newDoor?.Dispose();
            }
            await upgraded.AgreesAsync();
            await StandsAsync(old, desk);
            foreach (var problem in desk.Strange) Say($"answered otherwise: {problem}");
        }
        finally
        {
            foreach (var process in started) await EndAsync(process);
            await old.RunAsync("down");
        }

        // and with a pause, as most will do it: the new version takes the folder over
        try
        {
            await upgraded.RunAsync("up", "--detach", "--empty");
            await upgraded.AgreesAsync();
            await StandsAsync(upgraded, desk);
            await TourTests.PasteAsync(home);
        }
        finally
        {
            await upgraded.RunAsync("down", "--wipe");
        }
    }

    private static async Task StandsAsync(SecondLibrary network, SteadyDesk desk)
    {
        foreach (var (service, table) in new[] { ("catalog", "loan"), ("membership", "member"), ("finance", "payment") })
        {
            var ids = desk.Acknowledged.Where(row => row.Table == table).Select(row => row.Id).ToArray();
            Assert.Equal($"{ids.Length}", (await network.RowsAsync(service, $"SELECT count(*) FROM {table} WHERE id = ANY ($1)", ids)).Single());
        }
    }

    /// <summary>Today's migrations, where the old version's service has its database.</summary>
    private async Task MigrateAsync(SecondLibrary old, string service)
    {
        using var migrator = Start(service, await EnvironmentOfAsync(old, service), "--migrate");
        await migrator.WaitForExitAsync();
        Assert.Equal(0, migrator.ExitCode);
        Say($"{service}-db: {(await old.RowsAsync(service, "SELECT (array_agg(scriptname ORDER BY schemaversionsid DESC))[1] FROM schema_version")).Single()}");
    }

    /// <summary>Services and a gateway of today beside the old ones; each knows both versions of every other.</summary>
    private static async Task<HttpClient> StartNewAsync(SecondLibrary old, List<Process> started)
    {
        var ports = Services.Append("gateway").ToDictionary(name => name, _ => (Http: TestHost.FreePort(), Grpc: TestHost.FreePort()));
        foreach (var (name, port) in ports)
        {
            var environment = await EnvironmentOfAsync(old, name);
            environment["ASPNETCORE_URLS"] = $"http://localhost:{port.Http}";
            environment["GRPC_PORT"] = $"{port.Grpc}";
            foreach (var (variable, _) in environment.Where(pair => Peer().IsMatch(pair.Key)).ToList())
            {
                var peer = Peer().Match(variable);
                var other = ports[peer.Groups["name"].Value];
                environment[variable[..^1] + "1"] = $"http://localhost:{(peer.Groups["endpoint"].Value == "grpc" ? other.Grpc : other.Http)}";
            }
            await StartOneAsync(name, port.Http, environment, started);
        }
        var door = await old.AsAsync("librarian@RAD");
        door.BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{ports["gateway"].Http}"));
        return door;
    }

    /// <summary>One process after the other, as a machine can bear it; one that ends while it starts is started again, as a supervisor does.</summary>
    private static async Task StartOneAsync(string name, int port, Dictionary<string, string> environment, List<Process> started)
    {
        using var probe = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        for (var attempt = 1; attempt <= StartAttempts; attempt++)
        {
            var process = Start(name, environment);
            started.Add(process);
            var began = Stopwatch.GetTimestamp();
            while (!process.HasExited && Stopwatch.GetElapsedTime(began) < StartLimit && await timer.WaitForNextTickAsync())
                try
                {
                    using var answer = await probe.GetAsync(new Uri($"http://localhost:{port}/health"));
                    if (answer.IsSuccessStatusCode) return;
                }
                catch (Exception away) when (away is HttpRequestException or TaskCanceledException)
                {
                    // it does not listen yet
                }
        }
        Assert.Fail($"{name} of today's version does not get healthy:\n{Logs[started[^1]]}");
    }

    /// <summary>What the process engine gave to the old version's process.</summary>
    private static async Task<Dictionary<string, string>> EnvironmentOfAsync(SecondLibrary old, string name)
    {
        var text = await File.ReadAllTextAsync($"/proc/{(await old.PartAsync(name)).Pid}/environ");
        return text.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private static Process Start(string name, Dictionary<string, string> environment, params string[] arguments)
    {
        var project = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name) + (name == "gateway" ? "" : ".Service");
        var folder = Path.Combine(RunningLibrary.Root, "artifacts", "bin", project, "release");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, $"{project}.dll"), .. arguments])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        var process = Process.Start(start)!;
        var log = new StringBuilder();
        Logs[process] = log;
        process.OutputDataReceived += (_, line) => { lock (log) log.AppendLine(line.Data); };
        process.ErrorDataReceived += (_, line) => { lock (log) log.AppendLine(line.Data); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task EndAsync(Process process)
    {
        using (process)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    private static async Task<IReadOnlyList<string>> CopiesAsync(HttpClient librarian, int count)
    {
        var control = Desk.Unique("upgrade");
        await Desk.ImportFileAsync(librarian, Desk.Marc(control, "Nova različica"));
        var found = (await librarian.FetchAsync("records?query=nova%20razlicica"))["records"]!.AsArray();
        var record = (string)found.First(record => (string?)record!["controlNumber"] == control)!["name"]!;
        var copies = new List<string>();
        for (var copy = 0; copy < count; copy++)
        {
            var barcode = Desk.Unique("U");
            await librarian.PostAsync("items", new JsonObject
            {
                ["barcode"] = barcode, ["record"] = record, ["branch"] = "RAD", ["material"] = "BOOK", ["lending"] = "LENDABLE", ["priceMinor"] = 2_490, ["acquisition"] = "PURCHASE",
            });
            copies.Add(barcode);
        }
        return copies;
    }

    private void Say(string line)
    {
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    [GeneratedRegex("^services__(?<name>[a-z]+)__(?<endpoint>http|grpc)__0$")]
    private static partial Regex Peer();
}

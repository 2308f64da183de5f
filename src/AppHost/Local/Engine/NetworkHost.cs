using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Library.AppHost.Local.Engine;

/// <summary>One run of a network: one at a time per folder, from the lock to the last process's end.</summary>
internal static class NetworkHost
{
    internal const int Done = 0;
    internal const int Refused = 1;

    internal static async Task<int> RunAsync(
        IReadOnlyList<ProcessResource> resources, NetworkHome home, IConfiguration configuration, string environment, TextWriter output, BackOff? backOff = null)
    {
        Directory.CreateDirectory(home.Folder);
        using var held = RunLock.TryTake(home.LockFile);
        if (held is null)
        {
            output.WriteLine($"Already running (pid {NetworkState.Read(home.StateFile)?.Pid}): one run at a time in {home.Folder}.");
            return Refused;
        }

        await Leftovers.EndAsync(NetworkState.Read(home.StateFile), output);
        var network = configuration["Network"] ?? "radovljica";
        if (ClaimData(home, network) is { } foreign)
        {
            output.WriteLine(foreign);
            return Refused;
        }

        var ports = new PortBook(home.PortsFile);
        if (ports.Assign(resources, name => configuration.GetValue<int?>($"Ports:{name}")) is { } taken)
        {
            output.WriteLine(taken);
            return Refused;
        }

        Directory.CreateDirectory(home.Logs);
        var runner = new NetworkRunner(resources, home, ports, configuration, backOff ?? BackOff.Usual, output.WriteLine);
        using var ending = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        await using var control = ControlServer.Open(home.ControlSocket, runner, () => State(stopped: false), ending);
        var recording = RecordAsync();

        output.WriteLine($"{network} ({environment}) starts: {string.Join(", ", resources.Select(r => r.Name))}");
        runner.StartAll();
        await Task.Delay(Timeout.InfiniteTimeSpan, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        output.WriteLine("Stopping.");
        await runner.StopAllAsync();
        await recording;
        Save(stopped: true);
        output.WriteLine("Stopped.");
        return Done;

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true; // in our order, not at once
            ending.Cancel();
        }

        // the file is what the next run learns from when this one is killed
        async Task RecordAsync()
        {
            var told = new Dictionary<(string, int), string>();
            while (!ending.IsCancellationRequested)
            {
                Save(stopped: false);
                foreach (var part in runner.Parts)
                {
                    var news = string.Create(CultureInfo.InvariantCulture, $"{part.Phase}{(part.Problem is null ? "" : ": ")}{part.Problem}");
                    if (told.GetValueOrDefault((part.Name, part.Replica)) != news)
                    {
                        told[(part.Name, part.Replica)] = news;
                        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:HH:mm:ss.fff} {part.Name}[{part.Replica}] {news}"));
                    }
                }

                var before = runner.Parts.ToArray();
                await runner.Changed.UntilAsync(() => !runner.Parts.SequenceEqual(before), ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        void Save(bool stopped) => AtomicFile.Write(home.StateFile, JsonSerializer.SerializeToUtf8Bytes(State(stopped), NetworkState.Json));

        NetworkState State(bool stopped) => new()
        {
            Pid = System.Environment.ProcessId,
            PidBegan = Posix.Began(System.Environment.ProcessId) ?? 0,
            Network = network,
            StartedAt = Started,
            Stopped = stopped,
            ControlSocket = home.ControlSocket,
            EpmdPort = resources.OfType<RabbitMQServerResource>().FirstOrDefault() is { } broker ? ports[broker, RabbitMQServerResource.Epmd, 0] : null,
            Parts = [.. runner.Parts],
        };
    }

    private static readonly DateTimeOffset Started = TimeProvider.System.GetUtcNow();

    /// <summary>Ends what a crashed run has left, without starting anything.</summary>
    internal static async Task<int> SweepAsync(NetworkHome home, TextWriter output)
    {
        if (!Directory.Exists(home.Folder))
        {
            return Done;
        }

        using var held = RunLock.TryTake(home.LockFile);
        if (held is null)
        {
            output.WriteLine($"Running (pid {NetworkState.Read(home.StateFile)?.Pid}) in {home.Folder}.");
            return Refused;
        }

        if (NetworkState.Read(home.StateFile) is { Stopped: false } left)
        {
            await Leftovers.EndAsync(left, output);
            PartState[] stopped = [.. left.Parts.Select(p => p with { Phase = p.Phase == PartPhase.Finished ? p.Phase : PartPhase.Stopped, Healthy = false, Pid = null, PidBegan = null })];
            AtomicFile.Write(home.StateFile, JsonSerializer.SerializeToUtf8Bytes(left with { Stopped = true, Parts = stopped }, NetworkState.Json));
        }

        return Done;
    }

    /// <summary>A folder's data belong to the network that made them.</summary>
    private static string? ClaimData(NetworkHome home, string network)
    {
        Directory.CreateDirectory(home.Data);
        var mark = Path.Combine(home.Data, "network");
        if (File.Exists(mark) && File.ReadAllText(mark).Trim() is var owner && owner != network)
        {
            return $"{home.Data} holds the network {owner}, not {network}. Wipe it (./library down --wipe) or set LIBRARY_HOME to another folder.";
        }

        AtomicFile.Write(mark, Encoding.UTF8.GetBytes(network + "\n"));
        return null;
    }
}

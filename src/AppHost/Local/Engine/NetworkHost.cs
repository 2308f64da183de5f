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

    /// <summary>Clears up after a crashed run, then runs until it is told to stop.</summary>
    /// <returns>The exit code; when refused, the reason has been written to <paramref name="output"/>.</returns>
    internal static async Task<int> RunAsync(
        IReadOnlyList<ProcessResource> resources, NetworkHome home, IConfiguration configuration, string environment, TextWriter output)
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
        var ports = new PortBook(home.PortsFile);
        var refusal = ClaimData(home, network) ?? ports.Assign(resources, name => configuration.GetValue<int?>($"Ports:{name}"));
        if (refusal is not null)
        {
            output.WriteLine(refusal);
            return Refused;
        }

        Directory.CreateDirectory(home.Logs);
        output.WriteLine($"{network} ({environment}) starts: {string.Join(", ", resources.Select(r => r.Name))}");
        await new NetworkRun(resources, home, network, ports, configuration, output).UntilToldToStopAsync();
        output.WriteLine("Stopped.");
        return Done;
    }

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

using System.Globalization;

namespace Library.Operator.Backup;

/// <summary>
/// Users, exchanges, queues and bindings of the broker, as its own tool writes and reads them. No messages: those stand in the
/// outboxes.
/// </summary>
internal static class BrokerDefinitions
{
    internal const string FileName = "broker.json";

    private const string Tools = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Writes the file, readable by its owner only; false where the broker does not run.</summary>
    internal static async Task<bool> TryExportAsync(RunningNetwork network, string folder, CancellationToken cancellation)
    {
        var state = await network.StateAsync(cancellation);
        if (state.Parts.FirstOrDefault(p => p.Kind == "rabbitmq") is not { IsHealthy: true } broker)
        {
            return false;
        }

        var file = Path.Combine(folder, FileName);
        await RunAsync(network, state, broker, ["export_definitions", file], cancellation);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return true;
    }

    internal static async Task ImportAsync(RunningNetwork network, string folder, CancellationToken cancellation)
    {
        var state = await network.StateAsync(cancellation);
        var broker = state.Parts.First(p => p.Kind == "rabbitmq");
        await RunAsync(network, state, broker, ["import_definitions", Path.Combine(folder, FileName)], cancellation);
    }

    private static async Task RunAsync(RunningNetwork network, NetworkState state, PartState broker, string[] arguments, CancellationToken cancellation)
    {
        var home = Path.Combine(network.Home.Data, broker.Name, "home");
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["LANG"] = "C.UTF-8",
            ["HOME"] = home, // the node's cookie lies there
            ["RABBITMQ_NODENAME"] = $"{broker.Name}@localhost",
            ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
            ["ERL_EPMD_PORT"] = (state.EpmdPort ?? 0).ToString(CultureInfo.InvariantCulture),
        };
        var (code, output) = await Tool.RunAsync(Tools, [.. arguments, "--silent"], environment, Limit, cancellation);
        if (code != 0)
        {
            throw new OperatorException($"rabbitmqctl {arguments[0]} failed: {output}");
        }
    }
}

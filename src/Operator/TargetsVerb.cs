using System.Globalization;
using System.Text.Json;

namespace Library.Operator;

/// <summary><c>targets</c>: writes for Prometheus where every process tells its metrics (file-based discovery), and says where that stands.</summary>
internal static class TargetsVerb
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        var state = await network.StateAsync(cancellation);
        var targets = state.Parts.Where(part => part is { Kind: "project", OneShot: false }).Select(part => new
        {
            // a part that faces the world has a port of its own for them
            Targets = new[] { string.Create(CultureInfo.InvariantCulture, $"localhost:{part.Ports.GetValueOrDefault("metrics", part.Ports["http"])}") },
            Labels = new { network = state.Network, service = part.Name, replica = part.Replica.ToString(CultureInfo.InvariantCulture) },
        });
        var file = Path.Combine(network.Home.Folder, "targets.json");
        // whoever reads it meanwhile reads all of the old or all of the new
        await File.WriteAllTextAsync(file + ".new", JsonSerializer.Serialize(targets, Indented) + "\n", cancellation);
        File.Move(file + ".new", file, overwrite: true);
        Console.WriteLine(file);
        return Exit.Done;
    }
}

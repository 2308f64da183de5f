using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Library.Operator;

/// <summary>One line a process, then queues and backlog; exit code 0 only when all is healthy.</summary>
internal static class StatusVerb
{
    private static readonly TimeSpan BacklogTimeout = TimeSpan.FromSeconds(2);

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var network = RunningNetwork.OfThisFolder();
        if ((await network.TryAskAsync(new ControlRequest("status"), cancellation))?.State is not { } state)
        {
            Console.WriteLine(network.Recorded is { Stopped: false }
                ? "The network is not running: its last run crashed. ./library down clears up, ./library up clears up and starts."
                : "The network is not running.");
            return Exit.Failed;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"network {state.Network}, {(state.IsHealthy ? "healthy" : "not healthy")}, since {state.StartedAt:yyyy-MM-dd HH:mm:ss}Z, AppHost pid {state.Pid}"));
        foreach (var part in state.Parts)
        {
            Console.WriteLine(Line(part));
        }

        foreach (var line in await BacklogsAsync(state, cancellation))
        {
            Console.WriteLine(line);
        }

        return state.IsHealthy ? Exit.Done : Exit.Failed;
    }

    internal static string Name(PartState part, NetworkState state) =>
        state.Parts.Count(p => p.Name == part.Name) == 1 ? part.Name : string.Create(CultureInfo.InvariantCulture, $"{part.Name}[{part.Replica}]");

    internal static string Health(PartState part) => part switch
    {
        { IsHealthy: true, OneShot: true } => "finished",
        { IsHealthy: true } => "healthy",
        { Phase: PartPhase.Running } => "unhealthy",
        { Phase: PartPhase.BackingOff } => "died",
        { Phase: var phase } => phase.ToString().ToLowerInvariant(),
    };

    private static string Line(PartState part)
    {
        var name = part.Replica == 0 ? part.Name : string.Create(CultureInfo.InvariantCulture, $"{part.Name}[{part.Replica}]");
        var pid = part.Pid is { } id ? string.Create(CultureInfo.InvariantCulture, $"pid {id}") : "-";
        var ports = string.Join(' ', part.Ports.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}:{p.Value}")));
        var more = (part.Restarts > 0 ? string.Create(CultureInfo.InvariantCulture, $" restarts {part.Restarts}") : "") + (part.Problem is null ? "" : $" ({part.Problem})");
        return string.Create(CultureInfo.InvariantCulture, $"{name,-25} {Health(part),-9} {pid,-11} {(ports.Length == 0 ? "-" : ports),-22} {part.Version ?? "-"}{more}");
    }

    /// <summary>Every service tells its own outbox and queues, to this machine and in Development only; a service that does not is left out.</summary>
    private static async Task<IEnumerable<string>> BacklogsAsync(NetworkState state, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = BacklogTimeout };
        var asked = state.Parts.Where(p => p is { Kind: "project", Healthy: true, Url: not null, Replica: 0 } && p.Name != "gateway").Select(async part =>
        {
            try
            {
                return (part.Name, Backlog: await http.GetFromJsonAsync<Backlog>(new Uri($"{part.Url}/backlog"), NetworkState.Json, cancellation));
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException { InnerException: TimeoutException })
            {
                return (part.Name, Backlog: null);
            }
        });
        var told = (await Task.WhenAll(asked)).Where(a => a.Backlog is not null).ToArray();
        return told.Select(a => string.Create(CultureInfo.InvariantCulture,
            $"backlog  {a.Name,-15} outbox {a.Backlog!.Outbox,-6} queue {a.Backlog.Queue?.ToString(CultureInfo.InvariantCulture) ?? "?",-6} failed messages: {a.Backlog.Waiting} waiting, {a.Backlog.Dead} dead"));
    }

    /// <summary>The queue's depth is unknown while the broker is away.</summary>
    private sealed record Backlog(long Outbox, long? Queue, long Waiting, long Dead);
}

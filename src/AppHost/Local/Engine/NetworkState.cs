using System.Text.Json;
using System.Text.Json.Serialization;

namespace Library.AppHost.Local.Engine;

/// <summary>What is written to <c>state.json</c> and answered to <c>status</c>. No passwords.</summary>
internal sealed record NetworkState
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The AppHost's own process.</summary>
    public required int Pid { get; init; }

    /// <summary>When that process began, in ticks since boot: tells it from a later one of the same number.</summary>
    public required long PidBegan { get; init; }

    public required string Network { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>True once everything has been stopped in good order.</summary>
    public required bool Stopped { get; init; }

    public required string ControlSocket { get; init; }

    /// <summary>Erlang's port mapper outlives its node and has to be ended by port; null where there is no broker.</summary>
    public required int? EpmdPort { get; init; }

    public required IReadOnlyList<PartState> Parts { get; init; }

    [JsonIgnore]
    public bool IsHealthy => Parts.Count > 0 && Parts.All(p => p.IsHealthy);

    /// <summary>Reads the file that a run has left, if there is one that can be read.</summary>
    internal static NetworkState? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<NetworkState>(File.ReadAllBytes(file), Json);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null; // none yet, or cut off by a power loss: nothing to be learnt from it
        }
    }
}

/// <summary>One process of the network.</summary>
internal sealed record PartState
{
    public required string Name { get; init; }

    /// <summary>From 0.</summary>
    public required int Replica { get; init; }

    /// <summary>project, postgres, rabbitmq, mail.</summary>
    public required string Kind { get; init; }

    public required PartPhase Phase { get; init; }

    public required bool Healthy { get; init; }

    /// <summary>Why it is not healthy, in a few words.</summary>
    public required string? Problem { get; init; }

    public required int? Pid { get; init; }

    public required long? PidBegan { get; init; }

    public required int StopSignal { get; init; }

    /// <summary>Port by endpoint name.</summary>
    public required IReadOnlyDictionary<string, int> Ports { get; init; }

    /// <summary>The base address, where it serves HTTP.</summary>
    public required string? Url { get; init; }

    public required int Restarts { get; init; }

    public required string? Version { get; init; }

    public required string Log { get; init; }

    /// <summary>Runs once and ends, like a migration.</summary>
    public required bool OneShot { get; init; }

    [JsonIgnore]
    public bool IsHealthy => OneShot ? Phase == PartPhase.Finished : Phase == PartPhase.Running && Healthy;
}

/// <summary>Where a process stands.</summary>
internal enum PartPhase
{
    /// <summary>For what it depends on.</summary>
    Waiting,

    /// <summary>The process runs and has not been healthy yet.</summary>
    Starting,

    /// <summary>The process runs and has been healthy.</summary>
    Running,

    /// <summary>It died and is started again after a pause.</summary>
    BackingOff,

    /// <summary>It ran once and ended with 0.</summary>
    Finished,

    /// <summary>It cannot be started, or ran once and ended otherwise; <c>./library start NAME</c> tries again.</summary>
    Failed,

    /// <summary>Taken down by command.</summary>
    Stopped,
}

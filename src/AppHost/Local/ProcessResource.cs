using Library.AppHost.Local.Engine;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A resource that runs as one or more processes of this machine.</summary>
public abstract class ProcessResource : IResource
{
    internal ProcessResource(string name) => Name = name;

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>What the resource is called in the Aspire model, such as <c>ProjectResource</c>.</summary>
    internal virtual string ModelType => GetType().Name;

    /// <summary>One word for the status line.</summary>
    internal abstract string Kind { get; }

    internal int Replicas { get; set; } = 1;

    internal List<EndpointDefinition> Endpoints { get; } = [];

    internal List<string> Arguments { get; } = [];

    /// <summary>In the order of the calls in Program.cs; a later one overrides an earlier one.</summary>
    internal List<EnvironmentWriter> Environment { get; } = [];

    internal List<Wait> Waits { get; } = [];

    internal HttpHealthCheck? HealthCheck { get; set; }

    /// <summary>SIGTERM, unless the program means something slower by it.</summary>
    internal virtual int StopSignal => Posix.SigTerm;

    /// <summary>From the stop signal until the whole process group is killed.</summary>
    internal virtual TimeSpan StopGrace => TimeSpan.FromSeconds(10);

    /// <summary>Makes ready what the process needs (folders, configuration) and says how to start it.</summary>
    internal abstract Task<Launch> PrepareAsync(LaunchContext context, CancellationToken cancellation);

    /// <summary>Asks a running process whether it does its work.</summary>
    /// <returns>Null when healthy, else what is wrong in a few words.</returns>
    internal virtual Task<string?> ProbeAsync(LaunchContext context, CancellationToken cancellation) =>
        HealthCheck is { } check
            ? HealthProbe.HttpAsync($"http://localhost:{context.Values.Port(this, check.Endpoint, context.Replica)}{check.Path}", cancellation)
            : Task.FromResult<string?>(null);

    /// <summary>Clears away what outlives the process.</summary>
    internal virtual Task AfterExitAsync(LaunchContext context) => Task.CompletedTask;

    /// <summary>The version of the program, when it can be told without starting it.</summary>
    internal virtual string? Version(LaunchContext context) => null;

    /// <summary>The variables that Program.cs and its references give to one replica; nothing inherited.</summary>
    internal SortedDictionary<string, string> ModelEnvironment(NetworkValues values, int replica)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var write in Environment)
        {
            write(variables, values, replica);
        }

        return variables;
    }
}

/// <summary>Adds variables for one replica of a resource.</summary>
internal delegate void EnvironmentWriter(IDictionary<string, string> variables, NetworkValues values, int replica);

/// <param name="Name">Unique in its resource.</param>
/// <param name="Scheme"><c>http</c> or <c>tcp</c>.</param>
/// <param name="PortVariable">The variable that tells the process this port; null: with <c>ASPNETCORE_URLS</c>, or by arguments.</param>
/// <param name="Hidden">Needed by the process engine only, not part of the model.</param>
/// <param name="IsExternal">For the outside.</param>
internal sealed record EndpointDefinition(string Name, string Scheme, string? PortVariable = null, bool Hidden = false, bool IsExternal = false);

internal enum WaitKind
{
    Healthy,
    Completion,
}

/// <param name="Named">What Program.cs waits for: a process or a database.</param>
/// <param name="Process">The process that stands for it.</param>
/// <param name="Kind">Until it is healthy, or until it has ended with 0.</param>
internal sealed record Wait(IResource Named, ProcessResource Process, WaitKind Kind);

internal sealed record HttpHealthCheck(string Path, string Endpoint);

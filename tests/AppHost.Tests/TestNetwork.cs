using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Library.AppHost.Tests;

/// <summary>A network of tiny processes in a folder of its own; nothing of it outlives the test.</summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly BackOff Quick = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(400), TimeSpan.FromSeconds(60));

    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder([]);
    private readonly List<ProcessResource> _resources = [];
    private readonly Lazy<NetworkRunner> _runner;

    internal TestNetwork(string? folder = null, BackOff? backOff = null)
    {
        var here = NetworkHome.Locate();
        Folder = folder ?? Directory.CreateTempSubdirectory("library-engine-").FullName;
        Home = here with { Folder = Folder };
        Directory.CreateDirectory(Home.Logs);
        Ports = new PortBook(Home.PortsFile);
        _runner = new Lazy<NetworkRunner>(() =>
        {
            Assert.Null(Ports.Assign(_resources, _ => null));
            return new NetworkRunner(_resources, Home, Ports, new ConfigurationManager(), backOff ?? Quick, Notices.Add);
        });
    }

    internal string Folder { get; }

    internal NetworkHome Home { get; }

    internal PortBook Ports { get; }

    internal List<string> Notices { get; } = [];

    internal NetworkRunner Runner => _runner.Value;

    internal string FileOf(string name) => Path.Combine(Folder, name);

    internal IResourceBuilder<T> Add<T>(T resource)
        where T : ProcessResource
    {
        _resources.Add(resource);
        return _builder.Add(resource);
    }

    internal IResourceBuilder<ProjectResource> AddProbe(string name) => Add(new ProjectResource(name, "Probe.csproj"));

    internal PartState Part(string name, int replica = 0) => Runner.Parts.Single(p => p.Name == name && p.Replica == replica);

    /// <summary>Waits for a condition, never for a time.</summary>
    internal async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Deadline);
        try
        {
            await Runner.Changed.UntilAsync(condition, limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail("Not so within the deadline:\n" + string.Join('\n', Runner.Parts.Select(p => $"{p.Name}[{p.Replica}] {p.Phase} {p.Problem}")));
        }
    }

    internal Task UntilHealthyAsync(params string[] names) => UntilAsync(() => Runner.Parts.Where(p => names.Contains(p.Name)).All(p => p.IsHealthy));

    /// <summary>For what no state tells: looks again and again until it is so.</summary>
    internal static async Task EventuallyAsync(Func<bool> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Deadline, "Not so within the deadline.");
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Runner.StopAllAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Library.AppHost.Local.Engine;

/// <summary>All processes of a network: started together, each as soon as what it waits for is there; stopped one by one in reverse order.</summary>
internal sealed class NetworkRunner
{
    private readonly IReadOnlyList<ProcessResource> _resources;
    private readonly Dictionary<ProcessResource, IReadOnlyList<Replica>> _replicas;

    internal NetworkRunner(
        IReadOnlyList<ProcessResource> resources, NetworkHome home, PortBook ports, IConfiguration configuration, BackOff backOff, Action<string> notice)
    {
        _resources = resources;
        var secrets = new SecretBook(home.SecretsFile);
        var values = new NetworkValues(
            (resource, endpoint, replica) => ports[resource, endpoint, replica].ToString(System.Globalization.CultureInfo.InvariantCulture), secrets.Get);
        // whoever is waited for until completion runs once; everything else is kept running
        var oneShots = resources.SelectMany(r => r.Waits).Where(w => w.Kind == WaitKind.Completion).Select(w => w.Process).ToHashSet();
        _replicas = resources.ToDictionary(
            resource => resource,
            resource => (IReadOnlyList<Replica>)[.. Enumerable.Range(0, resource.Replicas).Select(replica => new Replica(
                resource, new LaunchContext(home, values, ports, configuration, replica, notice), r => _replicas![r], oneShots.Contains(resource), backOff, Changed))]);
        // every generated value exists from the first moment, also for those who only read the file
        foreach (var resource in resources)
        {
            resource.ModelEnvironment(values, 0);
        }
    }

    /// <summary>Beats with every change of any process.</summary>
    internal Pulse Changed { get; } = new();

    /// <summary>In the order of declaration.</summary>
    internal IEnumerable<PartState> Parts => _resources.SelectMany(r => _replicas[r]).Select(r => r.State);

    internal void StartAll()
    {
        foreach (var replica in _resources.SelectMany(r => _replicas[r]))
        {
            replica.Start();
        }
    }

    /// <summary>Stops everything, the last declared first, and waits for each.</summary>
    internal async Task StopAllAsync()
    {
        foreach (var resource in _resources.Reverse())
        {
            await Task.WhenAll(_replicas[resource].Select(r => r.StopAsync()));
        }
    }

    /// <returns>False when there is no such resource.</returns>
    internal bool Start(string name)
    {
        var found = Find(name);
        foreach (var replica in found)
        {
            replica.Start();
        }

        return found.Count > 0;
    }

    /// <returns>False when there is no such resource.</returns>
    internal async Task<bool> StopAsync(string name)
    {
        var found = Find(name);
        await Task.WhenAll(found.Select(r => r.StopAsync()));
        return found.Count > 0;
    }

    private IReadOnlyList<Replica> Find(string name) =>
        _resources.FirstOrDefault(r => r.Name == name) is { } resource ? _replicas[resource] : [];
}

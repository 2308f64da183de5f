using Library.Gateway.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Library.Gateway.Edge;

/// <summary>A service is away when none of its instances answers; the gateway itself can work on, so this is Degraded (ADR 10).</summary>
public sealed class ServiceHealth(IProxyStateLookup proxy, string service) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var reached = proxy.TryGetCluster(service, out var cluster)
            && cluster.Destinations.Values.Any(instance => instance.Health.Active == DestinationHealth.Healthy);
        return Task.FromResult(reached ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("No instance answers."));
    }
}

public static class ServicesHealth
{
    /// <summary>One check for each cluster of the configuration that speaks REST.</summary>
    public static void AddServicesHealth(this WebApplicationBuilder builder)
    {
        foreach (var service in ServicesOf(builder.Configuration))
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                service, provider => new ServiceHealth(provider.GetRequiredService<IProxyStateLookup>(), service), HealthStatus.Degraded, tags: null));
    }

    public static IReadOnlyList<string> ServicesOf(IConfiguration configuration) =>
    [
        .. configuration.GetSection("ReverseProxy:Clusters").GetChildren().Select(cluster => cluster.Key)
            .Where(name => !name.EndsWith(Clusters.GrpcSuffix, StringComparison.Ordinal)),
    ];
}

using Library.Gateway.Edge;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace Library.Gateway.Routing;

/// <summary>What all clusters share (turn by turn over the instances, each asked for its health every second), and all routes (limits).</summary>
public sealed class Clusters(IOptions<Limits> limits) : IProxyConfigFilter
{
    /// <summary>Ends the name of a cluster that speaks gRPC.</summary>
    public const string GrpcSuffix = "-grpc";
    private const string ProbedPath = "/health";

    /// <summary>An instance is left out after so many probes without an answer, and taken in again after one.</summary>
    private const string Threshold = "2";

    /// <summary>Above the longest route's timeout, which is the one that counts.</summary>
    private static readonly TimeSpan LongestActivity = TimeSpan.FromHours(2);

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster with
    {
        LoadBalancingPolicy = LoadBalancingPolicies.RoundRobin,
        HealthCheck = new HealthCheckConfig
        {
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true,
                Interval = TimeSpan.FromSeconds(1),
                Timeout = TimeSpan.FromSeconds(2),
                Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                Path = ProbedPath,
            },
        },
        Metadata = new Dictionary<string, string> { [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = Threshold },
        HttpClient = new HttpClientConfig { EnableMultipleHttp2Connections = true },
        HttpRequest = cluster.ClusterId.EndsWith(GrpcSuffix, StringComparison.Ordinal)
            ? new ForwarderRequestConfig { ActivityTimeout = LongestActivity, Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact }
            : new ForwarderRequestConfig { ActivityTimeout = LongestActivity, Version = new Version(1, 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact },
    });

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => ValueTask.FromResult(route with
    {
        MaxRequestBodySize = route.MaxRequestBodySize ?? limits.Value.MaxBodyBytes,
        Timeout = route.Timeout ?? limits.Value.Timeout,
    });
}

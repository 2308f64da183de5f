using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Library.Gateway.Routing;

/// <summary>
/// Makes of a destination's name (<c>http://catalog</c>, <c>http://_grpc.catalog</c>) one destination for each instance that
/// service discovery knows, and again when it knows others.
/// </summary>
public sealed class ServiceDestinations(ServiceEndpointResolver discovery) : IDestinationResolver
{
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var instances = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = new List<IChangeToken>();
        foreach (var (name, destination) in destinations)
        {
            var wanted = new Uri(destination.Address);
            var found = await discovery.GetEndpointsAsync(wanted.GetLeftPart(UriPartial.Authority), cancellationToken);
            changes.Add(found.ChangeToken);
            foreach (var endpoint in found.Endpoints)
            {
                var address = AddressOf(endpoint.EndPoint, wanted.Scheme);
                instances[$"{name}/{address}"] = destination with { Address = address + wanted.PathAndQuery };
            }
        }
        return new ResolvedDestinationCollection(instances, new CompositeChangeToken(changes));
    }

    private static string AddressOf(EndPoint endpoint, string scheme) => endpoint switch
    {
        UriEndPoint uri => uri.Uri.GetLeftPart(UriPartial.Authority),
        DnsEndPoint { Port: 0 } name => $"{scheme}://{name.Host}",
        DnsEndPoint name => $"{scheme}://{name.Host}:{name.Port}",
        IPEndPoint address => $"{scheme}://{address}",
        _ => throw new NotSupportedException($"Service discovery gave a {endpoint.GetType().Name}."),
    };
}

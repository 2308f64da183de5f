using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;
namespace Library.Gateway.Edge;

/// <summary>The proxies in front of the gateway whose word on address and scheme is taken: setting <c>TrustedProxies</c>, none by default.</summary>
public static class Proxies
{
    public static void AddTrustedProxies(this WebApplicationBuilder builder)
    {
        var networks = builder.Configuration.GetSection("TrustedProxies").Get<string[]>() ?? [];
        var wrong = networks.Where(network => !IPNetwork.TryParse(network, out _)).ToList();
        if (wrong.Count > 0) throw new InvalidOperationException($"TrustedProxies must be networks such as 10.0.0.0/8, not: {string.Join(", ", wrong)}.");
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = networks.Length == 0 ? ForwardedHeaders.None
                : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            options.ForwardLimit = 2;
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in networks) options.KnownIPNetworks.Add(IPNetwork.Parse(network));
        });
    }
}

using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Library.Gateway.Routing;

/// <summary>
/// An instance that cannot be connected to has received nothing: the request goes to another one, whatever it asks, so that a
/// dead replica loses none before the health checks notice. A connection that broke later is not tried again.
/// </summary>
public sealed class TryAnotherInstance(RequestDelegate next, ILogger<TryAnotherInstance> log)
{
    private const int MostAttempts = 3;

    public async Task InvokeAsync(HttpContext context)
    {
        var proxy = context.GetReverseProxyFeature();
        var left = proxy.AvailableDestinations;
        for (var attempt = 1; ; attempt++)
        {
            await next(context);
            if (attempt == MostAttempts || context.Response.HasStarted || !WasNotReached(context)) return;
            left = [.. left.Where(instance => instance != proxy.ProxiedDestination)];
            if (left.Count == 0) return;
            log.LogDebug("{Instance} cannot be connected to; another takes the request", proxy.ProxiedDestination?.Model.Config.Address);
            context.Features.Set<IForwarderErrorFeature>(null);
            context.Response.StatusCode = StatusCodes.Status200OK;
            proxy.AvailableDestinations = left;
        }
    }

    private static bool WasNotReached(HttpContext context) =>
        context.Features.Get<IForwarderErrorFeature>() is { Error: ForwarderError.Request, Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } };
}

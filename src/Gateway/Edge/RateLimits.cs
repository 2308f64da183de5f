using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Grpc.Core;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;
using Microsoft.Extensions.Options;

namespace Library.Gateway.Edge;

/// <summary>The buckets of addresses and clients. They are this process's own: with N gateways N times as much may be asked.</summary>
public sealed class RateLimits(IOptions<Limits> limits) : IDisposable
{
    public PartitionedRateLimiter<HttpContext> Address { get; } = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetTokenBucketLimiter(NetworkOf(context.Connection.RemoteIpAddress), _ => limits.Value.Address.Options));

    public PartitionedRateLimiter<HttpContext> SignIn { get; } = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetTokenBucketLimiter(NetworkOf(context.Connection.RemoteIpAddress), _ => limits.Value.SignIn.Options));

    public PartitionedRateLimiter<HttpContext> Client { get; } = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetTokenBucketLimiter(new Caller(context.User).Subject, _ => limits.Value.Client.Options));

    public void Dispose()
    {
        Address.Dispose();
        SignIn.Dispose();
        Client.Dispose();
    }

    /// <summary>Whoever has an IPv6 network has 2^64 addresses: they count as one.</summary>
    public static string NetworkOf(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}

/// <summary>Refuses with 429 and Retry-After what is above a limit: by address before the token is looked at, by client after it.</summary>
public sealed class RateLimitMiddleware(RequestDelegate next, RateLimits limits, StatusBuilder statuses, RateLimitMiddleware.Stage stage, ILogger<RateLimitMiddleware> log)
{
    public enum Stage
    {
        /// <summary>Before the token check.</summary>
        Address,
        /// <summary>After it; a request without a token has been counted by its address already.</summary>
        Client,
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (IsProbe(context.Request.Path) || (stage == Stage.Client && context.User.Identity?.IsAuthenticated != true))
        {
            await next(context);
            return;
        }
        using var lease = (stage == Stage.Address ? limits.Address : limits.Client).AttemptAcquire(context);
        using var signIn = lease.IsAcquired && stage == Stage.Address && IsSignIn(context.Request.Path) ? limits.SignIn.AttemptAcquire(context) : null;
        var refused = !lease.IsAcquired ? lease : signIn is { IsAcquired: false } ? signIn : null;
        if (refused is null) await next(context);
        else await RefuseAsync(context, refused);
    }

    private Task RefuseAsync(HttpContext context, RateLimitLease lease)
    {
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? time : TimeSpan.FromSeconds(1);
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        log.LogInformation("Too many requests of one {Stage}", stage);
        context.Response.Headers.RetryAfter = seconds;
        return RestErrors.WriteAsync(context, statuses.Build(
            StatusCode.ResourceExhausted, "TOO_MANY_REQUESTS", context.Request.Headers.AcceptLanguage.ToString(), ("seconds", seconds)));
    }

    private static bool IsProbe(PathString path) => path == "/health" || path == "/alive";

    private static bool IsSignIn(PathString path) => path.StartsWithSegments("/connect");
}

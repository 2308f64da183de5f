using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Library.ServiceDefaults.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Library.ServiceDefaults;

public static class Peers
{
    /// <summary>
    /// A gRPC client of another service, found by its name over all its instances. Every call carries our token and a short
    /// deadline; only methods that the proto marks NO_SIDE_EFFECTS are tried again, at another instance.
    /// </summary>
    /// <param name="peer">Name of the service, for example <c>finance</c>.</param>
    /// <param name="service">The proto's service, which says what may be repeated.</param>
    /// <param name="name">Name of the client where several share one type; null for the injected one.</param>
    public static void AddPeer<TClient>(this IHostApplicationBuilder builder, string peer, Google.Protobuf.Reflection.ServiceDescriptor service, string? name = null)
        where TClient : class
    {
        builder.Services.TryAddSingleton<PeerCallInterceptor>();
        var client = builder.Services.AddGrpcClient<TClient>(name ?? typeof(TClient).Name, options => options.Address = new Uri($"http://_grpc.{peer}"))
            .ConfigureChannel(channel => channel.ServiceConfig = RetriesOf(service))
            .AddInterceptor<PeerCallInterceptor>();
        client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(400),
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
        });
        client.AddServiceDiscovery();
    }

    private static ServiceConfig RetriesOf(Google.Protobuf.Reflection.ServiceDescriptor service)
    {
        var config = new ServiceConfig();
        foreach (var method in service.Methods.Where(method => method.GetOptions()?.IdempotencyLevel == MethodOptions.Types.IdempotencyLevel.NoSideEffects))
            config.MethodConfigs.Add(new MethodConfig
            {
                Names = { new MethodName { Service = service.FullName, Method = method.Name } },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 3,
                    InitialBackoff = TimeSpan.FromMilliseconds(30),
                    MaxBackoff = TimeSpan.FromMilliseconds(200),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            });
        return config;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Library.Testing;

/// <summary>A gRPC server in place of another service: <c>FakePeer.StartAsync(new FakeFinance())</c>; pass its address as <c>services:finance:grpc:0</c>.</summary>
public sealed class FakePeer : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakePeer(WebApplication app, string address) => (this.app, Address) = (app, address);

    public string Address { get; }

    public static async Task<FakePeer> StartAsync<TService>(TService service, int? port = null) where TService : class
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var at = port ?? TestHost.FreePort();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(at, options => options.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        var app = builder.Build();
        app.MapGrpcService<TService>();
        await app.StartAsync();
        return new FakePeer(app, $"http://localhost:{at}");
    }

    /// <summary>Takes it away, as when the service is stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

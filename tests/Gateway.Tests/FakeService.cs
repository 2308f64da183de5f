using System.Net;
using Grpc.Core;
using Library.Catalog.V1;
using Library.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Library.Gateway.Tests;

/// <summary>One instance of a service behind the gateway: says who it is and what reached it, and publishes the keys of the test tokens.</summary>
public sealed class FakeService : IAsyncDisposable
{
    private readonly WebApplication app;
    private int requests;

    private FakeService(WebApplication app, string name, int http, int grpc) => (this.app, Name, Http, Grpc) = (app, name, http, grpc);

    public string Name { get; }
    public int Http { get; }
    public int Grpc { get; }
    /// <summary>Requests under /api so far.</summary>
    public int Requests => requests;

    public static async Task<FakeService> StartAsync(string name, int? http = null, int? grpc = null)
    {
        var (at, grpcAt) = (http ?? TestHost.FreePort(), grpc ?? TestHost.FreePort());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, at, options => options.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, grpcAt, options => options.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        var app = builder.Build();
        var service = new FakeService(app, name, at, grpcAt);
        app.MapGet("/health", () => "Healthy");
        app.MapGet("/.well-known/jwks", () => Results.Text(TestTokens.KeySet, "application/json"));
        app.MapGet("/connect/authorize", () => Results.Content("<html></html>", "text/html"));
        app.MapGet("/openapi/v1.json", () => Results.Text($$"""
            {"openapi":"3.1.1","paths":{"/api/v1/{{name}}-things":{"get":{} } },"components":{"schemas":{"google.rpc.Status":{"type":"object"} } },"tags":[{"name":"{{name}}"}]}
            """, "application/json"));
        app.MapGet("/api/v1/items/SLOW", async (HttpContext context) => await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted));
        app.MapGet("/api/v1/items/EMPTY-405", (HttpContext context) =>
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        });
        app.MapGrpcService<Clock>();
        app.Map("/api/{**path}", service.EchoAsync);
        await app.StartAsync();
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true)); // as a crash: connections are cut
        await app.DisposeAsync();
    }

    private async Task EchoAsync(HttpContext context)
    {
        Interlocked.Increment(ref requests);
        var read = 0L;
        var buffer = new byte[64 * 1024];
        for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;) read += count;
        await context.Response.WriteAsJsonAsync(new Echo(
            Name, Http, context.Request.Method, context.Request.Path + context.Request.QueryString, read,
            context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString())));
    }

    private sealed class Clock : CatalogService.CatalogServiceBase
    {
        public override Task<Library.Catalog.V1.Clock> GetClock(GetClockRequest request, ServerCallContext context) =>
            Task.FromResult(new Library.Catalog.V1.Clock { Today = "2026-01-31" });
    }
}

/// <summary>What reached a service.</summary>
public sealed record Echo(string Service, int Port, string Method, string Path, long BodyBytes, Dictionary<string, string> Headers);

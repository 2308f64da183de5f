using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Library.Testing;
using Microsoft.AspNetCore.Builder;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;
using Microsoft.Extensions.DependencyInjection;

namespace Library.Gateway.Tests;

/// <summary>The gateway in this process on ports of its own, before five fake services.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    public static readonly string[] Names = ["membership", "catalog", "finance", "events", "notifications"];
    private readonly WebApplication app;

    private GatewayHost(WebApplication app, IReadOnlyList<FakeService> services, int http, int grpc) =>
        (this.app, Services, Address, GrpcAddress) = (app, services, new Uri($"http://127.0.0.1:{http}"), new Uri($"http://127.0.0.1:{grpc}"));

    public IReadOnlyList<FakeService> Services { get; }
    public Uri Address { get; }
    public Uri GrpcAddress { get; }

    public static async Task<GatewayHost> StartAsync(IReadOnlyDictionary<string, string>? settings = null, params string[] names)
    {
        var services = await Task.WhenAll((names.Length == 0 ? Names : names).Select(name => FakeService.StartAsync(name)));
        var (http, grpc) = (TestHost.FreePort(), TestHost.FreePort());
        var all = new Dictionary<string, string>
        {
            ["urls"] = $"http://127.0.0.1:{http}",
            ["GRPC_PORT"] = $"{grpc}",
            ["environment"] = "Development",
            ["Issuer"] = TestTokens.Issuer,
            ["Logging:LogLevel:Default"] = "Critical",
            ["Logging:LogLevel:Yarp"] = "Critical",
        };
        foreach (var group in services.GroupBy(service => service.Name))
            foreach (var (number, service) in group.Index())
            {
                all[$"services:{service.Name}:http:{number}"] = $"http://127.0.0.1:{service.Http}";
                all[$"services:{service.Name}:grpc:{number}"] = $"http://127.0.0.1:{service.Grpc}";
            }
        // a service that is not there still has its address, as the AppHost gives it
        foreach (var name in Names.Except(services.Select(service => service.Name)))
        {
            all.TryAdd($"services:{name}:http:0", $"http://127.0.0.1:{TestHost.FreePort()}");
            all.TryAdd($"services:{name}:grpc:0", $"http://127.0.0.1:{TestHost.FreePort()}");
        }
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) all[key] = value;
        var app = GatewayApp.Build([.. all.Select(setting => $"--{setting.Key}={setting.Value}")]);
        await app.StartAsync();
        return new GatewayHost(app, services, http, grpc);
    }

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    /// <summary>With a token unless it is null; asks for English.</summary>
    public HttpClient Client(string? token = "", string language = "en")
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Length > 0 ? token : TestTokens.Of("admin"));
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        return client;
    }

    /// <summary>Until the probes have seen which instances answer.</summary>
    public Task ProbedAsync(string service, int healthy) => Eventually.SeesAsync(
        () => Task.FromResult(Get<IProxyStateLookup>().TryGetCluster(service, out var cluster)
            ? cluster.Destinations.Values.Count(instance => instance.Health.Active == DestinationHealth.Healthy) : -1),
        seen => seen == healthy, $"{healthy} healthy instances of {service}");

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        foreach (var service in Services) await service.DisposeAsync();
    }
}

/// <summary>A <c>google.rpc.Status</c> as a caller reads it.</summary>
public sealed record Answer(HttpStatusCode Http, int Code, string Message, string Reason, string Locale, HttpResponseHeaders Headers)
{
    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/json", $"{(int)response.StatusCode} without JSON: {text}");
        using var json = JsonDocument.Parse(text);
        var details = json.RootElement.GetProperty("details").EnumerateArray().ToList();
        return new Answer(
            response.StatusCode,
            json.RootElement.GetProperty("code").GetInt32(),
            json.RootElement.GetProperty("message").GetString()!,
            details.Single(detail => detail.GetProperty("@type").GetString()!.EndsWith("ErrorInfo", StringComparison.Ordinal)).GetProperty("reason").GetString()!,
            details.Single(detail => detail.GetProperty("@type").GetString()!.EndsWith("LocalizedMessage", StringComparison.Ordinal)).GetProperty("locale").GetString()!,
            response.Headers);
    }
}

using System.Net;
using Library.Testing;

namespace Library.Gateway.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_stand_on_a_port_of_their_own_and_name_routes()
    {
        var port = TestHost.FreePort();
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string> { ["METRICS_PORT"] = $"{port}" });
        using var client = gateway.Client();
        (await client.GetAsync("/api/v1/items/B-0001")).Dispose();
        using var inside = new HttpClient();
        var text = await inside.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
        Assert.Contains("http_route=\"/api/v1/items/{**rest}\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("B-0001", text, StringComparison.Ordinal);
        // whatever the caller says the host is
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = $"127.0.0.1:{port}" } };
        using var outside = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
    }

    [Fact]
    public async Task Without_such_a_port_there_are_none()
    {
        await using var gateway = await GatewayHost.StartAsync();
        using var client = gateway.Client();
        using var answer = await client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}

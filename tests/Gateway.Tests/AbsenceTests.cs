using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Library.Catalog.V1;
using Library.Gateway.Documents;
using Library.Testing;

namespace Library.Gateway.Tests;

public sealed class AbsenceTests
{
    [Fact]
    public async Task A_service_that_is_away_is_unavailable_and_named_while_the_gateway_works_on()
    {
        await using var gateway = await GatewayHost.StartAsync(null, "membership", "catalog");
        using var client = gateway.Client();
        var unprobed = await Answer.ReadAsync(await client.GetAsync("/api/v1/accounts/1"));
        await gateway.ProbedAsync("catalog", 1);
        await gateway.ProbedAsync("finance", 0);
        var answer = await Answer.ReadAsync(await client.GetAsync("/api/v1/accounts/1"));
        foreach (var one in new[] { unprobed, answer })
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, (int)StatusCode.Unavailable, "UNAVAILABLE"), (one.Http, one.Code, one.Reason));
            Assert.Contains("finance", one.Message, StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/clock")).StatusCode);

        using var health = await client.GetAsync("/health");
        var body = await health.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (health.StatusCode, body.GetProperty("status").GetString()));
        Assert.Equal(("Healthy", "Degraded"), (body.GetProperty("checks").GetProperty("catalog").GetString(), body.GetProperty("checks").GetProperty("finance").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive")).StatusCode);
    }

    [Fact]
    public async Task Grpc_to_a_service_that_is_away_is_unavailable()
    {
        await using var gateway = await GatewayHost.StartAsync(null, "membership");
        using var channel = GrpcChannel.ForAddress(gateway.GrpcAddress);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new CatalogService.CatalogServiceClient(channel).GetClockAsync(
            new GetClockRequest(), new Metadata { { "authorization", $"Bearer {TestTokens.Of("admin")}" } }));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
    }

    [Fact]
    public async Task A_dead_replica_loses_no_request_and_comes_back()
    {
        await using var gateway = await GatewayHost.StartAsync(null, "membership", "catalog", "catalog");
        using var client = gateway.Client();
        await gateway.ProbedAsync("catalog", 2);
        var both = new HashSet<int>();
        for (var n = 0; n < 4; n++) both.Add((await client.GetFromJsonAsync<Echo>("/api/v1/clock"))!.Port);
        Assert.Equal(2, both.Count);

        var dead = gateway.Services[2];
        await dead.DisposeAsync();
        // at once: before a probe has noticed; POSTs with bodies, because a connection refused has received nothing of them
        for (var n = 0; n < 50; n++)
        {
            using var response = await client.PostAsJsonAsync("/api/v1/loans", new { barcode = "B-1" });
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.True((await response.Content.ReadFromJsonAsync<Echo>())!.BodyBytes > 0);
        }
        await gateway.ProbedAsync("catalog", 1);

        await using var back = await FakeService.StartAsync("catalog", dead.Http, dead.Grpc);
        await gateway.ProbedAsync("catalog", 2);
    }

    [Fact]
    public async Task The_document_is_one_and_says_which_service_is_missing()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string> { ["services:events:http:0"] = "http://127.0.0.1:9" }, "membership", "catalog", "finance", "notifications");
        using var client = gateway.Client(token: null);
        var document = JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json"))!;
        Assert.Equal(4, document["paths"]!.AsObject().Count);
        Assert.NotNull(document["paths"]!["/api/v1/finance-things"]);
        Assert.Equal("events", document[InterfaceDocument.Missing]![0]!.GetValue<string>());
        Assert.Equal(4, document["tags"]!.AsArray().Count);
        Assert.NotNull(document["components"]!["schemas"]!["google.rpc.Status"]);
    }

    [Fact]
    public async Task The_document_grows_when_a_service_comes()
    {
        var port = TestHost.FreePort();
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string> { ["services:events:http:0"] = $"http://127.0.0.1:{port}" }, "membership");
        using var client = gateway.Client(token: null);
        Assert.DoesNotContain("events-things", await client.GetStringAsync("/openapi/v1.json"), StringComparison.Ordinal);
        await using var events = await FakeService.StartAsync("events", port);
        await Eventually.IsTrueAsync(async () => (await client.GetStringAsync("/openapi/v1.json")).Contains("events-things", StringComparison.Ordinal), "the events' paths");
    }
}

public sealed class DocumentTests(Network network) : IClassFixture<Network>
{
    [Fact]
    public async Task The_reader_of_the_interface_loads_nothing_from_elsewhere()
    {
        using var client = network.Gateway.Client(token: null);
        using var response = await client.GetAsync("/docs/");
        var page = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", page);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = System.Text.RegularExpressions.Regex.Match(policy, "'nonce-([^']+)'").Groups[1].Value;
        Assert.Contains($"nonce=\"{nonce}\"", System.Net.WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        foreach (System.Text.RegularExpressions.Match script in System.Text.RegularExpressions.Regex.Matches(page, "src=\"([^\"]+)\""))
        {
            using var asset = await client.GetAsync(new Uri(new Uri(network.Gateway.Address, "/docs/"), script.Groups[1].Value));
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
        }
    }

    [Fact]
    public async Task The_start_page_leads_to_the_interface()
    {
        using var client = network.Gateway.Client(token: null);
        Assert.Contains("href=\"/docs\"", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Grpc.Core;
using Library.Gateway.Edge;
using Library.Testing;
using Microsoft.Extensions.Options;

namespace Library.Gateway.Tests;

public sealed class EdgeTests(Network network) : IClassFixture<Network>
{
    private GatewayHost Gateway => network.Gateway;

    [Fact]
    public async Task A_body_above_the_limit_is_refused_before_it_is_read()
    {
        using var client = Gateway.Client();
        var before = Gateway.Services.Sum(service => service.Requests);
        using var response = await client.PostAsync("/api/v1/loans", new ByteArrayContent(new byte[10_000_000]));
        var answer = await Answer.ReadAsync(response);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, (int)StatusCode.InvalidArgument, "TOO_LARGE"), (answer.Http, answer.Code, answer.Reason));
        Assert.Contains("1048576", answer.Message, StringComparison.Ordinal);
        Assert.Equal(before, Gateway.Services.Sum(service => service.Requests));
    }

    [Fact]
    public async Task A_body_that_does_not_say_its_length_is_cut_at_the_limit()
    {
        using var client = Gateway.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/loans") { Content = new StreamContent(new MemoryStream(new byte[3_000_000])) };
        request.Headers.TransferEncodingChunked = true;
        var answer = await Answer.ReadAsync(await client.SendAsync(request));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE"), (answer.Http, answer.Reason));
    }

    [Fact]
    public async Task A_catalogue_file_may_be_large()
    {
        using var client = Gateway.Client();
        using var response = await client.PostAsync("/api/v1/records:import?format=marc21&source=test", new ByteArrayContent(new byte[40_000_000]));
        Assert.Equal(40_000_000, (await response.Content.ReadFromJsonAsync<Echo>())!.BodyBytes);
    }

    [Fact]
    public async Task Every_answer_tells_the_browser_what_it_may_not()
    {
        using var client = Gateway.Client();
        using var reached = await client.GetAsync("/api/v1/clock");
        using var unknown = await client.GetAsync("/api/v1/nothing");
        foreach (var response in new[] { reached, unknown })
        {
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
            Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
            Assert.Empty(response.Headers.Server);
        }
    }

    [Fact]
    public async Task The_sign_in_needs_no_token_and_may_style_itself()
    {
        using var client = Gateway.Client(token: null);
        using var response = await client.GetAsync("/connect/authorize");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("style-src 'self' 'unsafe-inline'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("form-action", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_correlation_id_goes_through_and_comes_back()
    {
        using var client = Gateway.Client();
        client.DefaultRequestHeaders.Add("X-Correlation-Id", "desk-7_2026.01");
        using var response = await client.GetAsync("/api/v1/clock");
        Assert.Equal("desk-7_2026.01", response.Headers.GetValues("X-Correlation-Id").Single());
        Assert.Equal("desk-7_2026.01", (await response.Content.ReadFromJsonAsync<Echo>())!.Headers["x-correlation-id"]);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("<script>")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_correlation_id_that_could_do_harm_is_replaced(string given)
    {
        using var client = Gateway.Client();
        client.DefaultRequestHeaders.Add("X-Correlation-Id", given);
        using var response = await client.GetAsync("/api/v1/clock");
        var id = response.Headers.GetValues("X-Correlation-Id").Single();
        Assert.NotEqual(given, id);
        Assert.True(CorrelationMiddleware.IsSafe(id));
    }

    [Fact]
    public async Task The_callers_trace_goes_on()
    {
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = Gateway.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", TestTokens.Of("admin"));
        client.DefaultRequestHeaders.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        var echo = await client.GetFromJsonAsync<Echo>("/api/v1/clock");
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", echo!.Headers["traceparent"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_above_its_limit_waits_and_others_do_not()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string>
        {
            ["Limits:Client:Burst"] = "5", ["Limits:Client:Tokens"] = "1", ["Limits:Client:Every"] = "00:01:00",
        });
        using var busy = gateway.Client(TestTokens.Of("partner", subject: "clients/busy"), "sl");
        using var other = gateway.Client(TestTokens.Of("partner", subject: "clients/other"));
        for (var n = 0; n < 5; n++) Assert.Equal(HttpStatusCode.OK, (await busy.GetAsync("/api/v1/clock")).StatusCode);

        var answer = await Answer.ReadAsync(await busy.GetAsync("/api/v1/clock"));
        Assert.Equal((HttpStatusCode.TooManyRequests, (int)StatusCode.ResourceExhausted, "TOO_MANY_REQUESTS", "sl"), (answer.Http, answer.Code, answer.Reason, answer.Locale));
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/v1/clock")).StatusCode);
    }

    [Fact]
    public async Task An_address_above_its_limit_waits_whatever_its_token_but_is_still_probed()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string>
        {
            ["Limits:Address:Burst"] = "3", ["Limits:Address:Tokens"] = "1", ["Limits:Address:Every"] = "00:01:00",
        });
        using var client = gateway.Client(token: null);
        for (var n = 0; n < 3; n++) Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/clock")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.GetAsync("/api/v1/clock")).StatusCode);
        using var withToken = gateway.Client();
        Assert.Equal(HttpStatusCode.TooManyRequests, (await withToken.GetAsync("/api/v1/clock")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health")).StatusCode);
    }

    [Fact]
    public async Task The_sign_in_has_a_limit_of_its_own()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string>
        {
            ["Limits:SignIn:Burst"] = "2", ["Limits:SignIn:Tokens"] = "1", ["Limits:SignIn:Every"] = "00:01:00",
        });
        using var client = gateway.Client();
        for (var n = 0; n < 2; n++) Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/connect/authorize")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.GetAsync("/connect/authorize")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/clock")).StatusCode);
    }

    [Fact]
    public async Task Wrong_limits_are_all_named_at_the_start()
    {
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayHost.StartAsync(new Dictionary<string, string>
        {
            ["Limits:Client:Burst"] = "0", ["Limits:Timeout"] = "-00:00:01",
        }));
        Assert.Equal(2, problem.Failures.Count());
    }

    [Fact]
    public async Task A_service_that_does_not_answer_in_time_is_given_up()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string> { ["Limits:Timeout"] = "00:00:01" });
        using var client = gateway.Client();
        var began = Stopwatch.GetTimestamp();
        var answer = await Answer.ReadAsync(await client.GetAsync("/api/v1/items/SLOW"));
        Assert.Equal((HttpStatusCode.GatewayTimeout, (int)StatusCode.DeadlineExceeded, "TIMED_OUT"), (answer.Http, answer.Code, answer.Reason));
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.9, 5);
    }
}

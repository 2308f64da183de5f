using System.Net;
using System.Net.Http.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Library.Catalog.V1;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;
using Library.Testing;

namespace Library.Gateway.Tests;

public sealed class Network : IAsyncLifetime
{
    public GatewayHost Gateway { get; private set; } = null!;
    public async ValueTask InitializeAsync() => Gateway = await GatewayHost.StartAsync();
    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}

public sealed class RoutingTests(Network network) : IClassFixture<Network>
{
    private const string Id = "0198f6f0-0000-7000-8000-000000000000";
    private GatewayHost Gateway => network.Gateway;

    [Theory]
    [InlineData("POST", "/api/v1/members", "membership")]
    [InlineData("POST", "/api/v1/members:search", "membership")]
    [InlineData("GET", "/api/v1/members/" + Id, "membership")]
    [InlineData("POST", "/api/v1/members/" + Id + ":renew", "membership")]
    [InlineData("GET", "/api/v1/members/" + Id + ":export", "membership")]
    [InlineData("GET", "/api/v1/members/" + Id + ":visit?branch=RAD", "catalog")]
    [InlineData("GET", "/api/v1/members/" + Id + ":visitReceipt?branch=RAD", "catalog")]
    [InlineData("POST", "/api/v1/members/" + Id + ":mailReceipt", "catalog")]
    [InlineData("POST", "/api/v1/records:import?format=marc21&source=test", "catalog")]
    [InlineData("GET", "/api/v1/operations/" + Id, "catalog")]
    [InlineData("GET", "/api/v1/records?query=a", "catalog")]
    [InlineData("GET", "/api/v1/records/" + Id + ":marc?format=marcxml", "catalog")]
    [InlineData("POST", "/api/v1/items", "catalog")]
    [InlineData("GET", "/api/v1/items/B-1", "catalog")]
    [InlineData("POST", "/api/v1/loans", "catalog")]
    [InlineData("POST", "/api/v1/loans/" + Id + ":renew", "catalog")]
    [InlineData("POST", "/api/v1/returns", "catalog")]
    [InlineData("POST", "/api/v1/holds/" + Id + ":cancel", "catalog")]
    [InlineData("GET", "/api/v1/clock", "catalog")]
    [InlineData("POST", "/api/v1/clock:advance", "catalog")]
    [InlineData("GET", "/api/v1/branches", "catalog")]
    [InlineData("POST", "/api/v1/licenceLoans/" + Id + ":end", "catalog")]
    [InlineData("GET", "/api/v1/licensedTitles/" + Id, "catalog")]
    [InlineData("GET", "/api/v1/labels?items=B-1", "catalog")]
    [InlineData("GET", "/api/v1/covers/9789610000006", "catalog")]
    [InlineData("GET", "/api/v1/accounts/" + Id, "finance")]
    [InlineData("POST", "/api/v1/payments", "finance")]
    [InlineData("GET", "/api/v1/charges/" + Id, "finance")]
    [InlineData("GET", "/api/v1/deliveries?member=members/" + Id, "notifications")]
    [InlineData("POST", "/api/v1/events/" + Id + "/registrations", "events")]
    [InlineData("POST", "/api/v1/events/" + Id + "/registrations/" + Id + ":cancel", "events")]
    public async Task A_path_reaches_its_service_unchanged(string method, string path, string service)
    {
        using var client = Gateway.Client();
        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        var echo = await response.Content.ReadFromJsonAsync<Echo>();
        Assert.Equal((service, method, path), (echo!.Service, echo.Method, Uri.UnescapeDataString(echo.Path)));
    }

    [Theory]
    [InlineData("/api/v1/acquisitions?branch=RAD")]
    [InlineData("/api/v1/acquisitions.atom?branch=RAD")]
    [InlineData("/api/v1/acquisitions.rss?branch=RAD")]
    [InlineData("/api/v1/licenceFiles/a.epub?signature=x")]
    public async Task What_is_for_everybody_needs_no_token(string path)
    {
        using var client = Gateway.Client(token: null);
        using var response = await client.GetAsync(path);
        Assert.Equal("catalog", (await response.Content.ReadFromJsonAsync<Echo>())!.Service);
    }

    [Theory]
    [InlineData("GET", "/api/v1/records")]
    [InlineData("GET", "/api/v1/covers/9789610000006")]
    [InlineData("GET", "/api/v1/licenceFiles/a/b")]
    [InlineData("POST", "/api/v1/records:import")]
    [InlineData("GET", "/api/v1/clock")]
    [InlineData("POST", "/api/v1/members:search")]
    [InlineData("GET", "/api/v1/nothing")]
    [InlineData("DELETE", "/api/anything/at/all")]
    public async Task Nothing_of_the_interface_is_answered_without_a_token(string method, string path)
    {
        var before = Gateway.Services.Sum(service => service.Requests);
        using var client = Gateway.Client(token: null);
        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        var answer = await Answer.ReadAsync(response);
        Assert.Equal((HttpStatusCode.Unauthorized, (int)StatusCode.Unauthenticated, "UNAUTHENTICATED"), (answer.Http, answer.Code, answer.Reason));
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(before, Gateway.Services.Sum(service => service.Requests));
    }

    [Fact]
    public async Task A_token_that_another_key_signed_is_none()
    {
        using var client = Gateway.Client(TestTokens.Forged("admin"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/clock")).StatusCode);
    }

    [Fact]
    public async Task A_token_of_our_own_services_is_good_for_nothing_outside()
    {
        using var client = Gateway.Client(new ServiceTokens(TestTokens.ServiceKey, new ServiceName("catalog"), TimeProvider.System).Current());
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/clock")).StatusCode);
    }

    [Theory]
    [InlineData("sl-SI,en;q=0.5", "sl")]
    [InlineData("en", "en")]
    public async Task An_unknown_path_is_not_found_in_the_callers_language(string language, string locale)
    {
        using var client = Gateway.Client(language: language);
        var answer = await Answer.ReadAsync(await client.GetAsync("/api/v1/dragons/7"));
        Assert.Equal((HttpStatusCode.NotFound, "NOT_FOUND", locale), (answer.Http, answer.Reason, answer.Locale));
    }

    [Fact]
    public async Task An_error_of_a_service_without_a_body_gets_one()
    {
        using var client = Gateway.Client();
        var answer = await Answer.ReadAsync(await client.GetAsync("/api/v1/items/EMPTY-405"));
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "METHOD_NOT_ALLOWED"), (answer.Http, answer.Reason));
    }

    [Fact]
    public async Task The_public_methods_are_reached_over_grpc()
    {
        using var channel = GrpcChannel.ForAddress(Gateway.GrpcAddress);
        var clock = await new CatalogService.CatalogServiceClient(channel).GetClockAsync(
            new GetClockRequest(), new Metadata { { "authorization", $"Bearer {TestTokens.Of("librarian")}" } });
        Assert.Equal("2026-01-31", clock.Today);
    }

    [Fact]
    public async Task Grpc_without_a_token_is_unauthenticated()
    {
        using var channel = GrpcChannel.ForAddress(Gateway.GrpcAddress);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new CatalogService.CatalogServiceClient(channel).GetClockAsync(new GetClockRequest()));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Theory]
    [InlineData("/library.catalog.v1.CatalogDirectory/GetLoansOf")]
    [InlineData("/library.finance.v1.FinanceDirectory/GetStanding")]
    [InlineData("/library.membership.v1.MembershipDirectory/GetContact")]
    [InlineData("/library.events.v1.EventsDirectory/GetRegistrationContact")]
    [InlineData("/library.operations.v1.OperationsService/RunDueJobs")]
    public async Task What_services_ask_each_other_is_not_there_outside(string path)
    {
        using var client = new HttpClient { BaseAddress = Gateway.GrpcAddress, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        client.DefaultRequestHeaders.Authorization = new("Bearer", TestTokens.Of("admin"));
        var answer = await Answer.ReadAsync(await client.PostAsync(path, null));
        Assert.Equal((HttpStatusCode.NotFound, "NOT_FOUND"), (answer.Http, answer.Reason));
    }

    [Fact]
    public async Task A_caller_cannot_say_from_where_it_comes()
    {
        using var client = Gateway.Client();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");
        var echo = await client.GetFromJsonAsync<Echo>("/api/v1/clock");
        Assert.DoesNotContain("203.0.113.7", echo!.Headers["x-forwarded-for"], StringComparison.Ordinal);
        Assert.Equal(("http", Gateway.Address.Authority, Gateway.Address.Authority), (echo.Headers["x-forwarded-proto"], echo.Headers["x-forwarded-host"], echo.Headers["host"]));
    }
}

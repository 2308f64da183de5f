using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Library.Membership.Service.Tests;

/// <summary>Membership on real servers, with Finance and Catalog in their places, and everything that it logs.</summary>
public abstract class MembershipTest : IAsyncLifetime
{
    protected const string OperatorSecret = "the-operator-of-the-tests";
    private readonly List<IAsyncDisposable> parts = [];

    protected TestHost Host { get; private set; } = null!;
    protected FakeFinance Finance { get; } = new();
    protected FakeCatalog Catalog { get; } = new();
    protected LogLines Log { get; } = new();
    protected FakePeer FinancePeer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        FinancePeer = await FakePeer.StartAsync(Finance);
        var catalog = await FakePeer.StartAsync(Catalog);
        parts.AddRange([FinancePeer, catalog]);
        CatalogAddress = catalog.Address;
        Host = await StartAsync();
        parts.Insert(0, Host);
    }

    protected string CatalogAddress { get; private set; } = "";

    /// <summary>One instance; a second one shares the first one's database.</summary>
    protected Task<TestHost> StartAsync(
        TestHost? beside = null, Action<WebApplicationBuilder>? adjust = null, Dictionary<string, string>? settings = null) => TestHost.StartAsync(
        "membership", MembershipApp.Build,
        new Dictionary<string, string>(settings ?? [])
        {
            ["services:finance:grpc:0"] = FinancePeer.Address,
            ["services:catalog:grpc:0"] = CatalogAddress,
            ["Operator:Secret"] = OperatorSecret,
            ["Logging:LogLevel:Default"] = "Information",
        },
        builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(Log);
            adjust?.Invoke(builder);
        },
        beside?.DatabaseName, beside?.MessagingPrefix);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts) await part.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected HttpClient Desk(string? language = null) => Host.Rest("librarian", "RAD", language);

    /// <summary>Ana Žnidaršič of Radovljica, with what a test changes.</summary>
    protected static JsonObject Ana(Action<JsonObject>? with = null, string branch = "RAD", string membership = "FULL")
    {
        var person = new JsonObject
        {
            ["givenName"] = "Ana", ["familyName"] = "Žnidaršič", ["birthDate"] = "1985-04-12", ["street"] = "Gorenjska cesta 1", ["postCode"] = "4240",
            ["city"] = "Radovljica", ["municipality"] = "Radovljica", ["email"] = "ana@example.org", ["phone"] = "+386 40 123 456", ["status"] = "EMPLOYED",
        };
        with?.Invoke(person);
        return new JsonObject
        {
            ["person"] = person, ["branch"] = branch, ["membership"] = membership, ["language"] = "sl",
            ["notices"] = new JsonArray(new JsonObject { ["kind"] = "REMINDER", ["channels"] = new JsonArray("EMAIL", "SMS") }),
        };
    }

    protected async Task<JsonElement> JoinAsync(JsonObject? form = null) => await OkAsync(await Desk().PostAsync("/api/v1/members", Json(form ?? Ana())));

    protected static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, JsonObject? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(body ?? []) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    protected static HttpContent Json(JsonObject body) => new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");

    protected static async Task<JsonElement> OkAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>The status that an error bears: its reason, and the rest.</summary>
    protected static async Task<(string Reason, JsonElement Status)> ErrorAsync(HttpResponseMessage response, HttpStatusCode code)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == code, $"{(int)response.StatusCode} {body}");
        var status = JsonDocument.Parse(body).RootElement;
        return (status.GetProperty("details")[0].GetProperty("reason").GetString()!, status);
    }

    protected Task<long> OutboxAsync(string message, string member) => Host.ScalarAsync<long>(
        "SELECT count(*) FROM outbox WHERE type LIKE '%.' || $1 AND aggregate = $2", message, member);

    protected async Task<JsonElement> ToldAsync(string message, string member) => JsonDocument.Parse(await Host.ScalarAsync<string>(
        "SELECT body FROM outbox WHERE type LIKE '%.' || $1 AND aggregate = $2 ORDER BY position DESC LIMIT 1", message, member)).RootElement;
}

/// <summary>Keeps what is logged.</summary>
public sealed class LogLines : ILoggerProvider
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
    }
}

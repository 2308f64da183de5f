using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Library.Membership.V1;
using Library.Testing;

namespace Library.Events.Service.Tests;

/// <summary>Membership as these tests need it: everybody exists but those who are named unknown.</summary>
public sealed class FakeMembership : MembershipDirectory.MembershipDirectoryBase
{
    public ConcurrentBag<string> Unknown { get; } = [];

    public override Task<Borrower> GetBorrower(GetBorrowerRequest request, ServerCallContext context) => Unknown.Contains(request.Member)
        ? throw new RpcException(new Status(StatusCode.NotFound, ""))
        : Task.FromResult(new Borrower { Member = request.Member, State = Member.Types.State.Active });
}

/// <summary>One events service for all tests of this program, and short ways to its doors.</summary>
public sealed class EventsHost : IAsyncLifetime
{
    private TestHost? host;
    private FakePeer? membership;

    public FakeMembership Membership { get; } = new();
    public TestHost Host => host ?? throw new InvalidOperationException("The host was not started.");
    public HttpClient Organiser => Host.Rest("organiser");

    public async ValueTask InitializeAsync()
    {
        membership = await FakePeer.StartAsync(Membership);
        host = await TestHost.StartAsync("events", EventsApp.Build, Settings(membership.Address));
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        if (membership is not null) await membership.DisposeAsync();
    }

    /// <summary>Nobody listens to the messages here, so they stay in the outbox; that the relay says so is no news.</summary>
    public static Dictionary<string, string> Settings(string membershipAddress) => new()
    {
        ["services:membership:grpc:0"] = membershipAddress,
        ["Logging:LogLevel:Library.ServiceDefaults.Messaging.OutboxRelay"] = "Error",
    };

    public static string NewMember() => $"members/{Guid.CreateVersion7():D}";

    /// <summary>A literary evening that begins in the given number of hours, and lasts two.</summary>
    public async Task<string> AnnounceAsync(int capacity, double inHours = 48)
    {
        var startsAt = Host.Clock.Now.ToDateTimeOffset().AddHours(inHours);
        var answer = await Organiser.PostAsJsonAsync("/api/v1/events", new
        {
            title = "Večer s pesnico", category = "LITERARY_EVENING", audience = "ADULTS", branch = "RAD", startsAt, endsAt = startsAt.AddHours(2), capacity,
        });
        return (await Answer.OkAsync(answer)).Text("name");
    }

    public Task<HttpResponseMessage> RegisterAsync(string parent, object body, string? key = null, HttpClient? client = null) =>
        PostAsync($"/api/v1/{parent}/registrations", body, key, client);

    public Task<HttpResponseMessage> CancelAsync(string name, HttpClient? client = null) => PostAsync($"/api/v1/{name}:cancel", new { }, null, client);

    private Task<HttpResponseMessage> PostAsync(string path, object body, string? key, HttpClient? client)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return (client ?? Organiser).SendAsync(request);
    }
}

[CollectionDefinition(nameof(EventsHost))]
public sealed class EventsCollection : ICollectionFixture<EventsHost>;

/// <summary>Reads answers and refusals.</summary>
public static class Answer
{
    public static async Task<JsonElement> OkAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public static async Task<Refusal> RefusedAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.False(response.IsSuccessStatusCode, text);
        var root = JsonDocument.Parse(text).RootElement;
        var details = root.GetProperty("details").EnumerateArray().ToDictionary(detail => detail.Text("@type").Split('.')[^1]);
        return new Refusal(
            (int)response.StatusCode, details["ErrorInfo"].Text("reason"), details["ErrorInfo"].Text("domain"),
            details["LocalizedMessage"].Text("locale"), details["LocalizedMessage"].Text("message"),
            details["ErrorInfo"].TryGetProperty("metadata", out var figures)
                ? figures.EnumerateObject().ToDictionary(figure => figure.Name, figure => figure.Value.GetString()!) : [],
            details.TryGetValue("BadRequest", out var bad)
                ? [.. bad.GetProperty("fieldViolations").EnumerateArray().Select(violation => violation.Text("field"))] : [],
            text);
    }

    public static string Text(this JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) ? value.GetString() ?? "" : "";
}

/// <summary>What a refusal says.</summary>
public sealed record Refusal(
    int Status, string Reason, string Domain, string Locale, string Message, IReadOnlyDictionary<string, string> Figures, IReadOnlyList<string> Fields, string Body);

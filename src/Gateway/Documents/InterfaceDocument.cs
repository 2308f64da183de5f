using System.Text.Json;
using System.Text.Json.Nodes;

namespace Library.Gateway.Documents;

/// <summary>
/// The one OpenAPI document, made of what the services serve. Kept for a minute; a service that was away is asked again at the
/// next request, and its last document stands meanwhile.
/// </summary>
public sealed class InterfaceDocument(IHttpClientFactory clients, IConfiguration configuration, TimeProvider time, ILogger<InterfaceDocument> log) : IDisposable
{
    public const string Client = "documents";
    /// <summary>Names the services whose part is missing.</summary>
    public const string Missing = "x-services-away";
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1), AskAwayAgain = TimeSpan.FromSeconds(2), Patience = TimeSpan.FromSeconds(3);

    private sealed record Part(JsonObject? Document, long AskedAt);

    private readonly IReadOnlyList<string> services = Edge.ServicesHealth.ServicesOf(configuration);
    private readonly Dictionary<string, Part> parts = [];
    private readonly SemaphoreSlim one = new(1);
    private string current = "";

    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            var stale = services.Where(IsStale).ToList();
            if (stale.Count == 0) return current;
            var fetched = await Task.WhenAll(stale.Select(service => FetchAsync(service, cancellationToken)));
            foreach (var (service, document) in stale.Zip(fetched))
                parts[service] = new Part(document ?? parts.GetValueOrDefault(service)?.Document, time.GetTimestamp());
            return current = Merge(services.Select(service => (service, parts[service].Document))).ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private bool IsStale(string service) =>
        !parts.TryGetValue(service, out var part) || time.GetElapsedTime(part.AskedAt) > (part.Document is null ? AskAwayAgain : KeptFor);

    private async Task<JsonObject?> FetchAsync(string service, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var text = await clients.CreateClient(Client).GetStringAsync($"http://{service}/openapi/v1.json", limit.Token);
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (Exception problem) when (problem is HttpRequestException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            log.LogWarning("The document of {Service} could not be fetched ({Problem})", service, problem.GetType().Name);
            return null;
        }
    }

    /// <summary>All paths, tags and components; of two with one name the first stands. Messages bear their full names, so that only equal ones meet.</summary>
    public static JsonObject Merge(IEnumerable<(string Service, JsonObject? Document)> parts)
    {
        var (paths, components, tags, away) = (new JsonObject(), new JsonObject(), new JsonArray(), new JsonArray());
        foreach (var (service, document) in parts)
        {
            if (document is null)
            {
                away.Add((JsonNode)service);
                continue;
            }
            foreach (var (path, item) in document["paths"] as JsonObject ?? []) AddAll(paths, path, item);
            foreach (var (kind, named) in document["components"] as JsonObject ?? []) AddAll(components, kind, named);
            foreach (var tag in document["tags"] as JsonArray ?? []) tags.Add(tag?.DeepClone());
        }
        var whole = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Library network",
                ["version"] = typeof(InterfaceDocument).Assembly.GetName().Version!.ToString(3),
                ["description"] = "Members, catalogue and loans, money, programme and notices of a network of public libraries. Errors are google.rpc.Status; "
                    + "Accept-Language chooses their language. Lists take pageSize and pageToken and give nextPageToken.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = components,
            ["tags"] = tags,
        };
        if (away.Count > 0) whole[Missing] = away;
        return whole;
    }

    private static void AddAll(JsonObject into, string key, JsonNode? members)
    {
        if (into[key] is not JsonObject target) into[key] = target = [];
        foreach (var (name, value) in members as JsonObject ?? [])
            target.TryAdd(name, value?.DeepClone());
    }
}

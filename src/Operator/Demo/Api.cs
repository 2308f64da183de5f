using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Library.Operator.Demo;

/// <summary>The public API of a running network, with a token for each role that is asked for. Counts what it did.</summary>
internal sealed class Api(RunningNetwork network, Uri gateway) : IDisposable
{
    private const int Attempts = 4;
    private readonly HttpClient http = new() { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(5) };
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> tokens = new();

    /// <summary>POST with an Idempotency-Key, so that an interrupted load can be repeated. Null where it exists already.</summary>
    /// <exception cref="OperatorException">The network refuses.</exception>
    internal async Task<JsonObject?> PostAsync(string role, string path, JsonObject body, string key, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = await RequestAsync(HttpMethod.Post, role, path, cancellation);
            request.Headers.Add("Idempotency-Key", key);
            request.Content = JsonContent.Create(body);
            using var answer = await http.SendAsync(request, cancellation);
            if (answer.IsSuccessStatusCode) return await ReadAsync(answer, cancellation);
            if (answer.StatusCode == HttpStatusCode.Conflict) return null;
            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) || attempt == Attempts)
                throw await RefusalAsync(path, answer, cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(500 * attempt), cancellation);
        }
    }

    internal async Task<JsonObject> GetAsync(string role, string path, CancellationToken cancellation)
    {
        using var request = await RequestAsync(HttpMethod.Get, role, path, cancellation);
        using var answer = await http.SendAsync(request, cancellation);
        return answer.IsSuccessStatusCode ? await ReadAsync(answer, cancellation) : throw await RefusalAsync(path, answer, cancellation);
    }

    /// <summary>Streams a file and gives the name of the operation.</summary>
    internal async Task<string> UploadAsync(string role, string path, string mediaType, Stream file, string key, CancellationToken cancellation)
    {
        using var request = await RequestAsync(HttpMethod.Post, role, path, cancellation);
        request.Headers.Add("Idempotency-Key", key);
        request.Content = new StreamContent(file);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using var answer = await http.SendAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode) throw await RefusalAsync(path, answer, cancellation);
        return (string)(await ReadAsync(answer, cancellation))["name"]!;
    }

    private async Task<HttpRequestMessage> RequestAsync(HttpMethod method, string role, string path, CancellationToken cancellation)
    {
        var token = await tokens.GetOrAdd(role, who => new Lazy<Task<string>>(() => TokenVerb.RequestAsync(network, who, cancellation))).Value;
        var request = new HttpRequestMessage(method, new Uri($"api/v1/{path}", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation) =>
        (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation))!;

    private static async Task<OperatorException> RefusalAsync(string path, HttpResponseMessage answer, CancellationToken cancellation)
    {
        var body = await answer.Content.ReadAsStringAsync(cancellation);
        return new OperatorException(string.Create(CultureInfo.InvariantCulture, $"{path}: {(int)answer.StatusCode} {body}"));
    }

    public void Dispose() => http.Dispose();
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Library.Catalog.Service.Tests;

/// <summary>An answer over REST.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Body)
{
    public string Text(string field) => Body.GetProperty(field).GetString()!;
    public long Number(string field) => Body.TryGetProperty(field, out var value) ? value.GetInt64() : 0;

    /// <summary>Of the status's ErrorInfo.</summary>
    public string Reason => Detail("google.rpc.ErrorInfo").GetProperty("reason").GetString()!;

    public string? Metadata(string key) => Detail("google.rpc.ErrorInfo").GetProperty("metadata").TryGetProperty(key, out var value) ? value.GetString() : null;

    /// <summary>Of the status's BadRequest, as "field:CODE".</summary>
    public IEnumerable<string> Violations => Detail("google.rpc.BadRequest").GetProperty("fieldViolations").EnumerateArray()
        .Select(violation => $"{violation.GetProperty("field").GetString()}:{violation.GetProperty("reason").GetString()}");

    public JsonElement Detail(string type) => Body.GetProperty("details").EnumerateArray().Single(detail => detail.GetProperty("@type").GetString()!.EndsWith(type, StringComparison.Ordinal));

    public Answer Succeeded()
    {
        Assert.True(Status == HttpStatusCode.OK, $"{Status}: {Body}");
        return this;
    }
}

public static class Http
{
    public static async Task<Answer> AskAsync(this HttpClient client, string path) => await ReadAsync(await client.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative)));

    public static async Task<Answer> SendAsync(this HttpClient client, string path, object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{path}") { Content = JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await ReadAsync(await client.SendAsync(request));
    }

    public static Task<Answer> LendAsync(this HttpClient client, string barcode, string cardNumber, string branch = "RAD", string? key = null) =>
        client.SendAsync("loans", new { barcode, cardNumber, branch }, key);

    public static Task<Answer> ReturnAsync(this HttpClient client, string barcode, string branch = "RAD", string? key = null) =>
        client.SendAsync("returns", new { barcode, branch }, key);

    public static async Task<Answer> ImportAsync(this HttpClient client, byte[] file, string query, string? type = "application/marc", string? key = null)
    {
        using var content = new ByteArrayContent(file);
        if (type is not null) content.Headers.ContentType = new(type);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/records:import?{query}") { Content = content };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await ReadAsync(await client.SendAsync(request));
    }

    public static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            return new Answer(response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
        }
    }
}

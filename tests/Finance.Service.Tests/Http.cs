using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Library.Finance.Service.Tests;

/// <summary>An answer over REST.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Body)
{
    public long Minor(string field) => Body.GetProperty(field).GetInt64();
    public string Text(string field) => Body.GetProperty(field).GetString()!;

    /// <summary>Of the status's ErrorInfo.</summary>
    public string Reason => Detail("google.rpc.ErrorInfo").GetProperty("reason").GetString()!;

    /// <summary>Of the status's BadRequest, as "field:CODE".</summary>
    public IEnumerable<string> Violations => Detail("google.rpc.BadRequest").GetProperty("fieldViolations").EnumerateArray()
        .Select(violation => $"{violation.GetProperty("field").GetString()}:{violation.GetProperty("reason").GetString()}");

    public JsonElement Detail(string type) => Body.GetProperty("details").EnumerateArray().Single(detail => detail.GetProperty("@type").GetString()!.EndsWith(type, StringComparison.Ordinal));
}

public static class Http
{
    public static object Cash(string member, long amountMinor, params string[] charges) =>
        new { member, amountMinor, currencyCode = "EUR", method = "CASH", branch = "RAD", charges };

    public static async Task<Answer> AskAsync(this HttpClient client, string path) => await ReadAsync(await client.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative)));

    public static async Task<Answer> PayAsync(this HttpClient client, object payment, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/payments") { Content = JsonContent.Create(payment) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await ReadAsync(await client.SendAsync(request));
    }

    private static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        using (response) return new Answer(response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Library.Operator;

/// <summary>
/// <c>messages</c>: what the services could not handle; <c>list</c>, <c>show NAME</c>, <c>replay NAME REASON</c>, <c>discard NAME REASON</c>.
/// Speaks to the gateway as an administrator, with the token in <c>LIBRARY_TOKEN</c> or, in Development, one of its own.
/// </summary>
internal static class MessagesVerb
{
    private const int MostPages = 50;
    private static readonly string[] Services = ["membership", "catalog", "finance", "events", "notifications"];

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (args is not ([] or ["list"] or ["show", _] or ["replay" or "discard", _, _]))
        {
            await Console.Error.WriteLineAsync("usage: messages [list] | show NAME | replay NAME REASON | discard NAME REASON     (NAME as list gives it)");
            return Exit.Usage;
        }

        var network = RunningNetwork.OfThisFolder();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        http.BaseAddress = new Uri(await AddressVerbs.UrlOfAsync(network, "gateway", cancellation) + "/api/v1/");
        var token = Environment.GetEnvironmentVariable("LIBRARY_TOKEN") is { Length: > 0 } given ? given : await TokenVerb.RequestAsync(network, "admin", cancellation);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        switch (args)
        {
            case ["show", var name]:
                Show(await SendAsync(http, HttpMethod.Get, name, null, cancellation));
                return Exit.Done;
            case [var verb and ("replay" or "discard"), var name, var reason]:
                Show(await SendAsync(http, HttpMethod.Post, $"{name}:{verb}", new JsonObject { ["reason"] = reason }, cancellation));
                return Exit.Done;
            default:
                return await ListAsync(http, cancellation);
        }
    }

    /// <summary>Those that wait and those that are dead, of every service; a service that is away is named and makes the exit code 1.</summary>
    private static async Task<int> ListAsync(HttpClient http, CancellationToken cancellation)
    {
        var (code, count) = (Exit.Done, 0);
        foreach (var service in Services)
        {
            try
            {
                var page = "";
                for (var pages = 0; pages < MostPages; pages++)
                {
                    var answer = await SendAsync(http, HttpMethod.Get, $"services/{service}/failedMessages?pageSize=200&pageToken={page}", null, cancellation);
                    foreach (var message in answer["failedMessages"]?.AsArray().OfType<JsonObject>() ?? [])
                    {
                        count++;
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                            $"{Text(message, "state"),-9} {Text(message, "name")}  {Text(message, "type").Split('.')[^1]} of {Text(message, "aggregate")}, {message["attempts"]} rounds, last {Text(message, "lastFailedAt")}: {Text(message, "problem")}"));
                    }

                    page = Text(answer, "nextPageToken");
                    if (page.Length == 0)
                    {
                        break;
                    }
                }
            }
            catch (OperatorException away)
            {
                Console.WriteLine($"{service}: {away.Message}");
                code = Exit.Failed;
            }
        }

        if (count == 0 && code == Exit.Done)
        {
            Console.WriteLine("No message has failed.");
        }

        return code;
    }

    private static void Show(JsonObject message)
    {
        foreach (var (field, value) in message)
        {
            Console.WriteLine($"{field,-14} {value}");
        }
    }

    private static string Text(JsonObject json, string field) => (string?)json[field] ?? "";

    private static async Task<JsonObject> SendAsync(HttpClient http, HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await http.SendAsync(request, cancellation);
            var json = await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation) ?? [];
            return answer.IsSuccessStatusCode ? json : throw new OperatorException($"{(int)answer.StatusCode} {Text(json, "message")}");
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException)
        {
            throw new OperatorException($"The gateway cannot be reached: {e.Message}");
        }
    }
}

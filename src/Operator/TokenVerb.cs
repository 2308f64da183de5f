using System.Globalization;
using System.Text.Json;

namespace Library.Operator;

/// <summary><c>token ROLE[@BRANCH]</c> or <c>token member:CARD</c>: an access token, in Development.</summary>
internal static class TokenVerb
{
    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (args is not [{ Length: > 0 } who])
        {
            await Console.Error.WriteLineAsync("usage: token librarian|accountant|organiser|admin|partner|kiosk[@BRANCH]   or   token member:CARD");
            return Exit.Usage;
        }

        Console.WriteLine(await RequestAsync(RunningNetwork.OfThisFolder(), who, cancellation));
        return Exit.Done;
    }

    /// <param name="network">A running one.</param>
    /// <param name="who"><c>ROLE</c>, <c>ROLE@BRANCH</c> or <c>member:CARD</c>.</param>
    /// <param name="cancellation">Of the request.</param>
    /// <exception cref="OperatorException">The network refuses.</exception>
    internal static async Task<string> RequestAsync(RunningNetwork network, string who, CancellationToken cancellation)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "urn:library:development",
            ["client_id"] = "operator",
            ["client_secret"] = network.Secret("operator-secret"),
        };
        switch (who.Split(':', 2))
        {
            case ["member", var card]:
                (form["role"], form["card"]) = ("member", card);
                break;
            default:
                var parts = who.Split('@', 2);
                form["role"] = parts[0];
                if (parts is [_, var branch])
                {
                    form["branch"] = branch;
                }

                break;
        }

        var gateway = await AddressVerbs.UrlOfAsync(network, "gateway", cancellation);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(15) };
        using var content = new FormUrlEncodedContent(form);
        try
        {
            using var answer = await http.PostAsync(new Uri($"{gateway}/connect/token"), content, cancellation);
            var body = await answer.Content.ReadAsStringAsync(cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw new OperatorException(string.Create(CultureInfo.InvariantCulture, $"No token for {who}: {(int)answer.StatusCode} {body}"));
            }

            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("access_token").GetString() ?? throw new OperatorException("The answer holds no token.");
        }
        catch (HttpRequestException e)
        {
            throw new OperatorException($"The gateway at {gateway} cannot be reached: {e.Message}");
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Library.Testing;

[assembly: AssemblyFixture(typeof(Library.Acceptance.RunningLibrary))]

namespace Library.Acceptance;

/// <summary>
/// A whole network, started through the AppHost in a folder of its own, empty but for the network's configuration. Every test
/// speaks with it through the gateway, as the world does. It is stopped at the end; the next one in its folder wipes it. The tests share
/// one; a class that needs another derives its fixture from this one.
/// </summary>
public class RunningLibrary : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);
    private readonly string home;
    private readonly string[] arguments;
    private readonly Dictionary<string, string> tokens = [];
    private readonly StringBuilder appHostOutput = new();
    private Process? appHost;

    public RunningLibrary()
        : this("system-test", "--Network=radovljica")
    {
    }

    /// <param name="folder">Under <c>.local</c>; no other network may use it.</param>
    /// <param name="arguments">Of the AppHost, for example <c>--Network=NAME</c>, <c>--Replicas=N</c>.</param>
    protected RunningLibrary(string folder, params string[] arguments) => (home, this.arguments) = (Path.Combine(Root, ".local", folder), arguments);

    public Collector Collector { get; } = new();
    public Uri Gateway { get; private set; } = new("http://localhost");
    public Uri Mail { get; private set; } = new("http://localhost");

    /// <summary>Where the gateway speaks gRPC.</summary>
    public Uri GatewayGrpc => new($"http://localhost:{JsonNode.Parse(File.ReadAllText(Path.Combine(home, "state.json")))!["parts"]!.AsArray().First(part => (string?)part!["name"] == "gateway")!["ports"]!["grpc"]}");
    public string Home => home;

    public static string Root
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Library.sln"))) return folder.FullName;
            throw new InvalidOperationException("These tests run in the repository only.");
        }
    }

    public virtual async ValueTask InitializeAsync()
    {
        if (UpgradeTests.From is not null) return; // it starts networks of its own
        await Collector.StartAsync();
        await RunAsync("down");
        if (Directory.Exists(home)) Directory.Delete(home, recursive: true);
        Directory.CreateDirectory(home);
        Prepare();
        appHost = Start("AppHost", arguments);
        appHost.OutputDataReceived += (_, line) => { lock (appHostOutput) appHostOutput.AppendLine(line.Data); };
        appHost.ErrorDataReceived += (_, line) => { lock (appHostOutput) appHostOutput.AppendLine(line.Data); };
        appHost.BeginOutputReadLine();
        appHost.BeginErrorReadLine();
        var (code, text) = await RunAsync("wait", ((int)StartLimit.TotalSeconds).ToString(CultureInfo.InvariantCulture), $"{appHost.Id}");
        Assert.True(code == 0, $"The network did not become healthy: {text}\n{appHostOutput}");
        Gateway = new Uri((await RunAsync("url", "gateway")).Text.Trim());
        Mail = new Uri((await RunAsync("url", "mail")).Text.Trim());
    }

    public virtual async ValueTask DisposeAsync()
    {
        await RunAsync("down");
        if (appHost is not null)
        {
            await appHost.WaitForExitAsync();
            appHost.Dispose();
        }
        await Collector.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What a fixture does in its folder before anything starts there.</summary>
    protected virtual void Prepare()
    {
    }

    /// <summary>A client of the gateway with a token as <c>./library token</c> gives it; null for none.</summary>
    public async Task<HttpClient> AsAsync(string? who, string? language = null)
    {
        var client = new HttpClient { BaseAddress = Gateway, Timeout = TimeSpan.FromMinutes(5) };
        if (who is not null)
        {
            if (!tokens.TryGetValue(who, out var token))
            {
                var (code, text) = await RunAsync("token", who);
                Assert.True(code == 0, $"No token for {who}: {text}");
                tokens[who] = token = text.Trim();
            }
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        if (language is not null) client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        return client;
    }

    /// <summary>Stops or starts one part as the operator would.</summary>
    public Task PartAsync(string verb, string name) => OperatorDoesAsync(verb, name);

    /// <summary>Another verb of <c>./library</c>, which must succeed.</summary>
    public async Task OperatorDoesAsync(params string[] arguments)
    {
        var (code, text) = await RunAsync(arguments);
        Assert.True(code == 0, text);
    }

    /// <summary>Mails that the catcher holds for an address, newest last.</summary>
    public async Task<IReadOnlyList<JsonObject>> MailsToAsync(string address)
    {
        using var client = new HttpClient { BaseAddress = Mail };
        var mails = (await client.GetFromJsonAsync<JsonArray>("/api/email"))!;
        return [.. mails.OfType<JsonObject>().Where(mail => mail["to"]!.AsArray().Any(to => (string?)to!["address"] == address))];
    }

    /// <summary>Whatever a service has logged, for "nothing personal in a log".</summary>
    public IEnumerable<string> LogFiles() => Directory.EnumerateFiles(Path.Combine(home, "logs"), "*.log");

    private Process Start(string project, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.ArgumentList.Add(Path.Combine(Root, "artifacts", "bin", project, "release", $"{project}.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["LIBRARY_HOME"] = home;
        start.Environment["LIBRARY_PG_FSYNC"] = Environment.GetEnvironmentVariable("LIBRARY_PG_FSYNC") ?? "off";
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Address;
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        return Process.Start(start)!;
    }

    /// <summary>A verb of the operator's, as <c>./library</c> calls it.</summary>
    public async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using var process = Start("Operator", arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await error);
    }
}

/// <summary>Short words for what the tests do over REST.</summary>
public static class Rest
{
    public static async Task<(int Code, JsonObject Body)> TryPostAsync(this HttpClient client, string path, JsonObject body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{path}") { Content = JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var answer = await client.SendAsync(request);
        return ((int)answer.StatusCode, await ReadAsync(answer));
    }

    public static async Task<JsonObject> PostAsync(this HttpClient client, string path, JsonObject body, string? key = null)
    {
        var (code, answer) = await client.TryPostAsync(path, body, key);
        Assert.True(code == 200, $"POST {path}: {code} {answer}");
        return answer;
    }

    public static async Task<(int Code, JsonObject Body)> TryGetAsync(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative));
        return ((int)answer.StatusCode, await ReadAsync(answer));
    }

    public static async Task<JsonObject> FetchAsync(this HttpClient client, string path)
    {
        var (code, answer) = await client.TryGetAsync(path);
        Assert.True(code == 200, $"GET {path}: {code} {answer}");
        return answer;
    }

    /// <summary>A member's account.</summary>
    public static Task<JsonObject> AccountAsync(HttpClient librarian, string member) => librarian.FetchAsync($"accounts/{member["members/".Length..]}");

    public static DateOnly Date(JsonNode text) => DateOnly.ParseExact((string)text!, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>The reason that the status names.</summary>
    public static string Reason(this JsonObject status) =>
        (string?)status["details"]?.AsArray().FirstOrDefault(detail => (string?)detail!["reason"] is not null)?["reason"] ?? $"no reason in {status}";

    /// <summary>The text for the caller and its language.</summary>
    public static (string Locale, string Message) Localized(this JsonObject status)
    {
        var detail = status["details"]!.AsArray().First(detail => (string?)detail!["locale"] is not null)!;
        return ((string)detail["locale"]!, (string)detail["message"]!);
    }

    /// <summary>The fields that the status calls wrong.</summary>
    public static IReadOnlyList<string> Fields(this JsonObject status) =>
        [.. status["details"]!.AsArray().Where(detail => detail!["fieldViolations"] is not null)
            .SelectMany(detail => detail!["fieldViolations"]!.AsArray()).Select(violation => (string)violation!["field"]!)];

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? new JsonObject { ["text"] = text };
        }
        catch (System.Text.Json.JsonException)
        {
            return new JsonObject { ["text"] = text };
        }
    }
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>What alarms and dashboard go by, held against what the running network tells.</summary>
public sealed partial class MetricsTests(RunningLibrary library)
{
    /// <summary>Prometheus' own, and those of node_exporter.</summary>
    private static readonly Regex NotOurs = new("^(up|node_.*)$");

    [Fact]
    public async Task Every_metric_of_alarms_and_dashboard_is_told_by_a_service()
    {
        await DoALittleOfEverythingAsync();
        var wanted = NamesIn(Expressions()).Where(name => !NotOurs.IsMatch(name)).Distinct().ToList();
        Assert.True(wanted.Count > 20, "Where are they?");
        await Eventually.SeesAsync(
            async () => string.Join(", ", wanted.Except((await ScrapeAsync()).SelectMany(scrape => scrape.Value.Select(series => series.Split('{', ' ')[0])))),
            missing => missing.Length == 0, "no metric is missing");
    }

    [Fact]
    public async Task Metrics_name_routes_and_reasons_but_nobody()
    {
        var joined = await library.JoinAsync($"{Desk.Unique("meritev")}@example.org");
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Meritev {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        await librarian.FetchAsync((string)joined["name"]!);
        await librarian.FetchAsync($"items/{barcode}");
        var all = (await ScrapeAsync()).SelectMany(scrape => scrape.Value).ToList();
        string[] secrets = [((string)joined["name"]!)["members/".Length..], (string)joined["cardNumber"]!, barcode, "example.org", "Password"];
        Assert.DoesNotContain(all, series => secrets.Any(secret => series.Contains(secret, StringComparison.OrdinalIgnoreCase)));
        Assert.Contains(all, series => series.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)
            && series.Contains("http_route=\"/api/v1/items/{**rest}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(all, series => series.StartsWith("http_server", StringComparison.Ordinal) && series.Contains("/metrics", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_gateway_tells_nobody_outside()
    {
        using var client = await library.AsAsync(null);
        using var answer = await client.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(404, (int)answer.StatusCode);
    }

    private async Task DoALittleOfEverythingAsync()
    {
        using var librarian = await library.AsAsync("librarian@RAD");
        var joined = await library.JoinAsync($"{Desk.Unique("meritev")}@example.org");
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Meritev {Desk.Unique("naslov")}"));
        await library.PayAsync((string)joined["name"]!, 2_000);
        var loan = await librarian.PostAsync("loans", Desk.Loan(barcode, (string)joined["cardNumber"]!));
        await librarian.PostAsync($"{loan["name"]}:renew", []);
        await librarian.TryPostAsync("loans", Desk.Loan("NO-SUCH-ITEM", (string)joined["cardNumber"]!)); // a refusal
        await librarian.PostAsync("returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "RAD" });
        await library.RegisterAsync((string)joined["name"]!, "Večer meritev"); // a notice
    }

    /// <summary>The samples of each process, found as Prometheus finds them.</summary>
    private async Task<IReadOnlyDictionary<string, string[]>> ScrapeAsync()
    {
        await library.OperatorDoesAsync("targets");
        using var client = new HttpClient();
        var scrapes = new Dictionary<string, string[]>();
        foreach (var target in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(library.Home, "targets.json")))!.AsArray())
        {
            var text = await client.GetStringAsync(new Uri($"http://{target!["targets"]![0]}/metrics"));
            scrapes[(string)target["labels"]!["service"]!] = [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#')];
        }
        Assert.Equal(6, scrapes.Count);
        return scrapes;
    }

    private static IEnumerable<string> Expressions()
    {
        var folder = Path.Combine(RunningLibrary.Root, "deploy", "monitoring");
        foreach (Match rule in AlarmExpression().Matches(File.ReadAllText(Path.Combine(folder, "alerts.yml")))) yield return rule.Groups["expr"].Value;
        foreach (var panel in JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "dashboard.json")))!["panels"]!.AsArray())
            foreach (var target in panel!["targets"]?.AsArray() ?? []) yield return (string)target!["expr"]!;
    }

    /// <summary>Metrics stand before their labels, a range, or a closing bracket; what stands within labels or after <c>by</c> is none.</summary>
    private static IEnumerable<string> NamesIn(IEnumerable<string> expressions) => expressions
        .Select(expression => LabelList().Replace(Labels().Replace(expression, ""), ""))
        .SelectMany(expression => Name().Matches(expression).Select(match => match.Value));

    [GeneratedRegex(@"expr: (\|\n(?<expr>(          .*\n)+)|(?<expr>.*)\n)", RegexOptions.ExplicitCapture)]
    private static partial Regex AlarmExpression();

    [GeneratedRegex("""\{([^{}"]|"[^"]*")*\}""")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\bby \([^)]*\)")]
    private static partial Regex LabelList();

    [GeneratedRegex(@"\b(up|[a-z]+(_[a-z]+)+)\b(?!\()", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}

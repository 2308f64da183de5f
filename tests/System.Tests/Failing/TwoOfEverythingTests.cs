using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance.Failing;

/// <summary>A network with two instances of every service (<c>--replicas 2</c>).</summary>
public sealed class TwoOfEverything() : RunningLibrary("system-test-two", "--Network=radovljica", "--Replicas=2");

/// <summary>Two instances are as one: no effect happens twice, and either may go.</summary>
public sealed class TwoOfEverythingTests(TwoOfEverything library) : IClassFixture<TwoOfEverything>
{
    private readonly Parts parts = new(library.Home);

    [Fact]
    public async Task Requests_are_spread_over_both_and_either_knows_the_tokens_and_keys_of_the_other()
    {
        var joined = await library.JoinAsync($"{Desk.Unique("dva")}@example.org");
        var copy = await library.AddCopyAsync(await library.ImportAsync($"Dvakrat {Desk.Unique("naslov")}"));
        using var librarian = await library.AsAsync("librarian@RAD");
        var key = Desk.Unique("key-");
        var body = Desk.Loan(copy, (string)joined["cardNumber"]!).ToJsonString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => librarian.TryPostAsync("loans", (JsonObject)JsonNode.Parse(body)!, key)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Code));
        Assert.Single(answers.Select(answer => answer.Body.ToJsonString()).Distinct());

        for (var n = 0; n < 10; n++) await librarian.FetchAsync($"accounts/{((string)joined["name"]!)["members/".Length..]}");
        // over gRPC, service to service: a card that the desk does not know is asked for
        for (var n = 0; n < 10; n++) await librarian.TryPostAsync("loans", Desk.Loan(copy, $"NO-SUCH-{n}"));
        await Eventually.IsTrueAsync(async () => await ServedAsync("finance", "/api") && await ServedAsync("membership", "GetBorrower"), "both instances of each have served");
    }

    [Fact]
    public async Task A_days_jobs_run_once_and_one_relay_publishes()
    {
        var record = await library.ImportAsync($"Opomin {Desk.Unique("naslov")}");
        using var librarian = await library.AsAsync("librarian@RAD");
        var members = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            var joined = await library.JoinAsync($"{Desk.Unique("opomin")}@example.org");
            members.Add((string)joined["name"]!);
            await librarian.PostAsync("loans", Desk.Loan(await library.AddCopyAsync(record), (string)joined["cardNumber"]!));
        }
        using var admin = await library.AsAsync("admin");
        await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 30 });

        var told = await parts.ReadAsync("catalog", "SELECT (body::jsonb ->> 'member') || ' ' || (body::jsonb ->> 'level') FROM outbox WHERE type LIKE '%.ReminderDue'");
        Assert.All(members, member => Assert.Contains($"{member} 1", told));
        Assert.Equal(told.Distinct(), told);
        foreach (var service in Chaos.Services)
            Assert.Equal(["1"], await parts.ReadAsync(service, "SELECT count(*)::text FROM lease WHERE name = 'relay' AND held_until > clock_timestamp()"));
        var (code, text) = await library.RunAsync("reconcile", "--wait", "60");
        Assert.True(code == 0, text);
    }

    [Fact]
    public Task Whichever_instance_is_killed_nothing_acknowledged_is_lost_or_happens_twice() =>
        new Chaos(library, [.. Chaos.Services, .. Chaos.Services.Select(service => $"relay of {service}")]).RunAsync(kills: 4, seed: Random.Shared.Next(1, 1_000_000));

    /// <summary>Both instances have a figure of theirs for what the text is in the name of.</summary>
    private async Task<bool> ServedAsync(string service, string text)
    {
        using var client = new HttpClient();
        foreach (var instance in parts.All().Where(part => part.Name == service))
        {
            var metrics = await client.GetStringAsync(new Uri($"{instance.Url}/metrics"));
            if (!metrics.Split('\n').Any(line => line.Contains("_count", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal))) return false;
        }
        return true;
    }
}

using System.Net;
using System.Text.Json;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Home delivery: who is entitled, what a round sets aside, what its record lends and takes back, and the carrier's list.</summary>
public sealed class HomeDeliveryTests(CatalogNetwork network)
{
    private static async Task<Reader> AtHomeAsync(TestHost catalog, HttpClient desk, bool restricted = false)
    {
        var reader = await catalog.ReaderAsync(restricted: restricted);
        (await desk.SendAsync("homeReaders", new { member = reader.Name, roundCode = "R-1" })).Succeeded();
        return reader;
    }

    private static async Task<string> CarrierAsync(HttpClient desk, string kind = "VOLUNTEER")
    {
        var code = Desk.New("V");
        (await desk.SendAsync("homeCarriers", new { code, kind })).Succeeded();
        return code;
    }

    private static object Stop(Reader reader, string[]? bring = null, string[]? fetch = null) => new { member = reader.Name, bring = bring ?? [], fetch = fetch ?? [] };

    private static async Task<Answer> PlanAsync(TestHost catalog, HttpClient desk, params object[] stops) =>
        await desk.SendAsync("homeRounds", new { branch = "RAD", plannedOn = catalog.Clock.Today.Iso(), carrier = await CarrierAsync(desk), stops });

    private static Dictionary<string, string> States(JsonElement stop) => stop.GetProperty("copies").EnumerateArray()
        .ToDictionary(copy => copy.GetProperty("barcode").GetString()!, copy => string.Join(' ', copy.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()).Prepend(copy.GetProperty("state").GetString())));

    private static async Task<string> ItemStateAsync(HttpClient desk, string barcode) => (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state");

    [Fact]
    public async Task What_is_brought_is_lent_and_what_is_fetched_is_returned()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await AtHomeAsync(catalog, desk);
        var (first, second, old) = (await catalog.ItemAsync(), await catalog.ItemAsync(), await catalog.ItemAsync());
        await catalog.LentAsync(ana, old);
        var round = (await PlanAsync(catalog, desk, Stop(ana, [first, second], [old]))).Succeeded().Text("name");
        Assert.Equal("ON_HOLD_SHELF", await ItemStateAsync(desk, first));
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(first, (await catalog.ReaderAsync()).Card)).Reason);

        var stop = (await desk.SendAsync($"{round}:record", new { position = 1, brought = new[] { first }, fetched = new[] { old } })).Succeeded();
        var states = States(stop.Body);
        Assert.Equal(("DONE", "PENDING", "DONE"), (states[first], states[second], states[old]));
        Assert.Equal(("ON_LOAN", "AVAILABLE"), (await ItemStateAsync(desk, first), await ItemStateAsync(desk, old)));

        for (var twice = 0; twice < 2; twice++)
            Assert.False((await desk.SendAsync($"{round}:close", new { })).Succeeded().Body.GetProperty("open").GetBoolean());
        Assert.Equal("AVAILABLE", await ItemStateAsync(desk, second));
        (await desk.LendAsync(second, (await catalog.ReaderAsync()).Card)).Succeeded();
        Assert.Equal("ROUND_CLOSED", (await desk.SendAsync($"{round}:record", new { position = 1, brought = new[] { second } })).Reason);

        // what came back later is free for everybody
        (await desk.ReturnAsync(first)).Succeeded();
        (await desk.LendAsync(first, (await catalog.ReaderAsync()).Card)).Succeeded();
    }

    [Fact]
    public async Task A_copy_that_the_rules_refuse_is_named_with_the_reasons_and_can_be_recorded_again()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await AtHomeAsync(catalog, desk);
        var (good, inHouse) = (await catalog.ItemAsync(), await catalog.ItemAsync(lending: "READING_ROOM_ONLY"));
        var round = (await PlanAsync(catalog, desk, Stop(ana, [good, inHouse]))).Succeeded().Text("name");
        await catalog.ExecuteAsync("UPDATE borrower SET restricted = true WHERE member = $1", ana.Id);
        var refused = States((await desk.SendAsync($"{round}:record", new { position = 1, brought = new[] { good, inHouse } })).Succeeded().Body);
        Assert.Equal(("REFUSED MEMBER_RESTRICTED", "REFUSED MEMBER_RESTRICTED ITEM_NOT_FOR_LOAN"), (refused[good], refused[inHouse]));
        await catalog.ExecuteAsync("UPDATE borrower SET restricted = false WHERE member = $1", ana.Id);
        var again = States((await desk.SendAsync($"{round}:record", new { position = 1, brought = new[] { good, inHouse } })).Succeeded().Body);
        Assert.Equal(("DONE", "REFUSED ITEM_NOT_FOR_LOAN"), (again[good], again[inHouse]));
        (await desk.SendAsync($"{round}:close", new { })).Succeeded();
        Assert.Equal("AVAILABLE", await ItemStateAsync(desk, inHouse));
    }

    [Fact]
    public async Task A_stop_recorded_at_two_desks_at_once_and_again_lends_and_fines_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (ana, key) = (await AtHomeAsync(catalog, desk), Guid.NewGuid().ToString("N"));
        var (barcode, old) = (await catalog.ItemAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(ana, old);
        await catalog.WasDueAsync(loan, 3);
        var round = (await PlanAsync(catalog, desk, Stop(ana, [barcode], [old]))).Succeeded().Text("name");
        var body = new { position = 1, brought = new[] { barcode }, fetched = new[] { old } };
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => desk.SendAsync($"{round}:record", body, n < 2 ? key : null)));
        Assert.All(answers.Append(await desk.SendAsync($"{round}:record", body, key)), answer => Assert.All(States(answer.Succeeded().Body).Values, state => Assert.Equal("DONE", state)));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE barcode = $1", barcode));
        Assert.Equal(90L, await catalog.ScalarAsync<long>("SELECT sum(amount_minor)::bigint FROM pending_charge WHERE member = $1", ana.Id));
        Assert.Equal(1, await catalog.ToldAsync<ItemReturned>(loan));
    }

    [Fact]
    public async Task What_is_fetched_counts_from_the_day_of_the_round_however_late_it_is_recorded()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (ana, old) = (await AtHomeAsync(catalog, desk), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(ana, old);
        var round = (await PlanAsync(catalog, desk, Stop(ana, fetch: [old]))).Succeeded().Text("name");
        await catalog.ExecuteAsync("UPDATE loan SET lent_at = lent_at - interval '30 days', due_on = $2 WHERE barcode = $1", old, catalog.Clock.Today.PlusDays(-5));
        await catalog.ExecuteAsync("UPDATE home_round SET planned_on = $2 WHERE id = $1", Guid.Parse(round["homeRounds/".Length..]), catalog.Clock.Today.PlusDays(-3));
        (await desk.SendAsync($"{round}:record", new { position = 1, fetched = new[] { old } })).Succeeded();
        var returned = (await desk.AskAsync($"{loan}?purpose=DISPUTE")).Succeeded();
        Assert.Equal("RETURNED", returned.Text("state"));
        Assert.Equal(2, await catalog.ScalarAsync<int>("SELECT overdue_days FROM loan WHERE barcode = $1", old));
    }

    [Fact]
    public async Task Who_is_not_entitled_and_what_is_not_free_is_on_no_round()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (ana, stranger) = (await AtHomeAsync(catalog, desk), await catalog.ReaderAsync());
        var today = catalog.Clock.Today;
        var (barcode, lent, elsewhere) = (await catalog.ItemAsync(), await catalog.ItemAsync(), await catalog.ItemAsync("BLE"));
        await catalog.LentAsync(stranger, lent);
        var unentitled = await PlanAsync(catalog, desk, Stop(ana, [barcode]), Stop(stranger, [await catalog.ItemAsync()]));
        Assert.Equal(("READER_NOT_ENTITLED", "2"), (unentitled.Reason, unentitled.Metadata("stop")));
        (await desk.SendAsync("homeReaders", new { member = stranger.Name, roundCode = "R-2", entitledFrom = today.PlusDays(1).Iso() })).Succeeded();
        Assert.Equal("READER_NOT_ENTITLED", (await PlanAsync(catalog, desk, Stop(stranger, [barcode]))).Reason);
        foreach (var other in new[] { lent, elsewhere })
        {
            var refused = await PlanAsync(catalog, desk, Stop(ana, [other]));
            Assert.Equal(("ITEM_NOT_FREE", other), (refused.Reason, refused.Metadata("barcode")));
        }
        Assert.Equal("ITEM_NOT_WITH_READER", (await PlanAsync(catalog, desk, Stop(ana, [barcode], [lent]))).Reason);
        Assert.Equal("AVAILABLE", await ItemStateAsync(desk, barcode)); // all of it or nothing
        Assert.Equal(HttpStatusCode.NotFound, (await PlanAsync(catalog, desk, Stop(ana, ["NO-SUCH"]))).Status);
        Assert.Equal("member", (await desk.SendAsync("homeReaders", new { member = $"members/{Guid.NewGuid():D}", roundCode = "R" })).Metadata("kind"));
    }

    [Fact]
    public async Task One_copy_is_on_one_round_however_many_plan_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 4; round++)
        {
            var (barcode, other, ana, bine) = (await catalog.ItemAsync(), await catalog.ItemAsync(), await AtHomeAsync(catalog, desk), await AtHomeAsync(catalog, desk));
            var cene = await catalog.ReaderAsync(); // at the desk; a copy that is set aside for Ana she could have there
            var answers = await Task.WhenAll(
                PlanAsync(catalog, desk, Stop(ana, [barcode, other])), PlanAsync(catalog, desk, Stop(bine, [other, barcode])), desk.LendAsync(barcode, cene.Card));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Contains(answer.Reason, new[] { "ITEM_NOT_FREE", "ITEM_HELD_FOR_ANOTHER", "ITEM_ON_LOAN" }));
        }
    }

    [Fact]
    public async Task Bad_fields_are_named_all_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await AtHomeAsync(catalog, desk);
        Assert.Equal(
            ["branch:UNKNOWN", "plannedOn:PAST", "carrier:REQUIRED", "stops[0].bring[1]:TWICE", "stops[1].member:TWICE", "stops[1].bring:REQUIRED"],
            (await desk.SendAsync("homeRounds", new { branch = "NOWHERE", plannedOn = "2020-01-01", stops = new[] { Stop(ana, ["A", "A"]), Stop(ana) } })).Violations);
        Assert.Equal(["roundCode:FORMAT", "entitledUntil:BEFORE"],
            (await desk.SendAsync("homeReaders", new { member = ana.Name, roundCode = "with spaces", entitledFrom = "2026-02-02", entitledUntil = "2026-02-01" })).Violations);
        var carrier = await CarrierAsync(desk);
        Assert.Equal(HttpStatusCode.Conflict, (await desk.SendAsync("homeCarriers", new { code = carrier, kind = "STAFF" })).Status);
        Assert.True((await desk.SendAsync($"homeCarriers/{carrier}:retire", new { })).Succeeded().Body.GetProperty("retired").GetBoolean());
        var retired = await desk.SendAsync("homeRounds", new { branch = "RAD", plannedOn = catalog.Clock.Today.Iso(), carrier, stops = new[] { Stop(ana, [await catalog.ItemAsync()]) } });
        Assert.Equal(["carrier:UNKNOWN"], retired.Violations);
        var round = (await PlanAsync(catalog, desk, Stop(ana, [await catalog.ItemAsync()]))).Succeeded().Text("name");
        Assert.Equal(["brought[0]:UNKNOWN"], (await desk.SendAsync($"{round}:record", new { position = 1, brought = new[] { "OTHER" } })).Violations);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync($"{round}:close", new { })).Status);
        using var member = catalog.RestAsMember(ana.Name);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.AskAsync(round)).Status);
    }

    [Fact]
    public async Task The_carriers_list_has_names_of_the_moment_and_else_the_end_of_a_card()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", language: "sl");
        var (ana, bine) = (await AtHomeAsync(catalog, desk), await AtHomeAsync(catalog, desk));
        network.Membership.Contacts[ana.Name] = new Contact { GivenName = "Ana", FamilyName = "<Novak>", Email = "ana@example.org", Phone = "041 000 000" };
        var barcode = await catalog.ItemAsync();
        var round = (await PlanAsync(catalog, desk, Stop(ana, [barcode]), Stop(bine, [await catalog.ItemAsync()]))).Succeeded().Text("name");
        using var printed = await desk.GetAsync(new Uri($"/api/v1/{round}:print", UriKind.Relative));
        var page = await printed.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "no-store"), (printed.StatusCode, printed.Headers.CacheControl?.ToString()));
        Assert.Contains("1. Ana &lt;Novak&gt;", page, StringComparison.Ordinal);
        Assert.Contains($"2. …{bine.Card[^4..]}", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Contains("Prinesi", page, StringComparison.Ordinal);
        Assert.Contains(barcode, page, StringComparison.Ordinal);
        Assert.All(new[] { "example.org", "041 000 000", bine.Card, ana.Id.ToString("D") }, more => Assert.DoesNotContain(more, page, StringComparison.Ordinal));
        using var bled = catalog.Rest("librarian", "BLE");
        using var refused = await bled.GetAsync(new Uri($"/api/v1/{round}:print", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Counts_are_by_the_kind_of_carrier_and_lists_by_day()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (day, ana) = (catalog.Clock.Today.PlusDays(400), await AtHomeAsync(catalog, desk));
        var (brought, left) = (await catalog.ItemAsync("KRO"), await catalog.ItemAsync("KRO"));
        var carrier = await CarrierAsync(desk, "STAFF");
        var round = (await desk.SendAsync("homeRounds", new { branch = "KRO", plannedOn = day.Iso(), carrier, stops = new[] { Stop(ana, [brought, left]) } })).Succeeded().Text("name");
        (await desk.SendAsync($"{round}:record", new { position = 1, brought = new[] { brought } })).Succeeded();
        var counts = (await desk.AskAsync($"homeDeliveryCounts?from={day.Iso()}&to={day.Iso()}&branch=KRO")).Succeeded().Body.GetProperty("ofKinds");
        var own = Assert.Single(counts.EnumerateArray());
        Assert.Equal(("STAFF", 1, 1, 1, 0), (own.GetProperty("carrierKind").GetString(), own.GetProperty("rounds").GetInt64(), own.GetProperty("stops").GetInt64(),
            own.GetProperty("brought").GetInt64(), own.GetProperty("fetched").GetInt64()));
        Assert.Equal(["to:BEFORE"], (await desk.AskAsync($"homeDeliveryCounts?from={day.Iso()}&to={day.PlusDays(-1).Iso()}")).Violations);
        Assert.Contains((await desk.AskAsync("homeRounds?branch=KRO&openOnly=true&pageSize=200")).Succeeded().Body.GetProperty("homeRounds").EnumerateArray(), each => each.GetProperty("name").GetString() == round);
        (await desk.SendAsync($"{round}:close", new { })).Succeeded();
        Assert.DoesNotContain((await desk.AskAsync("homeRounds?branch=KRO&openOnly=true&pageSize=200")).Succeeded().Body.GetProperty("homeRounds").EnumerateArray(), each => each.GetProperty("name").GetString() == round);
    }

    [Fact]
    public async Task Readers_are_listed_by_round_and_who_left_is_forgotten()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (code, today) = (Desk.New("R"), catalog.Clock.Today);
        var readers = new List<Reader>();
        for (var n = 0; n < 3; n++)
        {
            readers.Add(await catalog.ReaderAsync());
            (await desk.SendAsync("homeReaders", new { member = readers[n].Name, roundCode = code, entitledUntil = n == 2 ? today.PlusDays(5).Iso() : "" })).Succeeded();
        }
        async Task<IEnumerable<string?>> ListAsync(string more) =>
            (await desk.AskAsync($"homeReaders?roundCode={code}{more}")).Succeeded().Body.GetProperty("homeReaders").EnumerateArray().Select(reader => reader.GetProperty("member").GetString());
        var first = (await desk.AskAsync($"homeReaders?roundCode={code}&pageSize=2")).Succeeded();
        Assert.Equal(2, first.Body.GetProperty("homeReaders").GetArrayLength());
        Assert.Single(await ListAsync($"&pageSize=2&pageToken={first.Text("nextPageToken")}"));
        Assert.Equal(2, (await ListAsync($"&on={today.PlusDays(6).Iso()}")).Count());
        var round = (await PlanAsync(catalog, desk, Stop(readers[0], [await catalog.ItemAsync()]))).Succeeded().Text("name");
        (await desk.SendAsync($"{round}:close", new { })).Succeeded();
        await catalog.ExecuteAsync("UPDATE home_stop SET closed_at = $2 WHERE round = $1", Guid.Parse(round["homeRounds/".Length..]), catalog.Clock.Now - Duration.FromDays(3_000));
        await catalog.ExecuteAsync("UPDATE borrower SET state = 'LEFT' WHERE member = $1", readers[1].Id);
        var job = catalog.App.Services.GetServices<IPeriodicJob>().OfType<ForgetReaders>().Single();
        for (var twice = 0; twice < 2; twice++) await job.RunAsync(today, CancellationToken.None);
        Assert.Equal([readers[0].Name, readers[2].Name], await ListAsync(""));
        Assert.Equal("", (await desk.AskAsync(round)).Succeeded().Body.GetProperty("stops")[0].GetProperty("member").GetString());
    }
}

using System.Globalization;
using System.Net;
using System.Text.Json;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>Copies go from branch to branch: by hand, by van, and where they are borrowed.</summary>
public sealed class MoveTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_copy_that_is_moved_belongs_where_it_arrives_and_its_cost_stays()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var barcode = await catalog.ItemAsync();
        Assert.Equal(["toBranch:FORBIDDEN"], (await TransferAsync(desk, barcode, "RAD", "RAD")).Violations);
        Assert.Equal("ITEM_STATE", (await TransferAsync(desk, barcode, "GOR", "BLE")).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await TransferAsync(desk, "NO-SUCH-COPY", "RAD", "BLE")).Status);
        var sent = (await TransferAsync(desk, barcode, "RAD", "BLE")).Succeeded();
        Assert.Equal(("BLE", "BLE", "IN_TRANSIT"), (sent.Text("branch"), sent.Text("location"), sent.Text("state")));
        Assert.Equal("ITEM_IN_TRANSIT", (await TransferAsync(desk, barcode, "BLE", "RAD")).Reason);
        Assert.Equal("SHELVE", (await desk.ReturnAsync(barcode, "BLE")).Succeeded().Text("next"));
        var there = (await desk.AskAsync($"items/{barcode}")).Succeeded();
        Assert.Equal(("BLE", "AVAILABLE", "Radovljica"), (there.Text("branch"), there.Text("state"), there.Body.GetProperty("provenance").GetProperty("costCentre").GetString()));
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "BLE");
        Assert.Equal("ITEM_ON_LOAN", (await TransferAsync(desk, barcode, "BLE", "RAD")).Reason);
    }

    [Fact]
    public async Task A_copy_that_is_lent_to_a_branch_for_a_time_comes_back_there_until_it_is_sent_home()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var barcode = await catalog.ItemAsync();
        var sent = (await desk.SendAsync($"items/{barcode}:transfer", new { branch = "RAD", toBranch = "GOR", forATime = true })).Succeeded();
        Assert.Equal(("RAD", "GOR"), (sent.Text("branch"), sent.Text("location")));
        Assert.Equal(("SHELVE", ""), Next(await desk.ReturnAsync(barcode, "GOR")));
        Assert.Contains(barcode, (await desk.AskAsync("items?branch=GOR&pageSize=500")).Succeeded().Body.ToString(), StringComparison.Ordinal);
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "GOR");
        Assert.Equal(("SHELVE", ""), Next(await desk.ReturnAsync(barcode, "GOR")));
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "GOR");
        Assert.Equal(("TRANSIT", "GOR"), Next(await desk.ReturnAsync(barcode, "RAD")));
        Assert.Equal(("SHELVE", ""), Next(await desk.ReturnAsync(barcode, "GOR")));
        (await TransferAsync(desk, barcode, "GOR", "RAD")).Succeeded();
        Assert.Equal(("SHELVE", ""), Next(await desk.ReturnAsync(barcode, "RAD")));
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        Assert.Equal(("TRANSIT", "RAD"), Next(await desk.ReturnAsync(barcode, "GOR")));
    }

    [Fact]
    public async Task A_van_takes_what_goes_its_way_and_says_what_does_not_agree()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (arrives, lost, stray, atDesk, unscanned, offRoute, onShelf) = (
            await UnderWayAsync(catalog, desk, "BLE"), await UnderWayAsync(catalog, desk, "BLE"), await UnderWayAsync(catalog, desk, "BLE"), await UnderWayAsync(catalog, desk, "BLE"),
            await UnderWayAsync(catalog, desk, "BLE"), await UnderWayAsync(catalog, desk, "STF"), await catalog.ItemAsync());
        Assert.Contains(arrives, await WaitingAsync(desk, "BLE"));
        var name = await RunAsync(catalog, desk, "RAD", "GOR", "BLE");
        var loaded = await ScanAsync(desk, name, "load", "RAD", arrives, lost, stray, atDesk, offRoute, onShelf, "NO-SUCH-COPY", arrives);
        Assert.Equal((4, 1), (loaded.Succeeded().Number("taken"), loaded.Number("repeatedScans")));
        Assert.Equal(new[] { (offRoute, "NOT_ON_ROUTE"), (onShelf, "NOT_IN_TRANSIT"), ("NO-SUCH-COPY", "NOT_FOUND") }.Order(), Refused(loaded));
        Assert.Equal((0, 1), Taken(await ScanAsync(desk, name, "load", "RAD", arrives)));
        Assert.DoesNotContain(arrives, await WaitingAsync(desk, "BLE"));
        Assert.Equal(["branch:UNKNOWN"], (await ScanAsync(desk, name, "unload", "KRO", arrives)).Violations);

        Assert.Equal([(stray, "OTHER_BRANCH")], Refused(await ScanAsync(desk, name, "unload", "GOR", stray)));
        Assert.Equal((2, 0), Taken(await ScanAsync(desk, name, "unload", "BLE", arrives, unscanned)));
        Assert.Equal((0, 1), Taken(await ScanAsync(desk, name, "unload", "BLE", arrives)));
        (await desk.ReturnAsync(atDesk, "BLE")).Succeeded();
        var closed = (await desk.SendAsync($"{name}:close", new { })).Succeeded();
        Assert.Equal((4, 2, 1, 1, 1),
            (closed.Number("loaded"), closed.Number("arrived"), closed.Number("notArrived"), closed.Number("notLoaded"), closed.Number("strayed")));
        var odd = (await desk.AskAsync($"{name}/items?onlyDiscrepancies=true")).Succeeded().Body.GetProperty("items").EnumerateArray()
            .Select(item => (item.GetProperty("barcode").GetString()!, item.GetProperty("discrepancy").GetString()!)).Order();
        Assert.Equal(new[] { (lost, "NOT_ARRIVED"), (stray, "STRAYED"), (unscanned, "NOT_LOADED") }.Order(), odd);
        Assert.Equal(("AVAILABLE", "IN_TRANSIT"), (await StateAsync(desk, arrives), await StateAsync(desk, lost)));
        Assert.Equal("VAN_RUN_CLOSED", (await ScanAsync(desk, name, "load", "RAD", lost)).Reason);
        // what did not arrive waits for another van
        Assert.Contains(lost, await WaitingAsync(desk, "BLE"));
        Assert.Contains(name, (await desk.AskAsync("vanRuns?pageSize=200")).Succeeded().Body.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"vanRuns/{Guid.NewGuid():D}")).Status);
    }

    [Fact]
    public async Task A_copy_is_in_one_van_and_arrives_once_whoever_scans_it()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var barcode = await UnderWayAsync(catalog, desk, "BLE");
        var names = new[] { await RunAsync(catalog, desk, "RAD", "BLE"), await RunAsync(catalog, desk, "RAD", "BLE") };
        var loads = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => ScanAsync(desk, names[n % 2], "load", "RAD", barcode)));
        Assert.Equal(1, loads.Sum(answer => answer.Succeeded().Number("taken")));
        Assert.Equal(3, loads.Count(answer => answer.Body.ToString().Contains("ON_ANOTHER_VAN", StringComparison.Ordinal)));
        var arrivals = await Task.WhenAll(Enumerable.Range(0, 4).Select(async n => n % 2 == 0
            ? (await ScanAsync(desk, names[0], "unload", "BLE", barcode)).Succeeded().Number("taken")
            : (await desk.ReturnAsync(barcode, "BLE")).Status == HttpStatusCode.OK ? 1 : 0));
        Assert.Equal(1, arrivals.Sum());
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM item_event WHERE barcode = $1 AND kind = 'ARRIVED'", barcode));

        Assert.Equal(["plannedOn:PAST", "route:COUNT"], (await desk.SendAsync("vanRuns", new { plannedOn = "2020-01-01", route = new[] { "RAD" } })).Violations);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await ScanAsync(bled, names[0], "load", "RAD", barcode)).Status);
        var key = Guid.NewGuid().ToString("N");
        var other = await UnderWayAsync(catalog, desk, "BLE");
        var first = (await desk.SendAsync($"{names[1]}:load", new { branch = "RAD", barcodes = new[] { other } }, key)).Succeeded();
        Assert.Equal(first.Body.ToString(), (await desk.SendAsync($"{names[1]}:load", new { branch = "RAD", barcodes = new[] { other } }, key)).Succeeded().Body.ToString());
    }

    [Fact]
    public async Task Floating_copies_are_suggested_to_where_they_are_borrowed_the_least_used_first()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var copies = new List<string>();
        for (var n = 0; n < 4; n++)
        {
            copies.Add(Stock.NewBarcode());
            (await desk.SendAsync("items", new
            {
                barcode = copies[n], record, branch = "RAD", material = "BOOK", lending = "LENDABLE", acquisition = "PURCHASE", collection = "FLOATING",
            })).Succeeded();
        }
        Assert.Empty(Moves(await BalanceAsync()));
        // one copy was borrowed at Bled and came back to Radovljica: Bled has all of the loans and none of the copies
        await catalog.LentAsync(await catalog.ReaderAsync(), copies[0], "BLE");
        (await desk.ReturnAsync(copies[0], "RAD")).Succeeded();
        var all = Moves(await BalanceAsync());
        Assert.Equal([copies[1], copies[2], copies[3], copies[0]], all.Select(move => move.GetProperty("barcode").GetString()!));
        Assert.All(all, move => Assert.Equal(("RAD", "BLE", 4, 0, 0, 4, 1), (
            move.GetProperty("fromBranch").GetString(), move.GetProperty("toBranch").GetString(), Of(move, "fromHeld"), Of(move, "fromTarget"), Of(move, "toHeld"), Of(move, "toTarget"), Of(move, "toLoans"))));
        // done as suggested, it is at rest
        foreach (var copy in copies)
        {
            (await TransferAsync(desk, copy, "RAD", "BLE")).Succeeded();
            (await desk.ReturnAsync(copy, "BLE")).Succeeded();
        }
        Assert.Empty(Moves(await BalanceAsync()));
        Assert.Equal(["collection:ENUM"], (await desk.AskAsync("stock:balance?collection=BASIC")).Violations);

        async Task<Answer> BalanceAsync() => (await desk.AskAsync("stock:balance")).Succeeded();
        static List<JsonElement> Moves(Answer answer) => [.. answer.Body.GetProperty("moves").EnumerateArray()];
        static long Of(JsonElement move, string field) => move.GetProperty(field).GetInt64();
    }

    [Fact]
    public async Task Boxes_go_round_the_stops_of_the_mobile_library_and_never_meet()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian");
        var today = catalog.Clock.Today;
        object Stop(string code, int firstIn) => new { code, branch = "MOB", name = "Pri šoli", firstOn = Iso(today.PlusDays(firstIn)), everyWeeks = 2, opens = "10:00", closes = "11:30" };
        foreach (var (at, code) in new[] { "A", "B", "C" }.Index()) (await desk.SendAsync("mobileStops", Stop(code, at))).Succeeded();
        Assert.Equal(HttpStatusCode.Conflict, (await desk.SendAsync("mobileStops", Stop("A", 0))).Status);
        Assert.Equal(
            ["closes:BEFORE", "everyWeeks:RANGE", "firstOn:REQUIRED"],
            (await desk.SendAsync("mobileStops", new { code = "D", branch = "MOB", name = "x", opens = "11:00", closes = "10:00" })).Violations.Order());
        var copies = new[] { await catalog.ItemAsync("MOB"), await catalog.ItemAsync("MOB") };
        var (first, second) = (await BoxAsync("BOX-1", "A", copies[0]), await BoxAsync("BOX-2", "B", copies[1]));
        Assert.Equal(("A", 1), (first.Succeeded().Text("stop"), first.Number("items")));
        second.Succeeded();
        Assert.Equal("STOP_TAKEN", (await BoxAsync("BOX-3", "A", await catalog.ItemAsync("MOB"))).Reason);
        Assert.Equal("ITEM_IN_BOX", (await BoxAsync("BOX-3", "C", copies[0])).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await BoxAsync("BOX-3", "C", await catalog.ItemAsync("RAD"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await BoxAsync("BOX-3", "Z", copies[0])).Status);
        Assert.Equal(1, (await desk.AskAsync("boxes?branch=MOB&pageSize=1")).Succeeded().Body.GetProperty("boxes").GetArrayLength());

        // two weeks on, the first from A to B and the second from B to C; of two that plan it at once one does
        var on = Iso(today.PlusDays(14));
        var rotations = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => desk.SendAsync("boxes:rotate", new { branch = "MOB", on })));
        Assert.Equal(2, rotations.Where(answer => answer.Status == HttpStatusCode.OK).Sum(answer => answer.Body.GetProperty("moves").GetArrayLength()));
        Assert.Equal(4, await catalog.ScalarAsync<long>("SELECT count(*) FROM box_stay"));
        Assert.Equal([("BOX-1", "A"), ("BOX-2", "B")], await StandingAsync(13));
        Assert.Equal([("BOX-1", ""), ("BOX-2", "B")], await StandingAsync(14)); // the first is in the bus
        Assert.Equal([("BOX-1", "B"), ("BOX-2", "")], await StandingAsync(15));
        Assert.Equal([("BOX-1", "B"), ("BOX-2", "C")], await StandingAsync(16));
        Assert.Equal(["on:PAST"], (await desk.SendAsync("boxes:rotate", new { branch = "MOB", on = "2020-01-01" })).Violations);
        using var reader = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        Assert.Equal(3, (await reader.AskAsync("mobileStops?branch=MOB")).Succeeded().Body.GetProperty("mobileStops").GetArrayLength());

        Task<Answer> BoxAsync(string code, string stop, string barcode) => desk.SendAsync("boxes", new { code, branch = "MOB", stop, barcodes = new[] { barcode } });
        async Task<IEnumerable<(string, string)>> StandingAsync(int days) =>
            (await desk.AskAsync($"boxes?branch=MOB&on={Iso(today.PlusDays(days))}")).Succeeded().Body.GetProperty("boxes").EnumerateArray()
                .Select(box => (box.GetProperty("code").GetString()!, box.GetProperty("stop").GetString()!));
    }

    private static string Iso(NodaTime.LocalDate date) => date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);

    private static Task<Answer> TransferAsync(HttpClient desk, string barcode, string branch, string toBranch) =>
        desk.SendAsync($"items/{barcode}:transfer", new { branch, toBranch });

    private static async Task<string> UnderWayAsync(TestHost catalog, HttpClient desk, string toBranch)
    {
        var barcode = await catalog.ItemAsync();
        (await TransferAsync(desk, barcode, "RAD", toBranch)).Succeeded();
        return barcode;
    }

    private static async Task<string> RunAsync(TestHost catalog, HttpClient desk, params string[] route) => (await desk.SendAsync(
        "vanRuns", new { plannedOn = Iso(catalog.Clock.Today), route })).Succeeded().Text("name");

    private static Task<Answer> ScanAsync(HttpClient desk, string run, string verb, string branch, params string[] barcodes) =>
        desk.SendAsync($"{run}:{verb}", new { branch, barcodes });

    private static (long Taken, long Repeated) Taken(Answer answer) => (answer.Succeeded().Number("taken"), answer.Number("repeatedScans"));

    private static IEnumerable<(string, string)> Refused(Answer answer) => answer.Succeeded().Body.GetProperty("refused").EnumerateArray()
        .Select(refused => (refused.GetProperty("barcode").GetString()!, refused.GetProperty("reason").GetString()!)).Order();

    private static (string Next, string ToBranch) Next(Answer back) => (back.Succeeded().Text("next"), back.Text("toBranch"));

    private static async Task<string> StateAsync(HttpClient desk, string barcode) => (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state");

    private static async Task<List<string>> WaitingAsync(HttpClient desk, string toBranch)
    {
        var (barcodes, token) = (new List<string>(), "");
        do
        {
            var page = (await desk.AskAsync($"transitItems?toBranch={toBranch}&pageSize=500&pageToken={token}")).Succeeded();
            barcodes.AddRange(page.Body.GetProperty("transitItems").EnumerateArray().Select(item => item.GetProperty("barcode").GetString()!));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        return barcodes;
    }
}

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

    private static Task<Answer> TransferAsync(HttpClient desk, string barcode, string branch, string toBranch) =>
        desk.SendAsync($"items/{barcode}:transfer", new { branch, toBranch });

    private static async Task<string> UnderWayAsync(TestHost catalog, HttpClient desk, string toBranch)
    {
        var barcode = await catalog.ItemAsync();
        (await TransferAsync(desk, barcode, "RAD", toBranch)).Succeeded();
        return barcode;
    }

    private static async Task<string> RunAsync(TestHost catalog, HttpClient desk, params string[] route) => (await desk.SendAsync(
        "vanRuns", new { plannedOn = catalog.Clock.Today.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture), route })).Succeeded().Text("name");

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

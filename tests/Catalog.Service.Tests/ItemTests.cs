using System.Net;
using System.Text.Json;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Every copy's life is known: how it came, what it is, where it stands, what happened to it.</summary>
public sealed class ItemTests(CatalogNetwork network)
{
    private static object Copy(string barcode, string record, long priceMinor = 1500, object? more = null) => Merged(
        new { barcode, record, branch = "RAD", material = "BOOK", lending = "LENDABLE", priceMinor, acquisition = "PURCHASE" }, more);

    [Fact]
    public async Task A_copy_keeps_all_that_is_said_of_it_and_only_staff_read_where_it_came_from()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var reader = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        var (barcode, record) = (Stock.NewBarcode(), await catalog.RecordAsync());
        var made = (await desk.SendAsync("items", Copy(barcode, record, more: new
        {
            callNumber = "821.163.6 CANKAR", collection = "LOCAL_HISTORY",
            provenance = new { fund = "Ministry 2026", donor = "D-17", depositOwner = "", costCentre = "Bled", acquiredOn = "2026-02-03" },
        }))).Succeeded();
        Assert.Equal(("LOCAL_HISTORY", "821.163.6 CANKAR"), (made.Text("collection"), made.Text("callNumber")));
        var read = (await desk.AskAsync($"items/{barcode}")).Succeeded().Body.GetProperty("provenance");
        Assert.Equal(("Ministry 2026", "D-17", "Bled", "2026-02-03"),
            (read.GetProperty("fund").GetString(), read.GetProperty("donor").GetString(), read.GetProperty("costCentre").GetString(), read.GetProperty("acquiredOn").GetString()));
        var seen = (await reader.AskAsync($"items/{barcode}")).Succeeded().Body;
        Assert.Equal("821.163.6 CANKAR", seen.GetProperty("callNumber").GetString());
        Assert.False(seen.TryGetProperty("provenance", out var hidden) && hidden.ValueKind == JsonValueKind.Object);
        // nothing said: the branch's own municipality, today, the basic collection
        var plain = (await desk.AskAsync($"items/{await catalog.ItemAsync("GOR")}")).Succeeded();
        Assert.Equal(("Gorje", "BASIC"), (plain.Body.GetProperty("provenance").GetProperty("costCentre").GetString(), plain.Text("collection")));
    }

    [Fact]
    public async Task Accession_numbers_of_a_year_leave_no_gap_though_copies_are_refused_and_desks_race()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var taken = Stock.NewBarcode();
        (await desk.SendAsync("items", Copy(taken, record))).Succeeded();
        var year = catalog.Clock.Today.Year;
        (await desk.SendAsync("items", Copy(Stock.NewBarcode(), record, more: new { accessionNumber = $"{year}-000004" }))).Succeeded();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => desk.SendAsync("items", Copy(n % 3 == 0 ? taken : Stock.NewBarcode(), record))));
        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        Assert.Equal(10, await catalog.ScalarAsync<long>("SELECT count(*) FROM item"));
        Assert.Equal($"{year}-000010", await catalog.ScalarAsync<string>("SELECT max(accession_number) FROM item"));
        Assert.Equal(10L, await catalog.ScalarAsync<int>("SELECT copies_total FROM record WHERE id = $1", Guid.Parse(record["records/".Length..])));
    }

    [Fact]
    public async Task Two_desks_giving_one_barcode_make_one_copy()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (barcode, record) = (Stock.NewBarcode(), await catalog.RecordAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.SendAsync("items", Copy(barcode, record))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal((HttpStatusCode.Conflict, "ALREADY_EXISTS"), (answer.Status, answer.Reason)));
        var first = answers.Single(answer => answer.Status == HttpStatusCode.OK);
        var number = first.Text("accessionNumber");
        var second = await desk.SendAsync("items", Copy(Stock.NewBarcode(), record, more: new { accessionNumber = number }));
        Assert.Equal((HttpStatusCode.Conflict, "ACCESSION_NUMBER_TAKEN"), (second.Status, second.Reason));
        Assert.Equal(1, await catalog.ScalarAsync<int>("SELECT copies_total FROM record WHERE id = $1", Guid.Parse(record["records/".Length..])));
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_nothing_is_half_done()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var barcode = Stock.NewBarcode();
        var refused = await desk.SendAsync("items", Copy(barcode, record, priceMinor: -1, more: new
        {
            collection = "ATTIC", callNumber = new string('8', 101), provenance = new { costCentre = "Ljubljana", donor = "Ana Novak" },
            unitList = new[] { new { title = "Lutka", kind = "puppet" } },
        }));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(
            ["callNumber:LENGTH", "collection:UNKNOWN", "priceMinor:RANGE", "provenance.costCentre:UNKNOWN", "provenance.donor:FORMAT", "unitList:COUNT"],
            refused.Violations.Order());
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync("items", Copy(barcode, $"records/{Guid.NewGuid():D}"))).Status);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM item WHERE barcode = $1", barcode));
        Assert.Equal(0, await catalog.ScalarAsync<int>("SELECT copies_total FROM record WHERE id = $1", Guid.Parse(record["records/".Length..])));
    }

    [Fact]
    public async Task A_kit_lists_as_many_units_as_it_has()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        object Kit(string barcode, int units, params string[] titles) => new
        {
            barcode, record, branch = "RAD", material = "MEDIA_KIT", lending = "LENDABLE", priceMinor = 0, acquisition = "GIFT", units,
            unitList = titles.Select(title => new { title, kind = "book" }),
        };
        Assert.Equal(["unitList:COUNT"], (await desk.SendAsync("items", Kit(Stock.NewBarcode(), 3, "Muca Copatarica", "Kekec"))).Violations);
        var barcode = Stock.NewBarcode();
        Assert.Equal(2, (await desk.SendAsync("items", Kit(barcode, 0, "Muca Copatarica", "Kekec"))).Succeeded().Number("units"));
        (await desk.SendAsync($"items/{barcode}:update", new { version = 1, units = new { units = new[] { new { title = "Kekec", kind = "book" } } } })).Succeeded();
        var after = (await desk.AskAsync($"items/{barcode}")).Succeeded();
        Assert.Equal((1, "Kekec"), (after.Number("units"), after.Body.GetProperty("unitList")[0].GetProperty("title").GetString()));
    }

    [Fact]
    public async Task A_change_on_what_somebody_else_has_changed_is_aborted()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var bled = catalog.Rest("librarian", "BLE");
        var barcode = await catalog.ItemAsync();
        var answers = await Task.WhenAll(Enumerable.Range(1, 4).Select(n => desk.SendAsync($"items/{barcode}:update", new { version = 1, priceMinor = 1500 + n })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal((HttpStatusCode.Conflict, "STALE"), (answer.Status, answer.Reason)));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM item_event WHERE barcode = $1 AND kind = 'PRICE_CHANGED'", barcode));
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync($"items/{barcode}:update", new { version = 2, priceMinor = 1 })).Status);
        Assert.Equal(["priceMinor:RANGE"], (await desk.SendAsync($"items/{barcode}:update", new { version = 2, priceMinor = -1 })).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync("items/NO-SUCH-COPY:update", new { version = 1 })).Status);

        // one key, one change; a call number takes the copy to another place on the shelf and leaves the rest
        var key = Guid.NewGuid().ToString("N");
        var first = (await desk.SendAsync($"items/{barcode}:update", new { version = 2, callNumber = "82 Z" }, key)).Succeeded();
        var again = (await desk.SendAsync($"items/{barcode}:update", new { version = 2, callNumber = "82 Z" }, key)).Succeeded();
        Assert.Equal((3, 3, "82 Z"), (first.Number("version"), again.Number("version"), again.Text("callNumber")));
        Assert.Equal("LENDABLE", again.Text("lending"));
    }

    [Fact]
    public async Task The_history_tells_all_but_the_reader_newest_first_page_by_page()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (barcode, ana) = (await catalog.ItemAsync(), await catalog.ReaderAsync());
        await catalog.LentAsync(ana, barcode);
        (await desk.ReturnAsync(barcode)).Succeeded();
        (await desk.SendAsync($"items/{barcode}:addConditionNote", new { branch = "RAD", note = "Hrbet je natrgan" })).Succeeded();
        (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "SENT_TO_REPAIR" })).Succeeded();
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await desk.LendAsync(barcode, ana.Card)).Reason);
        (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "REPAIRED" })).Succeeded();
        var version = (await desk.AskAsync($"items/{barcode}")).Number("version");
        (await desk.SendAsync($"items/{barcode}:update", new { version, priceMinor = 1700 })).Succeeded();

        var kinds = new List<string>();
        var token = "";
        do
        {
            var page = (await desk.AskAsync($"items/{barcode}/history?pageSize=2&pageToken={token}")).Succeeded();
            kinds.AddRange(page.Body.GetProperty("history").EnumerateArray().Select(happened => happened.GetProperty("kind").GetString()!));
            Assert.DoesNotContain(ana.Id.ToString("D"), page.Body.ToString(), StringComparison.Ordinal);
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        Assert.Equal(["PRICE_CHANGED", "REPAIRED", "SENT_TO_REPAIR", "CONDITION_NOTED", "RETURNED", "LENT", "CREATED"], kinds);
        using var reader = catalog.RestAsMember(ana.Name);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.AskAsync($"items/{barcode}/history")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync("items/NO-SUCH-COPY/history")).Status);
    }

    [Fact]
    public async Task What_is_missing_is_not_lent_and_is_found_again_when_it_is_handed_in()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (barcode, ana) = (await catalog.ItemAsync(), await catalog.ReaderAsync());
        Assert.Equal("MISSING", (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "MISSING" })).Succeeded().Text("state"));
        Assert.Equal("ITEM_WITHDRAWN", (await desk.LendAsync(barcode, ana.Card)).Reason);
        Assert.Equal("ITEM_STATE", (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "REPAIRED" })).Reason);
        // at another branch it goes home
        Assert.Equal(("TRANSIT", "RAD", ""), Next(await desk.ReturnAsync(barcode, "BLE")));
        Assert.Equal(("SHELVE", "", ""), Next(await desk.ReturnAsync(barcode)));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        Assert.Equal(["ARRIVED", "CREATED", "FOUND", "MISSING"], (await KindsAsync(catalog, barcode)).Order());
        await catalog.LentAsync(ana, barcode);
        Assert.Equal("ITEM_ON_LOAN", (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "MISSING" })).Reason);
    }

    [Fact]
    public async Task A_floating_copy_stays_where_it_is_returned_and_who_paid_for_it_goes_on_bearing_it()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var barcode = Stock.NewBarcode();
        (await desk.SendAsync("items", Copy(barcode, await catalog.RecordAsync(), more: new { collection = "FLOATING" }))).Succeeded();
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        Assert.Equal(("SHELVE", "", "loans"), Next(await desk.ReturnAsync(barcode, "BLE")));
        var after = (await desk.AskAsync($"items/{barcode}")).Succeeded();
        Assert.Equal(("BLE", "BLE", "AVAILABLE", "Radovljica"),
            (after.Text("branch"), after.Text("location"), after.Text("state"), after.Body.GetProperty("provenance").GetProperty("costCentre").GetString()));
        // the desk writes no history: the loan is it
        Assert.Equal(["CREATED"], await KindsAsync(catalog, barcode));
    }

    [Fact]
    public async Task The_shelf_list_is_in_the_order_of_the_shelf()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        string[] shelf = ["51", "511 A", "82 CANKAR 2", "82 CANKAR 10", "82 Čop", "821.111 D"];
        foreach (var (at, number) in shelf.Reverse().Index())
            (await desk.SendAsync("items", Copy(Stock.NewBarcode(), record, more: new { callNumber = number, collection = at % 2 == 0 ? "BASIC" : "REFERENCE" }))).Succeeded();
        (await desk.SendAsync("items", new { barcode = Stock.NewBarcode(), record, branch = "BLE", material = "BOOK", lending = "LENDABLE", acquisition = "GIFT", callNumber = "82" })).Succeeded();

        Assert.Equal(shelf, await ShelfAsync("branch=RAD"));
        Assert.Equal(shelf[2..], await ShelfAsync("branch=RAD&callNumberFrom=82&callNumberTo=82"));
        Assert.Equal(["51", "82 CANKAR 2", "82 Čop"], await ShelfAsync("branch=RAD&collection=REFERENCE"));
        Assert.Empty(await ShelfAsync("branch=RAD&state=MISSING"));
        Assert.Equal(["branch:REQUIRED"], (await desk.AskAsync("items")).Violations);

        async Task<List<string>> ShelfAsync(string query)
        {
            var (numbers, token) = (new List<string>(), "");
            do
            {
                var page = (await desk.AskAsync($"items?{query}&pageSize=2&pageToken={token}")).Succeeded();
                numbers.AddRange(page.Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("callNumber").GetString()!));
                token = page.Text("nextPageToken");
            }
            while (token.Length > 0);
            return numbers;
        }
    }

    private static (string Next, string ToBranch, string Loan) Next(Answer back) =>
        (back.Succeeded().Text("next"), back.Text("toBranch"), back.Text("loan").Split('/')[0]);

    private static async Task<string[]> KindsAsync(TestHost catalog, string barcode) =>
        await catalog.ScalarAsync<string[]>("SELECT array_agg(kind ORDER BY at) FROM item_event WHERE barcode = $1", barcode);

    /// <summary>Both objects' fields in one.</summary>
    private static Dictionary<string, object?> Merged(object all, object? more) => new[] { all, more }.OfType<object>()
        .SelectMany(part => part.GetType().GetProperties().Select(field => KeyValuePair.Create(field.Name, field.GetValue(part)))).ToDictionary();
}

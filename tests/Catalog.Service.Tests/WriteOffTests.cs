using System.Globalization;
using System.Net;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>A commission writes off all of its list or nothing; what is written off may be sold; what is given is registered.</summary>
public sealed class WriteOffTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_list_is_drawn_up_valued_signed_and_executed()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync("Odpisana");
        var (rad, bled, stays) = (await CopyAsync(catalog, record, 1999), await CopyAsync(catalog, record, 2501, "BLE"), await CopyAsync(catalog, record, 1000));
        Assert.Equal(3, await CopiesTotalAsync(catalog, record));
        var list = (await desk.SendAsync("writeOffs", new { })).Succeeded();
        var name = list.Text("name");
        Assert.Equal("WRITE_OFF_EMPTY", (await desk.SendAsync($"{name}:propose", new { })).Reason);
        Assert.Equal((2, 0), Added(await desk.SendAsync($"{name}:add", new { barcodes = new[] { rad, bled }, reason = "WORN" })));
        Assert.Equal((1, 2), Added(await desk.SendAsync($"{name}:add", new { barcodes = new[] { rad, stays, stays }, reason = "OUTDATED" })));
        Assert.Equal(2, (await desk.SendAsync($"{name}:remove", new { barcodes = new[] { stays } })).Succeeded().Number("items"));
        Assert.Equal("WRITE_OFF_STATE", (await desk.SendAsync($"{name}:execute", Signed(catalog))).Reason);

        var proposed = (await desk.SendAsync($"{name}:propose", new { })).Succeeded();
        Assert.Equal(("PROPOSED", "PURCHASE_PRICE", 2, 4500, 4500),
            (proposed.Text("state"), proposed.Text("method"), proposed.Number("items"), proposed.Number("priceMinor"), proposed.Number("bookValueMinor")));
        Assert.NotEqual("", proposed.Text("standard"));
        Assert.Equal([("Bled", 2501), ("Radovljica", 1999)], proposed.Body.GetProperty("costCentres").EnumerateArray()
            .Select(sum => (sum.GetProperty("costCentre").GetString()!, sum.GetProperty("bookValueMinor").GetInt64())));
        // a later price changes nothing in what was proposed
        (await desk.SendAsync($"items/{rad}:update", new { version = 1, priceMinor = 1 })).Succeeded();
        Assert.Equal("WRITE_OFF_STATE", (await desk.SendAsync($"{name}:add", new { barcodes = new[] { stays }, reason = "WORN" })).Reason);
        Assert.Equal(["signatures:COUNT"], (await desk.SendAsync($"{name}:execute", new { })).Violations);

        var executed = (await desk.SendAsync($"{name}:execute", Signed(catalog))).Succeeded();
        Assert.Equal(("EXECUTED", 4500, 2), (executed.Text("state"), executed.Number("bookValueMinor"), executed.Body.GetProperty("signatures").GetArrayLength()));
        Assert.Equal(("WITHDRAWN", "WITHDRAWN", "AVAILABLE"), (await StateAsync(desk, rad), await StateAsync(desk, bled), await StateAsync(desk, stays)));
        Assert.Equal(1, await CopiesTotalAsync(catalog, record));
        Assert.Equal("ITEM_WITHDRAWN", (await desk.LendAsync(rad, (await catalog.ReaderAsync()).Card)).Reason);
        Assert.Contains("WRITTEN_OFF", (await desk.AskAsync($"items/{rad}/history")).Succeeded().Body.ToString(), StringComparison.Ordinal);
        var lines = (await desk.AskAsync($"{name}/items?pageSize=1")).Succeeded();
        Assert.Single(lines.Body.GetProperty("items").EnumerateArray());
        Assert.Single((await desk.AskAsync($"{name}/items?pageSize=1&pageToken={lines.Text("nextPageToken")}")).Succeeded().Body.GetProperty("items").EnumerateArray());
        Assert.Contains(name, (await desk.AskAsync("writeOffs")).Succeeded().Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_in_use_is_refused_by_name_and_one_of_it_stops_all()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var (free, lent, held, bled) = (await CopyAsync(catalog, record), await CopyAsync(catalog, record), await CopyAsync(catalog, record), await CopyAsync(catalog, record, branch: "BLE"));
        await catalog.LentAsync(await catalog.ReaderAsync(), lent);
        await catalog.ExecuteAsync("UPDATE item SET state = 'ON_HOLD_SHELF' WHERE barcode = $1", held);
        var name = (await desk.SendAsync("writeOffs", new { branch = "RAD" })).Succeeded().Text("name");
        var unknown = Stock.NewBarcode();
        var answer = (await desk.SendAsync($"{name}:add", new { barcodes = new[] { free, lent, held, bled, unknown }, reason = "WORN" })).Succeeded();
        Assert.Equal(
            new[] { (bled, "OTHER_BRANCH"), (held, "ITEM_HELD"), (lent, "ITEM_ON_LOAN"), (unknown, "NOT_FOUND") }.Order(),
            answer.Body.GetProperty("refused").EnumerateArray().Select(refused => (refused.GetProperty("barcode").GetString()!, refused.GetProperty("reason").GetString()!)).Order());
        var other = (await desk.SendAsync("writeOffs", new { branch = "RAD" })).Succeeded().Text("name");
        var taken = (await desk.SendAsync($"{other}:add", new { barcodes = new[] { free }, reason = "WORN" })).Succeeded();
        Assert.Equal((0, "ON_ANOTHER_LIST"), (taken.Number("added"), taken.Body.GetProperty("refused")[0].GetProperty("reason").GetString()));

        var second = await CopyAsync(catalog, record);
        (await desk.SendAsync($"{name}:add", new { barcodes = new[] { second }, reason = "DAMAGED" })).Succeeded();
        (await desk.SendAsync($"{name}:propose", new { })).Succeeded();
        await catalog.LentAsync(await catalog.ReaderAsync(), second);
        var stopped = await desk.SendAsync($"{name}:execute", Signed(catalog));
        Assert.Equal(("ITEM_ON_LOAN", second), (stopped.Reason, stopped.Metadata("barcode")));
        Assert.Equal("AVAILABLE", await StateAsync(desk, free));
        Assert.Equal(5, await CopiesTotalAsync(catalog, record));
        // cancelled, its copies may stand on another list
        Assert.Equal("CANCELLED", (await desk.SendAsync($"{name}:cancel", new { })).Succeeded().Text("state"));
        Assert.Equal((1, 0), Added(await desk.SendAsync($"{other}:add", new { barcodes = new[] { free }, reason = "WORN" })));
        using var atBled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await atBled.SendAsync($"{other}:add", new { barcodes = new[] { free }, reason = "WORN" })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await atBled.SendAsync("writeOffs", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"writeOffs/{Guid.NewGuid():D}")).Status);
        Assert.Equal(["barcodes:COUNT", "reason:REQUIRED"], (await desk.SendAsync($"{other}:add", new { })).Violations.Order());
    }

    [Fact]
    public async Task Of_two_that_execute_and_a_desk_that_lends_one_wins()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 5; round++)
        {
            var record = await catalog.RecordAsync();
            var copies = new[] { await CopyAsync(catalog, record), await CopyAsync(catalog, record) };
            var name = (await desk.SendAsync("writeOffs", new { })).Succeeded().Text("name");
            (await desk.SendAsync($"{name}:add", new { barcodes = copies, reason = "WORN" })).Succeeded();
            (await desk.SendAsync($"{name}:propose", new { })).Succeeded();
            var reader = await catalog.ReaderAsync();
            var lending = desk.LendAsync(copies[1], reader.Card);
            var executions = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => desk.SendAsync($"{name}:execute", Signed(catalog))));
            var lent = (await lending).Status == HttpStatusCode.OK;
            Assert.Equal(lent ? 0 : 1, executions.Count(answer => answer.Status == HttpStatusCode.OK));
            Assert.Equal(lent ? 2 : 0, await CopiesTotalAsync(catalog, record));
        }
    }

    [Fact]
    public async Task One_copy_scanned_onto_two_lists_at_once_stands_on_one()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var copy = await catalog.ItemAsync();
        var names = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => (await desk.SendAsync("writeOffs", new { })).Succeeded().Text("name")));
        var answers = await Task.WhenAll(names.Select(name => desk.SendAsync($"{name}:add", new { barcodes = new[] { copy }, reason = "LOST" })));
        Assert.Equal(1, answers.Sum(answer => answer.Succeeded().Number("added")));
        Assert.Equal(3, answers.Count(answer => answer.Body.ToString().Contains("ON_ANOTHER_LIST", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_written_off_is_sold_once_at_the_price_list_s_price()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var (plain, dear, kept) = (await CopyAsync(catalog, record), await CopyAsync(catalog, record), await CopyAsync(catalog, record));
        await catalog.ExecuteAsync("UPDATE item SET state = 'WITHDRAWN' WHERE barcode IN ($1, $2)", plain, dear);
        var before = (await SalesAsync()).Number("totalMinor");
        Assert.Equal("ITEM_NOT_WRITTEN_OFF", (await desk.SendAsync($"items/{kept}:sell", new { branch = "KRO" })).Reason);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => desk.SendAsync($"items/{plain}:sell", new { branch = "KRO" })));
        Assert.Equal((200, "writeoff.unit"), answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => (answer.Number("priceMinor"), answer.Text("priceCode"))).Single());
        Assert.Equal(2, answers.Count(answer => answer.Status != HttpStatusCode.OK && answer.Reason == "ITEM_SOLD"));
        Assert.Equal(["priceMinor:RANGE"], (await desk.SendAsync($"items/{dear}:sell", new { branch = "KRO", priceMinor = 501 })).Violations);
        Assert.Equal((500, "writeoff.valuable-unit"), Sold((await desk.SendAsync($"items/{dear}:sell", new { branch = "KRO", priceMinor = 500 })).Succeeded()));
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync("items/NO-SUCH-COPY:sell", new { branch = "KRO" })).Status);
        var sales = await SalesAsync("&pageSize=1");
        Assert.Equal(before + 700, sales.Number("totalMinor"));
        Assert.Single(sales.Body.GetProperty("itemSales").EnumerateArray());
        Assert.Equal(["to:BEFORE"], (await desk.AskAsync("itemSales?branch=KRO&from=2026-02-01&to=2026-01-01")).Violations);

        Task<Answer> SalesAsync(string more = "") => desk.AskAsync($"itemSales?branch=KRO&from=2020-01-01&to={Iso(catalog.Clock.Today)}{more}");
        static (long, string) Sold(Answer sale) => (sale.Number("priceMinor"), sale.Text("priceCode"));
    }

    [Fact]
    public async Task A_donation_says_what_was_accepted_and_what_was_not()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var donor = Stock.NewBarcode();
        object Given(string on) => new
        {
            branch = "RAD", donor, receivedOn = on,
            titles = new object[] { new { title = "Visoška kronika", copies = 2, accepted = true }, new { title = "Telefonski imenik 1987", copies = 5, accepted = false, note = "Zastarelo" } },
        };
        var name = (await desk.SendAsync("donations", Given("2026-03-01"))).Succeeded().Text("name");
        (await desk.SendAsync("donations", Given("2026-03-02"))).Succeeded();
        var read = (await desk.AskAsync(name)).Succeeded();
        Assert.Equal((2, 5, "Zastarelo"), (read.Number("accepted"), read.Number("refused"), read.Body.GetProperty("titles")[1].GetProperty("note").GetString()));
        var page = (await desk.AskAsync($"donations?donor={donor}&pageSize=1")).Succeeded();
        Assert.Equal("2026-03-02", page.Body.GetProperty("donations")[0].GetProperty("receivedOn").GetString());
        var next = (await desk.AskAsync($"donations?donor={donor}&pageSize=1&pageToken={page.Text("nextPageToken")}")).Succeeded();
        Assert.Equal((name, ""), (next.Body.GetProperty("donations")[0].GetProperty("name").GetString(), next.Text("nextPageToken")));
        var refused = await desk.SendAsync("donations", new { branch = "RAD", donor = "Ana Novak", receivedOn = "2999-01-01", titles = new[] { new { title = "", copies = 0 } } });
        Assert.Equal(["donor:FORMAT", "receivedOn:FUTURE", "titles[0].copies:RANGE", "titles[0].title:REQUIRED"], refused.Violations.Order());
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"donations/{Guid.NewGuid():D}")).Status);
    }

    private static (long Added, long Repeated) Added(Answer answer) => (answer.Succeeded().Number("added"), answer.Number("repeatedScans"));

    private static object Signed(TestHost catalog) => new
    {
        signatures = new[] { new { role = "chair", initials = "AB", signedOn = Iso(catalog.Clock.Today) }, new { role = "member", initials = "CD", signedOn = Iso(catalog.Clock.Today) } },
    };

    private static string Iso(NodaTime.LocalDate date) => date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture);

    private static async Task<string> CopyAsync(TestHost catalog, string record, long priceMinor = 1500, string branch = "RAD")
    {
        using var desk = catalog.Rest("librarian");
        var barcode = Stock.NewBarcode();
        (await desk.SendAsync("items", new { barcode, record, branch, material = "BOOK", lending = "LENDABLE", priceMinor, acquisition = "PURCHASE" })).Succeeded();
        return barcode;
    }

    private static async Task<string> StateAsync(HttpClient desk, string barcode) => (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state");

    private static Task<int> CopiesTotalAsync(TestHost catalog, string record) =>
        catalog.ScalarAsync<int>("SELECT copies_total FROM record WHERE id = $1", Guid.Parse(record["records/".Length..]));
}

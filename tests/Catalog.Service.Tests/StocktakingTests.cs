using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Library.Testing;
using Npgsql;

namespace Library.Catalog.Service.Tests;

/// <summary>A shelf is gone along while lending goes on; what is not there is missing only after a second look. Every test has a collection or a call number of its own.</summary>
public sealed class StocktakingTests(CatalogNetwork network)
{
    private static int shelf = 100;

    /// <summary>A range of call numbers that no other test has.</summary>
    private static string NewShelf() => $"7{Interlocked.Increment(ref shelf)}";

    [Fact]
    public async Task What_is_not_on_the_shelf_is_looked_for_twice_and_then_missing()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var number = NewShelf();
        var copies = await CopiesAsync(catalog, number, 6);
        await catalog.LentAsync(await catalog.ReaderAsync(), copies[5]);
        var name = await OpenAsync(desk, number);
        var result = (await ScanAsync(desk, name, copies[0], copies[1])).Succeeded();
        Assert.Equal((2, 2, 0), (result.Number("read"), result.Number("counted"), result.Number("repeated")));
        // lent and brought back meanwhile: seen without a scan
        await catalog.LentAsync(await catalog.ReaderAsync(), copies[2]);
        await catalog.LentAsync(await catalog.ReaderAsync(), copies[3]);
        (await desk.ReturnAsync(copies[3])).Succeeded();

        Assert.Equal("STOCKTAKING_PASS", (await desk.SendAsync($"{name}:close", Signed(catalog))).Reason);
        Assert.Equal([copies[4]], await FindingsAsync(desk, name, "MISSING"));
        Assert.Equal("SECOND_PASS", (await desk.SendAsync($"{name}:startSecondPass", new { })).Succeeded().Text("state"));
        Assert.Equal("STOCKTAKING_PASS", (await desk.SendAsync($"{name}:startSecondPass", new { })).Reason);
        var again = (await ScanAsync(desk, name, copies[0], copies[2])).Succeeded();
        Assert.Equal((2, 1, 1), (again.Number("read"), again.Number("passedOver"), again.Number("counted")));

        var closed = (await desk.SendAsync($"{name}:close", Signed(catalog))).Succeeded();
        var figures = closed.Body.GetProperty("figures");
        Assert.Equal((6, 3, 1, 1, 1), (Of("expected"), Of("scanned"), Of("seenAtDesk"), Of("onLoan"), Of("missing")));
        Assert.Equal("MISSING", (await desk.AskAsync($"items/{copies[4]}")).Text("state"));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{copies[3]}")).Text("state"));
        Assert.Equal("STOCKTAKING_ENDED", (await ScanAsync(desk, name, copies[4])).Reason);
        // what became of a copy later changes nothing in what was found
        (await desk.ReturnAsync(copies[4])).Succeeded();
        Assert.Equal([copies[4]], await FindingsAsync(desk, name, "MISSING"));
        Assert.Equal(figures.ToString(), (await desk.AskAsync(name)).Succeeded().Body.GetProperty("figures").ToString());

        long Of(string figure) => figures.GetProperty(figure).GetInt64();
    }

    [Fact]
    public async Task What_stands_where_it_does_not_belong_and_what_ought_not_to_be_there_are_told_apart()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (number, elsewhere) = (NewShelf(), NewShelf());
        var copies = await CopiesAsync(catalog, number, 5);
        var (ofBled, ofReference, ofRange) = (
            (await CopiesAsync(catalog, number, 1, branch: "BLE"))[0], (await CopiesAsync(catalog, number, 1, collection: "REFERENCE"))[0], (await CopiesAsync(catalog, elsewhere, 1))[0]);
        var (onLoan, withdrawn, missing) = (copies[3], copies[4], (await CopiesAsync(catalog, number, 1))[0]);
        await catalog.LentAsync(await catalog.ReaderAsync(), onLoan);
        await catalog.ExecuteAsync("UPDATE item SET state = 'WITHDRAWN' WHERE barcode = $1", withdrawn);
        (await desk.SendAsync($"items/{missing}:mark", new { branch = "RAD", mark = "MISSING" })).Succeeded();

        var name = await OpenAsync(desk, number, collection: "BASIC");
        var unknown = Stock.NewBarcode();
        var result = (await ScanAsync(desk, name, missing, copies[1], copies[2], copies[0], ofBled, ofReference, ofRange, onLoan, withdrawn, unknown)).Succeeded();
        Assert.Equal((10, 4, 3, 1), (result.Number("counted"), result.Number("misplaced"), result.Number("unexpected"), result.Number("foundAgain")));
        Assert.Equal(
            new[] { (copies[0], "WRONG_ORDER"), (ofBled, "OTHER_BRANCH"), (ofReference, "OTHER_COLLECTION"), (ofRange, "OTHER_RANGE") }.Order(),
            await ReasonsAsync("MISPLACED"));
        Assert.Equal(new[] { (onLoan, "ON_LOAN"), (unknown, "UNKNOWN"), (withdrawn, "WITHDRAWN") }.Order(), await ReasonsAsync("UNEXPECTED"));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{missing}")).Text("state"));
        Assert.Equal(["kind:REQUIRED"], (await desk.AskAsync($"{name}/findings")).Violations);

        async Task<IEnumerable<(string, string)>> ReasonsAsync(string kind) =>
            (await desk.AskAsync($"{name}/findings?kind={kind}")).Succeeded().Body.GetProperty("findings").EnumerateArray()
                .Select(finding => (finding.GetProperty("barcode").GetString()!, finding.GetProperty("reason").GetString()!)).Order();
    }

    [Fact]
    public async Task Of_two_that_begin_on_shelves_that_overlap_one_begins()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var number = NewShelf();
        await CopiesAsync(catalog, number, 1);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => desk.SendAsync("stocktakings",
            new { branch = "RAD", collection = n % 2 == 0 ? "" : "BASIC", callNumberFrom = number, callNumberTo = $"{number}{n}" })));
        var name = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK).Text("name");
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("STOCKTAKING_OVERLAPS", answer.Reason));
        // beside it: another branch, another range; and the same once it has ended
        await OpenAsync(desk, number, branch: "BLE");
        await OpenAsync(desk, NewShelf());
        (await desk.SendAsync($"{name}:cancel", new { })).Succeeded();
        var next = await OpenAsync(desk, number);
        Assert.Contains(next, (await desk.AskAsync("stocktakings?branch=RAD&pageSize=1")).Succeeded().Body.ToString(), StringComparison.Ordinal);
        Assert.Equal(["callNumberTo:BEFORE"], (await desk.SendAsync("stocktakings", new { branch = "RAD", callNumberFrom = "9", callNumberTo = "8" })).Violations);
    }

    [Fact]
    public async Task A_file_counts_once_however_often_it_comes_and_not_at_all_when_it_is_cut()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var number = NewShelf();
        var copies = await CopiesAsync(catalog, number, 5);
        var name = await OpenAsync(desk, number);
        var file = string.Concat(copies.Select(barcode => $"{barcode}\r\n"));

        Assert.Equal(["body:CUT"], (await FileAsync(desk, name, file[..^4])).Violations);
        Assert.Equal(["body:COUNT"], (await FileAsync(desk, name, string.Concat(copies.Take(3).Select(barcode => $"{barcode}\n")), "?count=5")).Violations);
        Assert.Equal(["body:LINE"], (await FileAsync(desk, name, $"{copies[0]}\nni črtna koda\n")).Violations);
        Assert.Equal(["body:REQUIRED"], (await FileAsync(desk, name, "")).Violations);
        Assert.Equal(["count:RANGE"], (await FileAsync(desk, name, file, "?count=0")).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await FileAsync(desk, $"stocktakings/{Guid.NewGuid():D}", file)).Status);
        Assert.Equal(0, await CountAsync(catalog, name));

        var key = Guid.NewGuid().ToString("N");
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => FileAsync(desk, name, file, "?count=5", key)));
        Assert.All(answers, answer => Assert.Equal((5, 5, 0), (answer.Succeeded().Number("read"), answer.Number("counted"), answer.Number("repeated"))));
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (await FileAsync(desk, name, $"{copies[0]}\n", key: key)).Reason);
        var again = (await FileAsync(desk, name, file)).Succeeded();
        Assert.Equal((5, 0, 5), (again.Number("read"), again.Number("counted"), again.Number("repeated")));
        Assert.Equal(5, await CountAsync(catalog, name));
    }

    [Fact]
    public async Task A_long_file_is_taken_in_stretch_by_stretch()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian");
        var record = Guid.Parse((await catalog.RecordAsync())["records/".Length..]);
        await catalog.ExecuteAsync("""
            INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at,
                call_number, call_number_sort)
            SELECT 'L-' || n, $1, 'RAD', 'RAD', 'BOOK', 'LENDABLE', 1500, 'EUR', 'PURCHASE', 1, false, 'AVAILABLE', now(), n::text, lpad(n::text, 6, '0')
            FROM generate_series(1, 20000) AS n
            """, record);
        var name = (await desk.SendAsync("stocktakings", new { branch = "RAD" })).Succeeded().Text("name");
        var file = string.Concat(Enumerable.Range(1, 20_000).Where(n => n % 10_000 != 0).Select(n => $"L-{n}\n"));
        var result = (await FileAsync(desk, name, file, "?count=19998")).Succeeded();
        Assert.Equal((19_998, 0), (result.Number("counted"), result.Number("misplaced")));
        Assert.Equal(["L-10000", "L-20000"], (await FindingsAsync(desk, name, "MISSING", pageSize: 1)).Order());
    }

    [Fact]
    public async Task Devices_that_read_the_same_shelf_at_once_count_each_copy_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var number = NewShelf();
        var copies = await CopiesAsync(catalog, number, 8);
        var name = await OpenAsync(desk, number);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => ScanAsync(desk, name, [.. n % 2 == 0 ? copies : copies.Reverse()])));
        Assert.Equal(8, answers.Sum(answer => answer.Succeeded().Number("counted")));
        Assert.Equal(40, answers.Sum(answer => answer.Number("repeated")));
        var key = Guid.NewGuid().ToString("N");
        var body = new { barcodes = copies };
        Assert.Equal((await desk.SendAsync($"{name}:scan", body, key)).Succeeded().Body.ToString(), (await desk.SendAsync($"{name}:scan", body, key)).Succeeded().Body.ToString());
        Assert.Equal(["barcodes[1]:FORMAT"], (await ScanAsync(desk, name, copies[0], "x y")).Violations);
        Assert.Equal(["barcodes:COUNT"], (await ScanAsync(desk, name)).Violations);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await ScanAsync(bled, name, copies[0])).Status);
    }

    [Fact]
    public async Task A_desk_that_lends_what_is_about_to_be_missing_wins_or_is_told()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 4; round++)
        {
            var number = NewShelf();
            var copies = await CopiesAsync(catalog, number, 4);
            var name = await OpenAsync(desk, number);
            (await desk.SendAsync($"{name}:startSecondPass", new { })).Succeeded();
            var readers = await Task.WhenAll(copies.Select(_ => catalog.ReaderAsync()));
            var lending = Task.WhenAll(copies.Select((barcode, n) => desk.LendAsync(barcode, readers[n].Card)));
            var closed = (await desk.SendAsync($"{name}:close", Signed(catalog))).Succeeded();
            var lent = await lending;
            var missing = await FindingsAsync(desk, name, "MISSING");
            foreach (var (n, barcode) in copies.Index())
            {
                var state = (await desk.AskAsync($"items/{barcode}")).Text("state");
                Assert.Equal(missing.Contains(barcode) ? ("MISSING", "ITEM_WITHDRAWN") : ("ON_LOAN", ""), (state, lent[n].Status == HttpStatusCode.OK ? "" : lent[n].Reason));
            }
            Assert.Equal(missing.Count, closed.Body.GetProperty("figures").GetProperty("missing").GetInt64());
        }
    }

    [Fact]
    public async Task The_protocol_is_signed_printed_and_never_changed()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", language: "sl");
        var number = NewShelf();
        var copies = await CopiesAsync(catalog, number, 2);
        var name = await OpenAsync(desk, number);
        var id = Guid.Parse(name["stocktakings/".Length..]);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"{name}/protocol")).Status);
        (await desk.SendAsync($"{name}:startSecondPass", new { })).Succeeded();
        (await ScanAsync(desk, name, copies[0])).Succeeded();
        Assert.Equal(["signatures:COUNT"], (await desk.SendAsync($"{name}:close", new { })).Violations);
        Assert.Equal(
            ["signatures[0].signedOn:FUTURE", "signatures[1].initials:LENGTH"],
            (await desk.SendAsync($"{name}:close", new { signatures = new[] { Sign("predsednica", "AB", catalog.Clock.Today.PlusDays(1)), Sign("član", "Ana Novak", catalog.Clock.Today) } })).Violations);
        (await desk.SendAsync($"{name}:close", new { signatures = new[] { Sign("<predsednica>", "AB", catalog.Clock.Today), Sign("član", "CD", catalog.Clock.Today) } })).Succeeded();

        var protocol = (await desk.AskAsync($"{name}/protocol")).Succeeded();
        var content = protocol.Text("content");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content))), protocol.Text("sha256"));
        using var signed = JsonDocument.Parse(content);
        Assert.Equal((1, 1500), (signed.RootElement.GetProperty("figures").GetProperty("missing").GetInt64(), signed.RootElement.GetProperty("missingPriceMinor").GetInt64()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{copies[1]}\n"))), signed.RootElement.GetProperty("missingBarcodesSha256").GetString());

        var page = await desk.GetStringAsync(new Uri($"/api/v1/{name}:print", UriKind.Relative));
        Assert.Contains("Zapisnik o inventuri", page, StringComparison.Ordinal);
        Assert.Contains(protocol.Text("sha256"), page, StringComparison.Ordinal);
        Assert.Contains("&lt;predsednica&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<predsednica>", page, StringComparison.Ordinal);

        string[] changes =
        [
            "UPDATE stocktaking_protocol SET content = '{}' WHERE stocktaking = $1", "DELETE FROM stocktaking_protocol WHERE stocktaking = $1",
            "UPDATE stocktaking SET branch = 'BLE' WHERE id = $1", "UPDATE stocktaking_copy SET outcome = 'SCANNED' WHERE stocktaking = $1",
            "DELETE FROM stocktaking_copy WHERE stocktaking = $1",
        ];
        foreach (var change in changes)
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => catalog.ExecuteAsync(change, id));
            Assert.True(refused.ConstraintName == "stocktaking_is_signed" || refused.SqlState == PostgresErrorCodes.InsufficientPrivilege, change);
        }
        Assert.Equal(content, (await desk.AskAsync($"{name}/protocol")).Text("content"));
    }

    private static object Sign(string role, string initials, NodaTime.LocalDate on) =>
        new { role, initials, signedOn = on.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture) };

    private static object Signed(TestHost catalog) =>
        new { signatures = new[] { Sign("chair", "AB", catalog.Clock.Today), Sign("member", "CD", catalog.Clock.Today) } };

    /// <summary>In the order of the shelf.</summary>
    private static async Task<string[]> CopiesAsync(TestHost catalog, string number, int count, string branch = "RAD", string collection = "BASIC")
    {
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var barcodes = new string[count];
        for (var n = 0; n < count; n++)
            (await desk.SendAsync("items", new
            {
                barcode = barcodes[n] = Stock.NewBarcode(), record, branch, collection, material = "BOOK", lending = "LENDABLE", priceMinor = 1500, acquisition = "PURCHASE",
                callNumber = $"{number} A {n}",
            })).Succeeded();
        return barcodes;
    }

    private static async Task<string> OpenAsync(HttpClient desk, string number, string branch = "RAD", string collection = "") =>
        (await desk.SendAsync("stocktakings", new { branch, collection, callNumberFrom = number, callNumberTo = number })).Succeeded().Text("name");

    private static Task<Answer> ScanAsync(HttpClient desk, string name, params string[] barcodes) => desk.SendAsync($"{name}:scan", new { barcodes });

    private static async Task<Answer> FileAsync(HttpClient desk, string name, string file, string query = "", string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{name}:scanFile{query}") { Content = new StringContent(file, Encoding.UTF8, "text/plain") };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var response = await desk.SendAsync(request);
        return new Answer(response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private static async Task<List<string>> FindingsAsync(HttpClient desk, string name, string kind, int pageSize = 100)
    {
        var (barcodes, token) = (new List<string>(), "");
        do
        {
            var page = (await desk.AskAsync($"{name}/findings?kind={kind}&pageSize={pageSize}&pageToken={token}")).Succeeded();
            barcodes.AddRange(page.Body.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("barcode").GetString()!));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        return barcodes;
    }

    private static Task<long> CountAsync(TestHost catalog, string name) =>
        catalog.ScalarAsync<long>("SELECT count(*) FROM stocktaking_scan WHERE stocktaking = $1", Guid.Parse(name["stocktakings/".Length..]));
}

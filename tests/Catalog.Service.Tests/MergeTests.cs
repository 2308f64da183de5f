using System.Net;
using System.Text.Json;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>Two entries of one title become one, with the copies of both, and can be taken apart again.</summary>
public sealed class MergeTests(CatalogNetwork network)
{
    private const string Isbn = "0-306-40615-2", OtherIsbn = "978-961-01-0000-1";

    [Fact]
    public async Task What_is_merged_is_one_entry_with_all_copies_and_comes_apart_as_it_was()
    {
        var (catalog, staff, target, duplicate) = await TwoAsync("merge-one");
        var (own, came) = (await catalog.ItemAsync("RAD", target), await catalog.ItemAsync("BLE", duplicate));
        var suggested = (await staff.AskAsync($"{target}:duplicates")).Succeeded().Body.GetProperty("duplicates").EnumerateArray().ToList();
        Assert.Contains(suggested, found => found.GetProperty("record").GetProperty("name").GetString() == duplicate && found.GetProperty("reason").GetString() == "SAME_TITLE");

        var merged = (await staff.SendAsync($"{target}:merge", new { duplicates = new[] { duplicate } })).Succeeded();
        Assert.Equal(new[] { own, came }.Order(), merged.Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("barcode").GetString()).Order());
        Assert.Equal((2, 2), (merged.Number("copiesTotal"), merged.Number("copiesAvailable")));
        Assert.Equal([target], await FoundAsync(staff, "merge-one"));
        Assert.Equal([target], await FoundAsync(staff, "9780306406157&branch=BLE"));
        Assert.Equal(target, (await staff.AskAsync(duplicate)).Succeeded().Text("mergedInto"));
        Assert.Equal(0, (await staff.AskAsync(duplicate)).Number("copiesTotal"));

        // an import goes on changing the duplicate, and it stays merged
        await ImportAsync(staff, "merge-one-b", Marc.Record("d", "Deseti brat, popravljen", author: "merge-one", isbn: Isbn));
        Assert.Equal([target], await FoundAsync(staff, "merge-one"));

        (await staff.SendAsync($"{duplicate}:unmerge", new { })).Succeeded();
        Assert.Equal([came], (await staff.AskAsync(duplicate)).Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("barcode").GetString()));
        Assert.Equal([own], (await staff.AskAsync(target)).Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("barcode").GetString()));
        Assert.Equal(2, (await FoundAsync(staff, "merge-one")).Length);
        Assert.Equal([duplicate], await FoundAsync(staff, "popravljen merge-one"));
        Assert.Equal([duplicate], await FoundAsync(staff, "9780306406157 merge-one"));
        var history = (await staff.AskAsync($"{target}:duplicates")).Body.GetProperty("merges").EnumerateArray().Single();
        Assert.Equal((target, duplicate, JsonValueKind.String), (history.GetProperty("target").GetString(), history.GetProperty("duplicate").GetString(), history.GetProperty("undoneAt").ValueKind));
    }

    [Fact]
    public async Task Of_two_who_merge_one_duplicate_into_two_records_one_is_refused()
    {
        var (catalog, staff, target, duplicate) = await TwoAsync("merge-race");
        var other = await ImportAsync(staff, "merge-race-c", Marc.Record("e", "Deseti brat", author: "merge-race"), catalog);
        var barcode = await catalog.ItemAsync("RAD", duplicate);
        var answers = await Task.WhenAll(new[] { target, other, target, other }.Select(into => staff.SendAsync($"{into}:merge", new { duplicates = new[] { duplicate } })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("RECORD_MERGED", answer.Reason));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM record_merge WHERE duplicate = $1 AND undone_at IS NULL", Guid.Parse(duplicate["records/".Length..])));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT sum(copies_total)::bigint FROM record WHERE source LIKE 'merge-race%'"));
        Assert.NotEqual(duplicate, (await staff.AskAsync($"items/{barcode}")).Text("record"));
    }

    [Fact]
    public async Task What_cannot_be_merged_is_refused_and_nothing_is_done()
    {
        var (catalog, staff, target, duplicate) = await TwoAsync("merge-wrong");
        var third = await ImportAsync(staff, "merge-wrong-c", Marc.Record("f", "Deseti brat", author: "merge-wrong"), catalog);
        Assert.Equal(["duplicates.size:RANGE"], (await staff.SendAsync($"{target}:merge", new { duplicates = Array.Empty<string>() })).Violations);
        Assert.Equal(["duplicates:FORBIDDEN"], (await staff.SendAsync($"{target}:merge", new { duplicates = new[] { target } })).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.SendAsync($"{target}:merge", new { duplicates = new[] { duplicate, $"records/{Guid.NewGuid():D}" } })).Status);
        Assert.Equal("RECORD_NOT_MERGED", (await staff.SendAsync($"{duplicate}:unmerge", new { })).Reason);
        (await staff.SendAsync($"{target}:merge", new { duplicates = new[] { duplicate } })).Succeeded();
        Assert.Equal("RECORD_MERGED", (await staff.SendAsync($"{third}:merge", new { duplicates = new[] { target } })).Reason);
        Assert.Equal("RECORD_MERGED", (await staff.SendAsync($"{duplicate}:merge", new { duplicates = new[] { third } })).Reason);
        Assert.Equal(2, (await FoundAsync(staff, "merge-wrong")).Length);
        using var member = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.SendAsync($"{target}:merge", new { duplicates = new[] { third } })).Status);
    }

    [Fact]
    public async Task A_duplicate_that_something_goes_on_with_is_not_merged_and_nothing_new_hangs_on_a_merged_one()
    {
        var (catalog, staff, target, duplicate) = await TwoAsync("merge-used");
        using var desk = catalog.Rest("librarian");
        await catalog.SubscribedAsync(desk, record: duplicate);
        Assert.Equal("RECORD_IN_USE", (await staff.SendAsync($"{target}:merge", new { duplicates = new[] { duplicate } })).Reason);
        (await staff.SendAsync($"{duplicate}:merge", new { duplicates = new[] { target } })).Succeeded();

        Assert.Equal("MERGED_ELSEWHERE", (await desk.SendAsync("subscriptions", await catalog.WeeklyAsync(desk, record: target))).Reason);
        var copy = new { barcode = Stock.NewBarcode(), record = target, branch = "RAD", material = "BOOK", lending = "LENDABLE", priceMinor = 1500, acquisition = "PURCHASE" };
        Assert.Equal("MERGED_ELSEWHERE", (await staff.SendAsync("items", copy)).Reason);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM item WHERE record = $1", Guid.Parse(target["records/".Length..])));
    }

    [Fact]
    public async Task Another_librarys_records_become_one_with_ours_where_they_are_certainly_the_same()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        await ImportAsync(staff, "union-ours", Marc.File(
            Marc.Record("a", "Vojna in mir", author: "union", isbn: Isbn), Marc.Record("b", "Ana Karenina", author: "union", isbn: OtherIsbn)));
        await ImportAsync(staff, "union-theirs", Marc.File(
            Marc.Record("1", "Vojna in mir", author: "union T.", isbn: Isbn), // the same
            Marc.Record("2", "Ana Karenina : roman", author: "union T.", isbn: OtherIsbn), // the title says otherwise
            Marc.Record("3", "Vojna in mir", author: "union T."), // no number
            Marc.Record("4", "Vojna in mir", author: "union T.", isbn: Isbn))); // the same once more
        var merged = new List<(string Target, string Duplicate)>();
        var (token, pages) = ("", 0);
        do
        {
            var page = (await staff.SendAsync("records:mergeMatches", new { source = "union-theirs", pageSize = 3, pageToken = token })).Succeeded();
            merged.AddRange(page.Body.GetProperty("merged").EnumerateArray().Select(merge => (merge.GetProperty("target").GetString()!, merge.GetProperty("duplicate").GetString()!)));
            token = page.Text("nextPageToken");
            pages++;
        }
        while (token.Length > 0);
        async Task<string> NameAsync(string source, string number) =>
            $"records/{await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = $1 AND control_number = $2", source, number):D}";
        var ours = await NameAsync("union-ours", "a");
        Assert.Equal([(ours, await NameAsync("union-theirs", "1")), (ours, await NameAsync("union-theirs", "4"))], merged);
        Assert.Equal(2, pages);
        Assert.Equal(0, (await staff.SendAsync("records:mergeMatches", new { source = "union-theirs" })).Succeeded().Body.GetProperty("merged").GetArrayLength());
        Assert.Equal(["source:REQUIRED"], (await staff.SendAsync("records:mergeMatches", new { source = "" })).Violations);
    }

    private static async Task<string[]> FoundAsync(HttpClient staff, string query) =>
        [.. (await staff.AskAsync($"records?query={query}")).Succeeded().Body.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("name").GetString()!)];

    private async Task<(TestHost Catalog, HttpClient Staff, string Target, string Duplicate)> TwoAsync(string name)
    {
        var catalog = await network.HostAsync();
        var staff = catalog.Rest("librarian");
        var target = await ImportAsync(staff, $"{name}-a", Marc.Record("t", "Deseti brat", author: name, isbn: OtherIsbn), catalog);
        return (catalog, staff, target, await ImportAsync(staff, $"{name}-b", Marc.Record("d", "Deseti brat", author: name, isbn: Isbn), catalog));
    }

    private static async Task<string> ImportAsync(HttpClient staff, string source, byte[] file, TestHost? catalog = null)
    {
        var operation = (await staff.ImportAsync(file, $"format=marc21&source={source}")).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await staff.AskAsync(operation)).Body.GetProperty("done").GetBoolean(), "the import is done");
        return catalog is null ? "" : $"records/{await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = $1", source):D}";
    }
}

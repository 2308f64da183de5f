using System.Net;
using Library.Catalog.Messages;
using Library.Testing;
using static Library.Catalog.Service.Tests.Holds;

namespace Library.Catalog.Service.Tests;

/// <summary>A title with one copy.</summary>
public sealed record Title(string Record, string Barcode);

/// <summary>Holds where a test needs them.</summary>
public static class Holds
{
    public static Task<Answer> HoldAsync(HttpClient desk, string record, Reader reader, string pickupBranch = "RAD") =>
        desk.SendAsync("holds", new { record, member = reader.Name, pickupBranch });

    public static async Task<Title> TitleAsync(TestHost catalog)
    {
        var record = await catalog.RecordAsync();
        return new Title(record, await catalog.ItemAsync(record: record));
    }

    /// <summary>Its one copy is with a reader since today.</summary>
    public static async Task<Title> LentTitleAsync(TestHost catalog)
    {
        var title = await TitleAsync(catalog);
        await catalog.LentAsync(await catalog.ReaderAsync(), title.Barcode);
        return title;
    }
}

/// <summary>Desks and members that act at one instant come one after the other (ADR 21).</summary>
public sealed class HoldRaceTests(CatalogNetwork network)
{
    [Fact]
    public async Task Many_who_place_at_one_instant_get_places_one_after_the_other_and_one_copy()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await TitleAsync(catalog);
        var readers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => catalog.ReaderAsync()));
        var holds = await Task.WhenAll(readers.Select(reader => HoldAsync(desk, title.Record, reader)));
        Assert.All(holds, hold => hold.Succeeded());
        var now = await Task.WhenAll(holds.Select(hold => desk.AskAsync(hold.Text("name"))));
        Assert.Equal(Enumerable.Range(1, 8).Select(place => (long)place), now.Select(hold => hold.Number("queuePosition")).Order());
        Assert.Equal(1, Assert.Single(now, hold => hold.Text("barcode") == title.Barcode).Number("queuePosition"));
        // the same member at once: one place
        var one = await catalog.ReaderAsync();
        var twice = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => HoldAsync(desk, title.Record, one)));
        Assert.Single(twice, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(twice.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("ALREADY_HELD", answer.Reason));
    }

    [Fact]
    public async Task A_return_and_a_hold_at_one_instant_leave_no_copy_on_a_shelf_that_somebody_waits_for()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < 10; round++)
        {
            var title = await LentTitleAsync(catalog);
            // the queue is there: somebody waited before
            (await desk.SendAsync($"{(await HoldAsync(desk, title.Record, await catalog.ReaderAsync())).Succeeded().Text("name")}:cancel", new { })).Succeeded();
            var reader = await catalog.ReaderAsync();
            var (back, hold) = (desk.ReturnAsync(title.Barcode), HoldAsync(desk, title.Record, reader));
            var name = (await hold).Succeeded().Text("name");
            var next = (await back).Succeeded().Text("next");
            var after = await desk.AskAsync(name);
            Assert.Equal(title.Barcode, after.Text("barcode"));
            Assert.Equal(next == "HOLD_SHELF" ? "READY" : "WAITING", after.Text("state"));
        }
    }

    [Fact]
    public async Task A_renewal_and_a_hold_at_one_instant_come_one_after_the_other()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < 10; round++)
        {
            var (borrower, title) = (await catalog.ReaderAsync(), await TitleAsync(catalog));
            var loan = await catalog.LentAsync(borrower, title.Barcode);
            var reader = await catalog.ReaderAsync();
            var (renewal, hold) = (desk.SendAsync($"{loan}:renew", new { }), HoldAsync(desk, title.Record, reader));
            (await hold).Succeeded();
            var renewed = await renewal;
            if (renewed.Status != HttpStatusCode.OK) Assert.Equal("TITLE_RESERVED", renewed.Reason);
            Assert.Equal("TITLE_RESERVED", (await desk.SendAsync($"{loan}:renew", new { })).Reason);
        }
    }

    [Fact]
    public async Task A_loan_and_a_hold_of_one_copy_at_one_instant_give_it_to_one_of_them()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < 10; round++)
        {
            var title = await TitleAsync(catalog);
            var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
            var (loan, hold) = (desk.LendAsync(title.Barcode, ana.Card), HoldAsync(desk, title.Record, bine));
            var name = (await hold).Succeeded().Text("name");
            var lent = (await loan).Status == HttpStatusCode.OK;
            Assert.Equal(lent ? "" : title.Barcode, (await desk.AskAsync(name)).Text("barcode"));
        }
    }

    [Fact]
    public async Task Two_desks_that_scan_one_copy_make_one_hold_ready_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var holds = new List<string>();
        for (var place = 0; place < 3; place++) holds.Add((await HoldAsync(desk, title.Record, await catalog.ReaderAsync())).Succeeded().Text("name"));
        var scans = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.ReturnAsync(title.Barcode)));
        Assert.All(scans, scan => Assert.Equal(holds[0], scan.Succeeded().Text("hold")));
        Assert.Equal((1L, 0L), (await catalog.ToldAsync<HoldReady>(holds[0]), await catalog.ToldAsync<HoldReady>(holds[1])));
    }
}

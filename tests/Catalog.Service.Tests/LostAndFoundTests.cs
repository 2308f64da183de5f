using Library.Catalog.Features.Forgetting;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>Lost copies that turn up when their case is settled.</summary>
public sealed class LostAndFoundTests(OwnCatalog own) : IClassFixture<OwnCatalog>
{
    [Fact]
    public async Task Found_again_after_it_was_compensated_the_copy_is_back_in_stock_and_the_case_says_when_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        using var accountant = catalog.Rest("accountant");
        var ana = await catalog.ReaderAsync();
        var (barcode, loss) = await CompensatedAsync(catalog, desk, ana);
        var back = (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(("", "SHELVE"), (back.Text("loan"), back.Text("next")));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        var found = (await accountant.AskAsync(loss)).Succeeded();
        Assert.Equal(("COMPENSATED", catalog.Clock.Today.Iso()), (found.Text("state"), found.Text("foundOn")));
        // the compensation is owed no more, and Finance is told so once
        Assert.Equal(0L, await catalog.PendingAsync(ana));
        var withdrawn = await catalog.LastToldAsync<ChargeWithdrawn>(loss);
        var charged = Assert.Single(found.Body.GetProperty("charges").EnumerateArray());
        Assert.Equal(
            (ana.Name, $"charges/{withdrawn.ChargeId:D}", 3000, WithdrawalReason.ItemFound, catalog.Clock.Today.Iso()),
            (withdrawn.Member, charged.GetProperty("charge").GetString(), withdrawn.AmountMinor, withdrawn.Reason, charged.GetProperty("withdrawnOn").GetString()));
        Assert.Contains(loss, (await accountant.AskAsync("losses?foundAgain=true&pageSize=200")).Succeeded().Body.GetProperty("losses").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        // once: what it is lent and found as later is another story
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(found.Body.ToString(), (await accountant.AskAsync(loss)).Body.ToString());
        Assert.Equal(1, await catalog.ToldAsync<ChargeWithdrawn>(loss));
    }

    [Fact]
    public async Task Found_again_after_it_was_replaced_it_is_one_copy_more_and_reprocessing_stays_owed_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loss = (await desk.DeclareLostAsync(await catalog.LentAsync(ana, barcode))).Succeeded().Text("name");
        (await desk.SendAsync($"{loss}:replace", new { branch = "RAD", newBarcode = Stock.NewBarcode() })).Succeeded();
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(catalog.Clock.Today.Iso(), (await desk.AskAsync(loss)).Text("foundOn"));
        Assert.Equal((600L, 0), (await catalog.PendingAsync(ana), await catalog.ToldAsync<ChargeWithdrawn>(loss)));
    }

    [Fact]
    public async Task Handed_in_at_two_desks_at_one_instant_the_compensation_is_withdrawn_once_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (barcode, loss) = await CompensatedAsync(catalog, desk, ana);
        var answers = await Task.WhenAll(desk.ReturnAsync(barcode), desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "FOUND" }), desk.ReturnAsync(barcode));
        Assert.Contains(answers, answer => answer.Status == System.Net.HttpStatusCode.OK);
        Assert.Equal((0L, 1), (await catalog.PendingAsync(ana), await catalog.ToldAsync<ChargeWithdrawn>(loss)));
    }

    [Fact]
    public async Task Found_by_staff_or_by_a_stocktaking_it_is_found_as_well_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "GOR");
        var (marked, first) = await CompensatedAsync(catalog, desk, await catalog.ReaderAsync(), "GOR");
        (await desk.SendAsync($"items/{marked}:mark", new { branch = "GOR", mark = "FOUND" })).Succeeded();
        Assert.Equal(catalog.Clock.Today.Iso(), (await desk.AskAsync(first)).Text("foundOn"));

        var (read, second) = await CompensatedAsync(catalog, desk, await catalog.ReaderAsync(), "GOR");
        var bound = await catalog.ItemAsync("GOR");
        var loan = await catalog.LentAsync(await catalog.ReaderAsync(), bound, "GOR");
        var open = (await desk.DeclareLostAsync(loan, "GOR")).Succeeded().Text("name");
        var shelf = (await desk.SendAsync("stocktakings", new { branch = "GOR" })).Succeeded().Text("name");
        Assert.Equal(1, (await desk.SendAsync($"{shelf}:scan", new { barcodes = new[] { read, bound } })).Succeeded().Number("foundAgain"));
        Assert.Equal(catalog.Clock.Today.Iso(), (await desk.AskAsync(second)).Text("foundOn"));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{read}")).Text("state"));
        // what its reader has declared lost is still bound to the loan: it is taken back at the desk
        Assert.Equal(("OPEN", "LOST"), ((await desk.AskAsync(open)).Text("state"), (await desk.AskAsync($"items/{bound}")).Text("state")));
    }

    [Fact]
    public async Task Found_again_when_nobody_knows_any_more_who_lost_it_it_is_found_all_the_same_art_21()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (barcode, loss) = await CompensatedAsync(catalog, desk, ana);
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", ana.Id); // paid
        await catalog.Get<IEnumerable<IPeriodicJob>>().OfType<ForgetReaders>().Single().RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(catalog.Clock.Today.Iso(), (await desk.AskAsync(loss)).Text("foundOn"));
        Assert.Equal(0, await catalog.ToldAsync<ChargeWithdrawn>(loss));
    }

    private static async Task<(string Barcode, string Loss)> CompensatedAsync(TestHost catalog, HttpClient desk, Reader reader, string branch = "RAD")
    {
        var barcode = await catalog.ItemAsync(branch);
        var loan = await catalog.LentAsync(reader, barcode, branch);
        var loss = (await desk.DeclareLostAsync(loan, branch)).Succeeded().Text("name");
        (await desk.SendAsync($"{loss}:compensate", new { branch })).Succeeded();
        return (barcode, loss);
    }
}

using System.Net;
using Library.Catalog.Messages;
using Library.Testing;
using static Library.Catalog.Service.Tests.Holds;

namespace Library.Catalog.Service.Tests;

/// <summary>Undoing, and whatever else happens to the copy at that instant, come one after the other.</summary>
public sealed class UndoRaceTests(CatalogNetwork network)
{
    private const int Rounds = 10;

    [Fact]
    public async Task An_undo_and_a_return_at_one_instant_end_the_loan_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < Rounds; round++)
        {
            var barcode = await catalog.ItemAsync();
            var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
            var (undo, back) = (desk.UndoAsync(loan), desk.ReturnAsync(barcode));
            var (undone, returned) = (await undo, await back);
            Assert.Single([undone, returned], answer => answer.Status == HttpStatusCode.OK);
            if (returned.Status == HttpStatusCode.OK) Assert.Equal("UNDO_OVERTAKEN", undone.Reason);
            else Assert.Equal((HttpStatusCode.NotFound, "loan"), (returned.Status, returned.Metadata("kind")));
            Assert.Equal(undone.Status == HttpStatusCode.OK ? (1, 0) : (0, 1), (await catalog.ToldAsync<LoanUndone>(loan), await catalog.ToldAsync<ItemReturned>(loan)));
            Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        }
    }

    [Fact]
    public async Task An_undo_and_a_renewal_at_one_instant_leave_a_renewed_loan_or_none()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < Rounds; round++)
        {
            var barcode = await catalog.ItemAsync();
            var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
            var (undo, renew) = (desk.UndoAsync(loan), desk.SendAsync($"{loan}:renew", new { }));
            var (undone, renewed) = (await undo, await renew);
            Assert.Single([undone, renewed], answer => answer.Status == HttpStatusCode.OK);
            Assert.Equal(renewed.Status == HttpStatusCode.OK ? "UNDO_OVERTAKEN" : "RENEWAL_NOT_ALLOWED", (renewed.Status == HttpStatusCode.OK ? undone : renewed).Reason);
            Assert.Equal(renewed.Status == HttpStatusCode.OK ? "ON_LOAN" : "AVAILABLE", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        }
    }

    [Fact]
    public async Task Four_desks_that_undo_at_one_instant_undo_once_and_agree()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        await catalog.WasDueAsync(loan, 5);
        (await desk.ReturnAsync(barcode)).Succeeded();
        var returns = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.UndoReturnAsync(barcode)));
        Assert.Single(returns.Select(answer => answer.Succeeded().Body.ToString()).Distinct());
        Assert.Equal((1, 1), (await catalog.ToldAsync<ReturnUndone>(loan), (await catalog.WithdrawnAsync(loan)).Count));
        Assert.Equal(0, await catalog.PendingAsync(reader));
        var loans = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.UndoAsync(loan)));
        Assert.Single(loans.Select(answer => answer.Succeeded().Body.ToString()).Distinct());
        Assert.Equal(1, await catalog.ToldAsync<LoanUndone>(loan));
    }

    [Fact]
    public async Task A_return_that_is_undone_while_another_borrows_the_copy_leaves_one_open_loan()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < Rounds; round++)
        {
            var barcode = await catalog.ItemAsync();
            var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
            (await desk.ReturnAsync(barcode)).Succeeded();
            var (undo, lend) = (desk.UndoReturnAsync(barcode), desk.LendAsync(barcode, (await catalog.ReaderAsync()).Card));
            var (undone, lent) = (await undo, await lend);
            Assert.Single([undone, lent], answer => answer.Status == HttpStatusCode.OK);
            Assert.Equal("ITEM_ON_LOAN", (lent.Status == HttpStatusCode.OK ? undone : lent).Reason);
            Assert.Equal(lent.Status == HttpStatusCode.OK ? lent.Text("name") : loan, await catalog.ScalarAsync<string>(
                "SELECT string_agg('loans/' || id, ',') FROM loan WHERE barcode = $1 AND returned_at IS NULL", barcode));
        }
    }

    [Fact]
    public async Task A_return_that_is_undone_while_another_places_a_hold_gives_the_copy_to_one_of_them()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < Rounds; round++)
        {
            var title = await LentTitleAsync(catalog);
            (await desk.ReturnAsync(title.Barcode)).Succeeded();
            var reader = await catalog.ReaderAsync();
            var (undo, hold) = (desk.UndoReturnAsync(title.Barcode), HoldAsync(desk, title.Record, reader));
            var (undone, name) = (await undo, (await hold).Succeeded().Text("name"));
            var after = (await desk.AskAsync(name)).Succeeded();
            Assert.Equal("WAITING", after.Text("state"));
            if (undone.Status != HttpStatusCode.OK) Assert.Equal("UNDO_OVERTAKEN", undone.Reason);
            Assert.Equal(undone.Status == HttpStatusCode.OK ? ("", "ON_LOAN") : (title.Barcode, "AVAILABLE"),
                (after.Text("barcode"), (await desk.AskAsync($"items/{title.Barcode}")).Text("state")));
        }
    }

    [Fact]
    public async Task A_renewal_that_is_undone_while_the_item_comes_back_charges_one_due_date()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < Rounds; round++)
        {
            var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
            var loan = await catalog.LentAsync(reader, barcode);
            await catalog.WasDueAsync(loan, 3);
            (await desk.SendAsync($"{loan}:renew", new { })).Succeeded();
            var (undo, back) = (desk.UndoRenewalAsync(loan), desk.ReturnAsync(barcode));
            var (undone, fine) = (await undo, (await back).Succeeded().Number("fineMinor"));
            if (undone.Status != HttpStatusCode.OK) Assert.Equal("UNDO_OVERTAKEN", undone.Reason);
            // charged at the renewal, or at the return: once
            Assert.Equal(undone.Status == HttpStatusCode.OK ? 90 : 0, fine);
            Assert.Equal(90, await catalog.PendingAsync(reader));
        }
    }

    [Fact]
    public async Task A_claim_and_a_return_at_one_instant_leave_no_open_claim()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < Rounds; round++)
        {
            var barcode = await catalog.ItemAsync();
            var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
            var (claim, back) = (desk.SendAsync($"{loan}:claimReturned", new { branch = "RAD" }), desk.ReturnAsync(barcode));
            var claimed = await claim;
            (await back).Succeeded();
            if (claimed.Status != HttpStatusCode.OK) Assert.Equal("LOAN_NOT_OPEN", claimed.Reason);
            Assert.Equal(claimed.Status == HttpStatusCode.OK ? "FOUND" : "", await catalog.ScalarAsync<string>("SELECT coalesce(claim_outcome, '') FROM loan WHERE id = $1", Undoing.IdOf(loan)));
        }
    }
}

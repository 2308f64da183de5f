using System.Net;
using System.Text.Json;
using Library.Catalog.Messages;
using Library.Contracts;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>Items come back at any branch, once, with the price of being late; loans are renewed.</summary>
public sealed class ReturningTests(CatalogNetwork network)
{
    [Fact]
    public async Task Nine_days_late_cost_2_70_and_the_charge_adds_up_art_36()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        await catalog.WasDueAsync(loan, 9);
        var back = (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal((loan, 9, 270, "SHELVE"), (back.Text("loan"), back.Number("overdueDays"), back.Number("fineMinor"), back.Text("next")));

        var told = JsonSerializer.Deserialize<ItemReturned>(
            await catalog.ScalarAsync<string>("SELECT body FROM outbox WHERE type = $1 AND aggregate = $2", typeof(ItemReturned).FullName!, loan), JsonSerializerOptions.Web)!;
        Assert.Equal((ChargeKind.Fine, 270, 270, reader.Name), (told.Fine!.Kind, told.Fine.AmountMinor, told.Fine.Lines.Sum(line => line.AmountMinor), told.Fine.Member));
        // owed here from this moment on
        Assert.Equal(270L, await catalog.ScalarAsync<long>("SELECT amount_minor FROM pending_charge WHERE id = $1", told.Fine.Id));
    }

    [Fact]
    public async Task Handed_in_elsewhere_it_goes_home_and_is_shelved_there_art_35()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("librarian", "BLE");
        using var radovljica = catalog.Rest("librarian", "RAD");
        var barcode = await catalog.ItemAsync();
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        var elsewhere = (await bled.ReturnAsync(barcode, "BLE")).Succeeded();
        Assert.Equal(("TRANSIT", "RAD"), (elsewhere.Text("next"), elsewhere.Text("toBranch")));
        Assert.Equal("IN_TRANSIT", (await bled.AskAsync($"items/{barcode}")).Text("state"));
        Assert.Equal(HttpStatusCode.NotFound, (await bled.ReturnAsync(barcode, "BLE")).Status);
        var home = (await radovljica.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(("SHELVE", ""), (home.Text("next"), home.Text("loan")));
        Assert.Equal("AVAILABLE", (await bled.AskAsync($"items/{barcode}")).Text("state"));
        var none = await radovljica.ReturnAsync(barcode);
        Assert.Equal((HttpStatusCode.NotFound, "loan"), (none.Status, none.Metadata("kind")));
    }

    [Fact]
    public async Task Two_desks_taking_back_one_item_fine_once_and_one_key_gives_one_answer()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var barcode = await catalog.ItemAsync();
        var reader = await catalog.ReaderAsync();
        await catalog.WasDueAsync(await catalog.LentAsync(reader, barcode), 5);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.ReturnAsync(barcode)));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(150L, await catalog.ScalarAsync<long>("SELECT sum(amount_minor)::bigint FROM pending_charge WHERE member = $1", reader.Id));

        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", reader.Id);
        await catalog.LentAsync(reader, barcode);
        var key = Guid.NewGuid().ToString("N");
        var first = (await desk.ReturnAsync(barcode, key: key)).Succeeded();
        Assert.Equal(first.Body.ToString(), (await desk.ReturnAsync(barcode, key: key)).Succeeded().Body.ToString());
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (await desk.ReturnAsync(barcode, "BLE", key)).Reason);
    }

    [Fact]
    public async Task A_loan_is_renewed_twice_freely_once_for_money_and_no_more_art_31()
    {
        var catalog = await network.HostAsync();
        var (reader, loan) = (await catalog.ReaderAsync(), "");
        loan = await catalog.LentAsync(reader);
        using var member = catalog.RestAsMember(reader.Name);
        Assert.Equal(1, (await member.SendAsync($"{loan}:renew", new { })).Succeeded().Number("renewalsLeft"));
        var key = Guid.NewGuid().ToString("N");
        Assert.Equal(0, (await member.SendAsync($"{loan}:renew", new { }, key)).Succeeded().Number("renewalsLeft"));
        Assert.Equal(0, (await member.SendAsync($"{loan}:renew", new { }, key)).Succeeded().Number("renewalsLeft"));
        Assert.Equal("RENEWAL_LIMIT", (await member.SendAsync($"{loan}:renew", new { })).Reason);
        Assert.Equal(3, (await member.SendAsync($"{loan}:renew", new { exceptional = true })).Succeeded().Number("renewals"));
        Assert.Equal(50L, await catalog.ScalarAsync<long>("SELECT amount_minor FROM pending_charge WHERE member = $1", reader.Id));
        var refused = await member.SendAsync($"{loan}:renew", new { exceptional = true });
        Assert.Equal("RENEWAL_LIMIT,OPEN_CLAIMS", refused.Metadata("all"));
    }

    [Fact]
    public async Task An_overdue_loan_that_is_renewed_is_charged_until_today()
    {
        var catalog = await network.HostAsync();
        var reader = await catalog.ReaderAsync();
        var loan = await catalog.LentAsync(reader);
        await catalog.WasDueAsync(loan, 3);
        using var staff = catalog.Rest("librarian");
        var renewed = (await staff.SendAsync($"{loan}:renew", new { })).Succeeded();
        Assert.Equal(catalog.Clock.Today.PlusDays(21).ToString("uuuu-MM-dd", null), renewed.Text("dueOn"));
        Assert.Equal(90L, await catalog.ScalarAsync<long>("SELECT amount_minor FROM pending_charge WHERE member = $1", reader.Id));
    }

    [Fact]
    public async Task Another_members_loan_cannot_be_renewed_and_a_suitcase_never()
    {
        var catalog = await network.HostAsync();
        var ana = await catalog.ReaderAsync();
        var suitcase = await catalog.LentAsync(ana, await catalog.ItemAsync(material: "STORY_SUITCASE", units: 5));
        using var hers = catalog.RestAsMember(ana.Name);
        using var his = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        Assert.Equal(HttpStatusCode.NotFound, (await his.SendAsync($"{suitcase}:renew", new { })).Status);
        Assert.Equal("RENEWAL_NOT_ALLOWED", (await hers.SendAsync($"{suitcase}:renew", new { })).Reason);
    }

    [Fact]
    public async Task Our_services_are_told_what_is_out_and_what_it_would_cost_today()
    {
        var catalog = await network.HostAsync();
        var reader = await catalog.ReaderAsync();
        await catalog.WasDueAsync(await catalog.LentAsync(reader), 2);
        await catalog.LentAsync(reader);
        using var channel = catalog.Grpc("finance");
        var loans = await new V1.CatalogDirectory.CatalogDirectoryClient(channel).GetLoansOfAsync(new V1.GetLoansOfRequest { Member = reader.Name });
        Assert.Equal((2, 1, 60), (loans.Loans.Count, loans.Loans.Count(loan => loan.Overdue), loans.AccruingMinor));
    }

    [Fact]
    public async Task An_item_is_taken_into_stock_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var item = new { barcode = Stock.NewBarcode(), record = await catalog.RecordAsync(), branch = "RAD", material = "BOOK", lending = "LENDABLE", priceMinor = 1999, acquisition = "GIFT" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.SendAsync("items", item)));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Reason == "ALREADY_EXISTS"));
        Assert.Equal(1, await catalog.ScalarAsync<int>("SELECT copies_total FROM record WHERE id = $1", Guid.Parse(item.record["records/".Length..])));
        Assert.Equal(["barcode:REQUIRED", "record:FORMAT", "branch:UNKNOWN", "material:REQUIRED", "lending:REQUIRED", "acquisition:REQUIRED", "priceMinor:RANGE", "units:RANGE"],
            (await catalog.Rest("admin").SendAsync("items", new { record = "books/1", branch = "NOWHERE", priceMinor = -1, units = 2 })).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync("items", item with { barcode = Stock.NewBarcode(), record = $"records/{Guid.NewGuid():D}" })).Status);
    }

    [Fact]
    public async Task Branches_say_when_they_are_open_today()
    {
        var catalog = await network.HostAsync();
        using var anybody = catalog.Rest("partner");
        var branches = (await anybody.AskAsync("branches")).Succeeded().Body.GetProperty("branches").EnumerateArray().ToList();
        Assert.Contains(branches, branch => branch.GetProperty("code").GetString() == "SRV");
        Assert.True(branches.Count >= 10);
    }
}

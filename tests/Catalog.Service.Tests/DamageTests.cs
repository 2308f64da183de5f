using System.Net;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>Copies that came back damaged.</summary>
public sealed class DamageTests(OwnCatalog own) : IClassFixture<OwnCatalog>
{
    [Fact]
    public async Task Damage_is_charged_by_the_price_list_to_who_had_the_copy_last_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (barcode, loan) = await ReturnedAsync(catalog, desk, ana, material: "MEDIA_KIT", units: 3);
        var assessed = (await DamageAsync(desk, barcode, ["BOX", "BOX", "KIT_FOLDER", "CODE_LABEL", "CLEANING"])).Succeeded();
        Assert.Equal((loan, "AVAILABLE", "2024", ""), (assessed.Text("loan"), assessed.Text("itemState"), assessed.Text("tariffVersion"), assessed.Text("loss")));
        Assert.Equal(
            ["BOX 2 300", "KIT_FOLDER 1 50", "CODE_LABEL 1 50", "CLEANING 1 50"],
            assessed.Body.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("kind").GetString()} {line.GetProperty("count").GetInt32()} {line.GetProperty("amountMinor").GetInt64()}"));
        Assert.Equal(["OTHER 450"], Charges(assessed));
        Assert.Equal(450L, await catalog.PendingAsync(ana));
        Assert.DoesNotContain(ana.Id.ToString("D"), assessed.Body.ToString(), StringComparison.Ordinal);
        var told = await catalog.LastToldAsync<DamageAssessed>(loan);
        Assert.Equal((ana.Name, "BOX,KIT_FOLDER,CODE_LABEL,CLEANING"), (told.Member, string.Join(',', told.Kinds)));
        Assert.Equal(["damage.box", "damage.kit-folder", "label.code", "cleaning"], Assert.Single(told.Charges).Lines.Select(line => line.PriceCode));
        Assert.All(told.Charges[0].Lines, line => Assert.Equal(("2024", "art. 42"), (line.TariffVersion, line.Article)));
        // each kind once for a loan
        Assert.Equal("DAMAGE_ASSESSED", (await DamageAsync(desk, barcode, ["CLEANING"])).Reason);
        Assert.Equal(450L, await catalog.PendingAsync(ana));
    }

    [Fact]
    public async Task A_damaged_binding_costs_its_mending_and_reprocessing_and_the_copy_goes_to_be_mended_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var record = await catalog.RecordAsync();
        var (barcode, _) = await ReturnedAsync(catalog, desk, ana, record: record);
        var hold = (await desk.SendAsync("holds", new { record, member = (await catalog.ReaderAsync()).Name, pickupBranch = "RAD" })).Succeeded().Text("name");
        Assert.Equal(["assessedMinor:REQUIRED"], (await DamageAsync(desk, barcode, ["BINDING"])).Violations);
        Assert.Equal(["assessedMinor:FORBIDDEN"], (await DamageAsync(desk, barcode, ["BOX"], 100, "OTHER")).Violations);
        Assert.Equal("ASSESSED_TOO_HIGH", (await DamageAsync(desk, barcode, ["BINDING"], 20001, "REPAIR_OFFER")).Reason);
        var assessed = (await DamageAsync(desk, barcode, ["BINDING"], 1200, "REPAIR_OFFER")).Succeeded();
        Assert.Equal("IN_REPAIR", assessed.Text("itemState"));
        Assert.Equal(["OTHER 1200", "REPROCESSING 600"], Charges(assessed));
        Assert.Equal(1800L, await catalog.PendingAsync(ana));
        Assert.Equal("IN_REPAIR", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        Assert.Equal("", (await desk.AskAsync(hold)).Text("barcode")); // who was to have it waits
        (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "REPAIRED" })).Succeeded();
        Assert.Equal(barcode, (await desk.AskAsync(hold)).Text("barcode"));
    }

    [Fact]
    public async Task What_is_unusable_is_settled_as_a_loss_and_keeps_its_reader_until_then_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (barcode, loan) = await ReturnedAsync(catalog, desk, ana);
        await catalog.ExecuteAsync("UPDATE loan SET due_on = $2 WHERE id = $1", Guid.Parse(loan["loans/".Length..]), catalog.Clock.Today.PlusDays(-1).PlusMonths(-2));
        var assessed = (await DamageAsync(desk, barcode, ["UNUSABLE"])).Succeeded();
        Assert.Equal(("IN_REPAIR", 0), (assessed.Text("itemState"), assessed.Body.GetProperty("charges").GetArrayLength()));
        var loss = (await desk.AskAsync(assessed.Text("loss"))).Succeeded();
        Assert.Equal(("OPEN", "DAMAGED", loan), (loss.Text("state"), loss.Text("cause"), loss.Text("loan")));
        Assert.Equal("DAMAGE_ASSESSED", (await DamageAsync(desk, barcode, ["UNUSABLE"])).Reason);
        await catalog.Get<IEnumerable<IPeriodicJob>>().OfType<ForgetReaders>().Single().RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);
        Assert.Equal(1L, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", ana.Id));
        var settled = (await desk.SendAsync($"{loss.Text("name")}:compensate", new { branch = "RAD" })).Succeeded();
        Assert.Equal(["COMPENSATION 3000"], Charges(settled));
        Assert.Equal((3000L, 1L), (await catalog.PendingAsync(ana), await catalog.ToldAsync<ItemReturned>(loan)));
    }

    [Fact]
    public async Task Who_is_no_longer_known_is_not_charged_nor_is_another_in_their_place_art_21()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bor) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var (barcode, first) = await ReturnedAsync(catalog, desk, ana);
        var second = await catalog.LentAsync(bor, barcode);
        Assert.Equal("ITEM_ON_LOAN", (await DamageAsync(desk, barcode, ["CLEANING"], loan: second)).Reason);
        (await desk.ReturnAsync(barcode)).Succeeded();
        await catalog.ExecuteAsync("UPDATE loan SET member = NULL WHERE id = $1", Guid.Parse(second["loans/".Length..]));
        Assert.Equal("LOAN_WITHOUT_READER", (await DamageAsync(desk, barcode, ["CLEANING"])).Reason);
        Assert.Equal(0L, await catalog.PendingAsync(ana));
        // found by the next reader: the loan is named
        Assert.Equal(first, (await DamageAsync(desk, barcode, ["CLEANING"], loan: first)).Succeeded().Text("loan"));
        Assert.Equal((50L, 0L), (await catalog.PendingAsync(ana), await catalog.PendingAsync(bor)));
        var other = await ReturnedAsync(catalog, desk, bor);
        Assert.Equal(HttpStatusCode.NotFound, (await DamageAsync(desk, barcode, ["BOX"], loan: other.Loan)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await DamageAsync(desk, await catalog.ItemAsync(), ["BOX"])).Status); // never lent
        Assert.Equal(HttpStatusCode.NotFound, (await DamageAsync(desk, Stock.NewBarcode(), ["BOX"])).Status);
    }

    [Fact]
    public async Task What_is_wrong_with_an_assessment_is_named_field_by_field()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (barcode, _) = await ReturnedAsync(catalog, desk, await catalog.ReaderAsync());
        Assert.Equal(["kinds:COUNT"], (await DamageAsync(desk, barcode, [])).Violations);
        Assert.Equal(["kinds:COUNT"], (await DamageAsync(desk, barcode, ["UNUSABLE", "BOX"])).Violations);
        Assert.Equal(["kinds:COUNT"], (await DamageAsync(desk, barcode, ["BOX", "BOX"])).Violations); // it has one unit
        Assert.Equal(["kinds:TWICE"], (await DamageAsync(desk, barcode, ["BINDING", "BINDING"], 500, "OTHER")).Violations);
        Assert.Equal(["reason:REQUIRED", "assessedMinor:FORBIDDEN"], (await DamageAsync(desk, barcode, ["BOX"], 500)).Violations);
        Assert.Equal(["reason:FORBIDDEN"], (await DamageAsync(desk, barcode, ["BOX"], reason: "OTHER")).Violations);
        using var member = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        Assert.Equal(HttpStatusCode.Forbidden, (await DamageAsync(member, barcode, ["BOX"])).Status);
    }

    [Fact]
    public async Task Two_desks_that_assess_one_damage_charge_it_once_art_42()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (barcode, _) = await ReturnedAsync(catalog, desk, ana);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DamageAsync(desk, barcode, ["BINDING"], 700, "OTHER")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer.Status != HttpStatusCode.OK && answer.Reason == "DAMAGE_ASSESSED"));
        Assert.Equal(1300L, await catalog.PendingAsync(ana));

        var (other, key) = ((await ReturnedAsync(catalog, desk, ana)).Barcode, Guid.NewGuid().ToString("N"));
        var first = (await DamageAsync(desk, other, ["CLEANING"], key: key)).Succeeded();
        Assert.Equal(first.Body.ToString(), (await DamageAsync(desk, other, ["CLEANING"], key: key)).Succeeded().Body.ToString());
        Assert.Equal(1350L, await catalog.PendingAsync(ana));
    }

    private static async Task<(string Barcode, string Loan)> ReturnedAsync(
        TestHost catalog, HttpClient desk, Reader reader, string? record = null, string material = "BOOK", int units = 1)
    {
        var barcode = await catalog.ItemAsync(record: record, material: material, units: units);
        var loan = await catalog.LentAsync(reader, barcode);
        (await desk.ReturnAsync(barcode)).Succeeded();
        return (barcode, loan);
    }

    private static Task<Answer> DamageAsync(
        HttpClient desk, string barcode, string[] kinds, long assessedMinor = 0, string? reason = null, string loan = "", string? key = null) =>
        desk.SendAsync($"items/{barcode}:assessDamage", new { branch = "RAD", kinds, assessedMinor, reason, loan }, key);

    private static IEnumerable<string> Charges(Answer answer) =>
        answer.Body.GetProperty("charges").EnumerateArray().Select(charge => $"{charge.GetProperty("kind").GetString()} {charge.GetProperty("amountMinor").GetInt64()}");
}

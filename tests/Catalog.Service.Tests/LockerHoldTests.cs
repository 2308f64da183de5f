using System.Net.Http.Headers;
using Library.Catalog.Features.Lockers;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using static Library.Catalog.Service.Tests.Lockers;

namespace Library.Catalog.Service.Tests;

/// <summary>A locker and its device.</summary>
public sealed record LockerBox(string Name, HttpClient Device) : IDisposable
{
    public void Dispose() => Device.Dispose();

    public Task<Answer> OpenAsync(int compartment, string code, string? key = null) => Device.SendAsync($"{Name}:open", new { compartment, code }, key);
}

/// <summary>Lockers where a test needs them.</summary>
public static class Lockers
{
    public static async Task<LockerBox> LockerAsync(TestHost catalog, HttpClient desk, int compartments = 2)
    {
        var client = $"clients/{Desk.New("locker").ToLowerInvariant()}";
        var name = (await desk.SendAsync("lockers", new
        {
            branch = "RAD", displayName = "Pred vhodom", client,
            compartments = Enumerable.Range(1, compartments).Select(number => new { number, size = number == 1 ? "SMALL" : "LARGE" }),
        })).Succeeded().Text("name");
        var device = new HttpClient { BaseAddress = catalog.RestAddress };
        device.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Of("partner", subject: client));
        return new LockerBox(name, device);
    }

    public static Task<Answer> PutAsync(HttpClient desk, LockerBox box, Reader reader, string[] barcodes, int compartment = 1, string? key = null) =>
        desk.SendAsync("lockerDeposits", new { locker = box.Name, compartment, member = reader.Name, barcodes }, key);

    public static async Task<string> CodeAsync(TestHost catalog, Reader reader, string deposit)
    {
        using var member = catalog.RestAsMember(reader.Name);
        return (await member.AskAsync(deposit)).Succeeded().Text("code");
    }

    public static async Task<string> ItemStateAsync(HttpClient desk, string barcode) => (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state");

    public static async Task<string> CompartmentAsync(LockerBox box, int number) =>
        (await box.Device.AskAsync(box.Name)).Succeeded().Body.GetProperty("compartments").EnumerateArray().Single(each => each.GetProperty("number").GetInt32() == number).GetProperty("state").GetString()!;

    public static Guid Id(string name) => Guid.Parse(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    public static string Other(string code) => code == "00000000" ? "00000001" : "00000000";
}

/// <summary>What waits for a hold and lies in a locker is the hold's (art. 33); and what its reader is told.</summary>
public sealed class LockerHoldTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_deposit_from_a_hold_is_charged_and_goes_to_the_next_as_the_hold_does_art_33()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var box = await LockerAsync(catalog, desk);
        var title = await Holds.LentTitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var anas = (await Holds.HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
        var bines = (await Holds.HoldAsync(desk, title.Record, bine)).Succeeded().Text("name");
        var shelf = (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("readyUntil");

        var until = catalog.Clock.Today.PlusDays(9).Iso();
        var deposit = (await desk.SendAsync("lockerDeposits", new { locker = box.Name, compartment = 1, member = ana.Name, barcodes = new[] { title.Barcode }, collectUntil = until })).Succeeded().Text("name");
        Assert.True(string.CompareOrdinal(shelf, until) < 0);
        Assert.Equal(("READY", until), (await desk.AskAsync(anas) is var waits ? (waits.Text("state"), waits.Text("readyUntil")) : default));
        Assert.Equal((1L, 1L), (await catalog.ToldAsync<HoldReady>(anas), await catalog.ToldAsync<LockerReady>(deposit)));

        // both days pass: the locker's job marks the deposit, and what was not collected is the hold's
        await catalog.ExecuteAsync("UPDATE locker_deposit SET collect_until = $2 WHERE id = $1", Id(deposit), catalog.Clock.Today.PlusDays(-1));
        await catalog.ExecuteAsync("UPDATE hold SET ready_until = $2 WHERE id = $1", Id(anas), catalog.Clock.Today.PlusDays(-1));
        await Task.WhenAll(SettleAsync(catalog), SettleAsync(catalog));
        await SettleAsync(catalog);
        Assert.Equal((1L, 1L), (await catalog.ToldAsync<HoldNotCollected>(anas), await catalog.ToldAsync<LockerNotCollected>(deposit)));
        Assert.Equal(50L, await catalog.ScalarAsync<long>("SELECT sum(amount_minor)::bigint FROM pending_charge WHERE member = $1", ana.Id));
        Assert.Equal(("EXPIRED", title.Barcode), ((await desk.AskAsync(anas)).Text("state"), (await desk.AskAsync(bines)).Text("barcode")));

        Assert.Equal("TAKEN_OUT", (await desk.SendAsync($"{deposit}:takeOut", new { })).Succeeded().Text("state"));
        Assert.Equal(("HOLD_SHELF", bines), (await desk.ReturnAsync(title.Barcode)).Succeeded() is var next ? (next.Text("next"), next.Text("hold")) : default);
    }

    [Fact]
    public async Task A_hold_that_expires_while_its_copy_is_put_into_a_locker_is_charged_or_waits_there_but_not_both()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        for (var round = 0; round < 5; round++)
        {
            using var box = await LockerAsync(catalog, desk);
            var (title, ana) = (await Holds.LentTitleAsync(catalog), await catalog.ReaderAsync());
            var hold = (await Holds.HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
            (await desk.ReturnAsync(title.Barcode)).Succeeded();
            await catalog.ExecuteAsync("UPDATE hold SET ready_until = $2 WHERE id = $1", Id(hold), catalog.Clock.Today.PlusDays(-1));
            var (put, night) = (PutAsync(desk, box, ana, [title.Barcode]), SettleAsync(catalog));
            var until = (await put).Succeeded().Text("collectUntil");
            await night;
            var after = (await desk.AskAsync(hold)).Succeeded();
            var charged = await catalog.ScalarAsync<long>("SELECT count(*) FROM pending_charge WHERE member = $1", ana.Id);
            Assert.Contains((after.Text("state"), after.Text("readyUntil"), charged), new[] { ("READY", until, 0L), ("EXPIRED", "", 1L) });
            Assert.Equal("ON_HOLD_SHELF", await ItemStateAsync(desk, title.Barcode));
        }
    }

    [Fact]
    public async Task What_was_to_be_fetched_for_a_hold_waits_in_the_locker_not_shorter_than_by_the_rule_art_33()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var box = await LockerAsync(catalog, desk);
        var (title, ana) = (await Holds.TitleAsync(catalog), await catalog.ReaderAsync());
        var hold = (await Holds.HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
        var deposit = (await desk.SendAsync("lockerDeposits", new
        {
            locker = box.Name, compartment = 1, member = ana.Name, barcodes = new[] { title.Barcode }, collectUntil = catalog.Clock.Today.Iso(),
        })).Succeeded().Text("name");
        var rules = catalog.Get<Rules.NetworkRules>();
        var byRule = Domain.Holds.HoldRules.ReadyUntil(catalog.Clock.Today, prepared: true, rules.On(catalog.Clock.Today).Hold, rules.Calendar("RAD"));
        Assert.Equal(("READY", byRule.Iso()), (await desk.AskAsync(hold) is var waits ? (waits.Text("state"), waits.Text("readyUntil")) : default));
        Assert.Equal((0L, "ON_HOLD_SHELF"), (await catalog.ToldAsync<HoldReady>(hold), await ItemStateAsync(desk, title.Barcode)));
        (await box.OpenAsync(1, await CodeAsync(catalog, ana, deposit))).Succeeded();
        Assert.Equal("FULFILLED", (await desk.AskAsync(hold)).Text("state"));
    }

    [Fact]
    public async Task The_notice_is_told_the_code_while_it_opens_and_no_longer()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var box = await LockerAsync(catalog, desk);
        using var channel = catalog.Grpc("notifications");
        var directory = new V1.CatalogDirectory.CatalogDirectoryClient(channel);
        var ana = await catalog.ReaderAsync();
        var deposit = (await PutAsync(desk, box, ana, [await catalog.ItemAsync(), await catalog.ItemAsync()])).Succeeded().Text("name");
        var pickup = await directory.GetLockerPickupAsync(new V1.GetLockerPickupRequest { Name = deposit });
        var code = await CodeAsync(catalog, ana, deposit);
        Assert.Equal((code, "Pred vhodom", "RAD", 1, catalog.Clock.Today.PlusDays(3).Iso(), 2),
            (pickup.Code, pickup.Locker, pickup.Branch, pickup.Compartment, pickup.CollectUntil, pickup.Titles.Count));
        (await box.OpenAsync(1, code)).Succeeded();
        var gone = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => directory.GetLockerPickupAsync(new V1.GetLockerPickupRequest { Name = deposit }).ResponseAsync);
        Assert.Equal(Grpc.Core.StatusCode.NotFound, gone.StatusCode);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE strpos(body, $1) > 0", code));
    }

    /// <summary>The two jobs of a night, in their order.</summary>
    private static async Task SettleAsync(TestHost catalog)
    {
        await catalog.Get<TakeOutOfLocker>().RunAsync(catalog.Clock.Today, CancellationToken.None);
        await catalog.App.Services.GetServices<IPeriodicJob>().OfType<Features.Holding.SettleHolds>().Single().RunAsync(catalog.Clock.Today, CancellationToken.None);
    }
}

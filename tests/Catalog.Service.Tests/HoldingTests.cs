using System.Net;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using static Library.Catalog.Service.Tests.Holds;

namespace Library.Catalog.Service.Tests;

/// <summary>A member waits for a title, gets a copy at the branch of their choice, and nobody else does (art. 31, 33).</summary>
public sealed class HoldingTests(CatalogNetwork network)
{
    [Fact]
    public async Task What_is_out_goes_to_the_first_who_waits_at_the_branch_of_their_choice_art_33()
    {
        var catalog = await network.HostAsync();
        using var radovljica = catalog.Rest("librarian", "RAD");
        using var bled = catalog.Rest("librarian", "BLE");
        var title = await LentTitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var anas = (await HoldAsync(radovljica, title.Record, ana, "BLE")).Succeeded();
        var bines = (await HoldAsync(radovljica, title.Record, bine)).Succeeded();
        Assert.Equal(("WAITING", 1L, "WAITING", 2L), (anas.Text("state"), anas.Number("queuePosition"), bines.Text("state"), bines.Number("queuePosition")));
        Assert.Equal(catalog.Clock.Today.PlusDays(21).Iso(), anas.Text("expectedOn"));
        Assert.Equal(catalog.Clock.Today.PlusDays(42).Iso(), bines.Text("expectedOn"));

        var back = (await radovljica.ReturnAsync(title.Barcode)).Succeeded();
        Assert.Equal(("TRANSIT", "BLE", anas.Text("name")), (back.Text("next"), back.Text("toBranch"), back.Text("hold")));
        Assert.Equal("IN_TRANSIT", (await radovljica.AskAsync(anas.Text("name"))).Text("state"));
        var arrived = (await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded();
        Assert.Equal(("HOLD_SHELF", "", anas.Text("name")), (arrived.Text("next"), arrived.Text("loan"), arrived.Text("hold")));
        var ready = (await radovljica.AskAsync(anas.Text("name"))).Succeeded();
        Assert.Equal(("READY", 0L, arrived.Text("readyUntil")), (ready.Text("state"), ready.Number("queuePosition"), ready.Text("readyUntil")));
        Assert.Equal(1, await catalog.ToldAsync<HoldReady>(anas.Text("name")));
        // the same scan once more changes nothing and tells nothing
        Assert.Equal(arrived.Text("readyUntil"), (await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded().Text("readyUntil"));
        Assert.Equal(1, await catalog.ToldAsync<HoldReady>(anas.Text("name")));

        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await bled.LendAsync(title.Barcode, bine.Card, "BLE")).Reason);
        (await bled.LendAsync(title.Barcode, ana.Card, "BLE")).Succeeded();
        Assert.Equal("FULFILLED", (await radovljica.AskAsync(anas.Text("name"))).Text("state"));
        Assert.Equal(1, (await radovljica.AskAsync(bines.Text("name"))).Number("queuePosition"));
        // and then it is the next one's, who collects it where the copy belongs
        Assert.Equal(("TRANSIT", "RAD"), ((await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded() is var next ? (next.Text("next"), next.Text("toBranch")) : default));
        Assert.Equal("HOLD_SHELF", (await radovljica.ReturnAsync(title.Barcode)).Succeeded().Text("next"));
    }

    [Fact]
    public async Task What_stands_on_a_shelf_is_set_aside_fetched_and_waits_for_the_shorter_time_art_33()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var record = await catalog.RecordAsync();
        var (far, near) = (await catalog.ItemAsync("GOR", record), await catalog.ItemAsync("RAD", record));
        var ana = await catalog.ReaderAsync();
        var hold = (await HoldAsync(desk, record, ana)).Succeeded();
        Assert.Equal(("WAITING", near), (hold.Text("state"), hold.Text("barcode")));
        Assert.Equal(hold.Text("name"), Assert.Single(await TasksAsync(desk, "RAD", "TO_FETCH", near)).GetProperty("hold").GetString());
        // who takes it off the shelf meanwhile does not get it, but the other copy
        var bine = await catalog.ReaderAsync();
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(near, bine.Card)).Reason);
        using var gorje = catalog.Rest("librarian", "GOR");
        (await gorje.LendAsync(far, bine.Card, "GOR")).Succeeded();

        var scanned = (await desk.ReturnAsync(near)).Succeeded();
        Assert.Equal(("HOLD_SHELF", ""), (scanned.Text("next"), scanned.Text("loan")));
        var reserved = Domain.Holds.HoldRules.ReadyUntil(catalog.Clock.Today, prepared: true, Rules(catalog).On(catalog.Clock.Today).Hold, Rules(catalog).Calendar("RAD"));
        Assert.Equal(reserved.Iso(), scanned.Text("readyUntil"));
        Assert.Empty(await TasksAsync(desk, "RAD", "TO_FETCH", near));
        var waiting = Assert.Single(await TasksAsync(desk, "RAD", "ON_HOLD_SHELF", near));
        Assert.Equal((ana.Name, scanned.Text("readyUntil")), (waiting.GetProperty("member").GetString(), waiting.GetProperty("readyUntil").GetString()));
        Assert.Equal("ON_HOLD_SHELF", (await desk.AskAsync($"items/{near}")).Text("state"));
    }

    [Fact]
    public async Task A_hold_is_refused_with_every_reason_and_changes_nothing()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var title = await LentTitleAsync(catalog);
        var ana = await catalog.ReaderAsync();
        (await HoldAsync(desk, title.Record, ana)).Succeeded();
        Assert.Equal("ALREADY_HELD", (await HoldAsync(desk, title.Record, ana)).Reason);
        var debtor = await catalog.ReaderAsync(restricted: true, debtMinor: 2200);
        network.Finance.Known[debtor.Name] = new() { BalanceMinor = 2200, Version = 1 };
        var refused = await HoldAsync(desk, title.Record, debtor);
        Assert.Equal((HttpStatusCode.BadRequest, "MEMBER_RESTRICTED", "MEMBER_RESTRICTED,DEBT_OVER_LIMIT,OPEN_CLAIMS"), (refused.Status, refused.Reason, refused.Metadata("all")));
        Assert.Equal("AGE_SECTION", (await HoldAsync(desk, title.Record, await catalog.ReaderAsync(youth: true))).Reason);
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await HoldAsync(desk, await catalog.RecordAsync(), ana)).Reason);
        var reference = await catalog.RecordAsync();
        await catalog.ItemAsync(record: reference, lending: "READING_ROOM_ONLY");
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await HoldAsync(desk, reference, ana)).Reason);
        var mine = await catalog.RecordAsync();
        await catalog.LentAsync(ana, await catalog.ItemAsync(record: mine));
        Assert.Equal("ALREADY_LENT_TO_MEMBER", (await HoldAsync(desk, mine, ana)).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await HoldAsync(desk, $"records/{Guid.CreateVersion7():D}", ana)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await HoldAsync(desk, title.Record, new Reader(Guid.CreateVersion7(), ""))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync("holds", new { onlyBarcode = "NO-SUCH", member = ana.Name, pickupBranch = "RAD" })).Status);
        Assert.Equal(["member:FORMAT", "pickupBranch:UNKNOWN", "record:FORMAT"], (await desk.SendAsync("holds", new { record = "x", member = "y", pickupBranch = "ZZZ" })).Violations.Order());
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM hold WHERE member = ANY ($1)", (object)new[] { ana.Id, debtor.Id }));
    }

    [Fact]
    public async Task A_member_sees_and_changes_their_own_holds_only()
    {
        var catalog = await network.HostAsync();
        var title = await LentTitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        using var member = catalog.RestAsMember(ana.Name);
        using var other = catalog.RestAsMember(bine.Name);
        var key = Guid.NewGuid().ToString("N");
        var hold = (await member.SendAsync("holds", new { record = title.Record, pickupBranch = "RAD" }, key)).Succeeded();
        Assert.Equal(hold.Text("name"), (await member.SendAsync("holds", new { record = title.Record, pickupBranch = "RAD" }, key)).Succeeded().Text("name"));
        Assert.Equal(("", ""), (hold.Text("barcode"), hold.Text("member")));
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync(hold.Text("name"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync($"{hold.Text("name")}:cancel", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync("holds", new { record = title.Record, member = ana.Name, pickupBranch = "RAD" })).Status);
        Assert.Equal(hold.Text("name"), Assert.Single((await member.AskAsync("holds")).Succeeded().Body.GetProperty("holds").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal("CANCELLED", (await member.SendAsync($"{hold.Text("name")}:cancel", new { })).Succeeded().Text("state"));
        Assert.Equal("CANCELLED", (await member.SendAsync($"{hold.Text("name")}:cancel", new { })).Succeeded().Text("state"));
        Assert.Empty((await member.AskAsync("holds")).Succeeded().Body.GetProperty("holds").EnumerateArray());
        Assert.Single((await member.AskAsync("holds?state=CANCELLED")).Succeeded().Body.GetProperty("holds").EnumerateArray());
        Assert.Equal(HttpStatusCode.Forbidden, (await member.AskAsync("holdTasks?branch=RAD&kind=TO_FETCH")).Status);
    }

    [Fact]
    public async Task What_is_not_collected_costs_50_cents_once_and_goes_to_the_next_art_33()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var anas = (await HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
        var bines = (await HoldAsync(desk, title.Record, bine)).Succeeded().Text("name");
        (await desk.ReturnAsync(title.Barcode)).Succeeded();

        await ReadyUntilAsync(catalog, anas, catalog.Clock.Today.PlusDays(1));
        for (var run = 0; run < 2; run++) await SettleAsync(catalog);
        Assert.Equal((1L, "READY"), (await catalog.ToldAsync<HoldExpiring>(anas), (await desk.AskAsync(anas)).Text("state")));
        await ReadyUntilAsync(catalog, anas, catalog.Clock.Today);
        await SettleAsync(catalog);
        Assert.Equal("READY", (await desk.AskAsync(anas)).Text("state")); // the last day is in time
        await ReadyUntilAsync(catalog, anas, catalog.Clock.Today.PlusDays(-1));
        await Task.WhenAll(SettleAsync(catalog), SettleAsync(catalog));
        await SettleAsync(catalog);
        Assert.Equal("EXPIRED", (await desk.AskAsync(anas)).Text("state"));
        Assert.Equal(1, await catalog.ToldAsync<HoldNotCollected>(anas));
        Assert.Equal(50L, await catalog.ScalarAsync<long>("SELECT sum(amount_minor)::bigint FROM pending_charge WHERE member = $1", ana.Id));
        // the copy stands on the hold shelf; the next scan makes it Bine's
        Assert.Equal(bines, Assert.Single(await TasksAsync(desk, "RAD", "TO_FETCH", title.Barcode)).GetProperty("hold").GetString());
        Assert.Equal(bines, (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("hold"));
        // Ana, who owes now, may not wait again until she has paid
        network.Finance.Known[ana.Name] = new() { BalanceMinor = 50, Version = 1 };
        Assert.Equal("OPEN_CLAIMS", (await HoldAsync(desk, title.Record, ana)).Reason);
    }

    [Fact]
    public async Task What_waits_for_nobody_any_more_is_put_away_at_the_next_scan()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("librarian", "BLE");
        using var radovljica = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var ana = await catalog.ReaderAsync();
        var hold = (await HoldAsync(bled, title.Record, ana, "BLE")).Succeeded().Text("name");
        (await radovljica.ReturnAsync(title.Barcode)).Succeeded();
        // given up while it is on its way: it is not shelved where it arrives, it goes home
        (await bled.SendAsync($"{hold}:cancel", new { })).Succeeded();
        var arrived = (await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded();
        Assert.Equal(("TRANSIT", "RAD", ""), (arrived.Text("next"), arrived.Text("toBranch"), arrived.Text("hold")));

        var again = (await HoldAsync(bled, title.Record, ana, "BLE")).Succeeded().Text("name");
        Assert.Equal("TRANSIT", (await radovljica.ReturnAsync(title.Barcode)).Succeeded().Text("next"));
        Assert.Equal("HOLD_SHELF", (await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded().Text("next"));
        (await bled.SendAsync($"{again}:cancel", new { })).Succeeded();
        Assert.Single(await TasksAsync(bled, "BLE", "TO_CLEAR", title.Barcode));
        Assert.Equal("RAD", (await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded().Text("toBranch"));
        Assert.Empty(await TasksAsync(bled, "BLE", "TO_CLEAR", title.Barcode));
        Assert.Equal(("SHELVE", 0L), ((await radovljica.ReturnAsync(title.Barcode)).Succeeded().Text("next"), await catalog.ScalarAsync<long>("SELECT count(*) FROM pending_charge WHERE member = $1", ana.Id)));
    }

    [Fact]
    public async Task A_suspended_hold_is_passed_over_and_keeps_its_place()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var anas = (await HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
        var bines = (await HoldAsync(desk, title.Record, bine)).Succeeded().Text("name");
        var until = catalog.Clock.Today.PlusDays(30).Iso();
        Assert.Equal((until, 1L), ((await desk.SendAsync($"{anas}:suspend", new { until })).Succeeded() is var held ? (held.Text("suspendedUntil"), held.Number("queuePosition")) : default));
        Assert.Equal(["until:RANGE"], (await desk.SendAsync($"{anas}:suspend", new { until = catalog.Clock.Today.PlusDays(-1).Iso() })).Violations);
        Assert.Equal(bines, (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("hold"));
        Assert.Equal("HOLD_READY", (await desk.SendAsync($"{bines}:suspend", new { until })).Reason);
        Assert.Equal("", (await desk.SendAsync($"{anas}:resume", new { })).Succeeded().Text("suspendedUntil"));
        (await desk.LendAsync(title.Barcode, bine.Card)).Succeeded();
        Assert.Equal(anas, (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("hold"));
        (await desk.SendAsync($"{anas}:cancel", new { })).Succeeded();
        Assert.Equal("HOLD_CLOSED", (await desk.SendAsync($"{anas}:resume", new { })).Reason);
    }

    [Fact]
    public async Task A_suspension_that_is_over_counts_again_by_itself()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var hold = (await HoldAsync(desk, title.Record, await catalog.ReaderAsync())).Succeeded().Text("name");
        (await desk.SendAsync($"{hold}:suspend", new { until = catalog.Clock.Today.Iso() })).Succeeded();
        Assert.Equal("SHELVE", (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("next"));
        await SettleAsync(catalog);
        Assert.Equal("", (await desk.AskAsync(hold)).Text("barcode"));
        await catalog.ExecuteAsync("UPDATE hold SET suspended_until = suspended_until - 1 WHERE id = $1", IdOf(hold));
        await SettleAsync(catalog);
        var after = await desk.AskAsync(hold);
        Assert.Equal((title.Barcode, ""), (after.Text("barcode"), after.Text("suspendedUntil")));
    }

    [Fact]
    public async Task Another_branch_for_collecting_sends_the_copy_on()
    {
        var catalog = await network.HostAsync();
        using var radovljica = catalog.Rest("librarian", "RAD");
        using var bled = catalog.Rest("librarian", "BLE");
        var title = await LentTitleAsync(catalog);
        var ana = await catalog.ReaderAsync();
        var hold = (await HoldAsync(radovljica, title.Record, ana)).Succeeded().Text("name");
        (await radovljica.ReturnAsync(title.Barcode)).Succeeded();
        var moved = (await radovljica.SendAsync($"{hold}:changePickup", new { pickupBranch = "BLE" })).Succeeded();
        Assert.Equal(("WAITING", "BLE", ""), (moved.Text("state"), moved.Text("pickupBranch"), moved.Text("readyUntil")));
        Assert.Single(await TasksAsync(radovljica, "RAD", "TO_FETCH", title.Barcode));
        Assert.Equal("BLE", (await radovljica.ReturnAsync(title.Barcode)).Succeeded().Text("toBranch"));
        Assert.Equal("HOLD_SHELF", (await bled.ReturnAsync(title.Barcode, "BLE")).Succeeded().Text("next"));
        Assert.Equal(["pickupBranch:UNKNOWN"], (await radovljica.SendAsync($"{hold}:changePickup", new { pickupBranch = "NOWHERE" })).Violations);
        var small = await catalog.ReaderAsync(membership: "SMALL_BRANCH");
        var theirs = (await HoldAsync(radovljica, title.Record, small, "BRE")).Succeeded().Text("name");
        Assert.Equal("MEMBERSHIP_BRANCH", (await radovljica.SendAsync($"{theirs}:changePickup", new { pickupBranch = "BLE" })).Reason);
    }

    [Fact]
    public async Task A_title_that_another_waits_for_is_not_renewed_art_31()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (borrower, title) = (await catalog.ReaderAsync(), await TitleAsync(catalog));
        var loan = await catalog.LentAsync(borrower, title.Barcode);
        var hold = (await HoldAsync(desk, title.Record, await catalog.ReaderAsync())).Succeeded().Text("name");
        Assert.Equal("TITLE_RESERVED", (await desk.SendAsync($"{loan}:renew", new { })).Reason);
        // a copy for whoever waits has come: the loan is in nobody's way
        (await desk.SendAsync("items", new { barcode = Stock.NewBarcode(), record = title.Record, branch = "RAD", material = "BOOK", lending = "LENDABLE", priceMinor = 1500, acquisition = "GIFT" })).Succeeded();
        Assert.NotEqual("", (await desk.AskAsync(hold)).Text("barcode"));
        Assert.Equal(1, (await desk.SendAsync($"{loan}:renew", new { })).Succeeded().Number("renewals"));
    }

    [Fact]
    public async Task A_copy_that_is_not_found_where_it_should_be_fetched_gives_way_to_another()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var record = await catalog.RecordAsync();
        var copies = new[] { await catalog.ItemAsync(record: record), await catalog.ItemAsync(record: record) };
        var hold = (await HoldAsync(desk, record, await catalog.ReaderAsync())).Succeeded();
        var aside = hold.Text("barcode");
        Assert.Equal("ITEM_HELD", (await desk.SendAsync($"items/{aside}:transfer", new { branch = "RAD", toBranch = "BLE" })).Reason);
        (await desk.SendAsync($"items/{aside}:mark", new { branch = "RAD", mark = "MISSING" })).Succeeded();
        Assert.Equal(copies.Single(copy => copy != aside), (await desk.AskAsync(hold.Text("name"))).Text("barcode"));
        // found at a desk, it is for the next who waits; nobody does
        Assert.Equal("SHELVE", (await desk.ReturnAsync(aside)).Succeeded().Text("next"));
    }

    [Fact]
    public async Task One_copy_alone_may_be_wanted()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var record = await catalog.RecordAsync();
        var (first, second) = (await catalog.ItemAsync(record: record), await catalog.ItemAsync(record: record));
        await catalog.LentAsync(await catalog.ReaderAsync(), second);
        var hold = (await desk.SendAsync("holds", new { onlyBarcode = second, member = (await catalog.ReaderAsync()).Name, pickupBranch = "RAD" })).Succeeded();
        Assert.Equal((record, "", second), (hold.Text("record"), hold.Text("barcode"), hold.Text("onlyBarcode")));
        await catalog.LentAsync(await catalog.ReaderAsync(), first);
        Assert.Equal("SHELVE", (await desk.ReturnAsync(first)).Succeeded().Text("next"));
        Assert.Equal("HOLD_SHELF", (await desk.ReturnAsync(second)).Succeeded().Text("next"));
        Assert.Equal(["onlyBarcode:UNKNOWN"], (await desk.SendAsync("holds", new { record = await catalog.RecordAsync(), onlyBarcode = second, member = (await catalog.ReaderAsync()).Name, pickupBranch = "RAD" })).Violations);
    }

    [Fact]
    public async Task A_record_that_somebody_waits_for_is_not_merged_away_and_an_erased_member_waits_for_nothing()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var ana = await catalog.ReaderAsync();
        var hold = (await HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
        Assert.Equal("RECORD_IN_USE", (await desk.SendAsync($"{await catalog.RecordAsync()}:merge", new { duplicates = new[] { title.Record } })).Reason);
        await catalog.PublishAsync(Stock.Snapshot(ana, 2, ana.Card) with { State = "ERASED" });
        await Eventually.IsTrueAsync(async () => (await desk.AskAsync(hold)).Text("state") == "CANCELLED", "the hold is closed");
        Assert.Equal("", (await desk.AskAsync(hold)).Text("member"));
    }

    [Fact]
    public async Task What_the_van_brings_for_a_hold_is_ready_and_what_it_brings_in_vain_goes_on()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (wanted, given) = (await LentTitleAsync(catalog), await LentTitleAsync(catalog));
        var holds = new List<string>();
        foreach (var title in new[] { wanted, given })
        {
            holds.Add((await HoldAsync(desk, title.Record, await catalog.ReaderAsync(), "BLE")).Succeeded().Text("name"));
            Assert.Equal("TRANSIT", (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("next"));
        }
        var run = (await desk.SendAsync("vanRuns", new { plannedOn = catalog.Clock.Today.Iso(), route = new[] { "RAD", "BLE" } })).Succeeded().Text("name");
        var barcodes = new[] { wanted.Barcode, given.Barcode };
        Assert.Equal(2, (await desk.SendAsync($"{run}:load", new { branch = "RAD", barcodes })).Succeeded().Number("taken"));
        (await desk.SendAsync($"{holds[1]}:cancel", new { })).Succeeded();
        Assert.Equal(2, (await desk.SendAsync($"{run}:unload", new { branch = "BLE", barcodes })).Succeeded().Number("taken"));
        Assert.Equal(("READY", 1L), ((await desk.AskAsync(holds[0])).Text("state"), await catalog.ToldAsync<HoldReady>(holds[0])));
        Assert.Equal("ON_HOLD_SHELF", (await desk.AskAsync($"items/{wanted.Barcode}")).Text("state"));
        var back = await desk.AskAsync($"items/{given.Barcode}");
        Assert.Equal(("IN_TRANSIT", "RAD"), (back.Text("state"), back.Text("location")));
    }

    [Fact]
    public async Task What_is_set_aside_for_one_goes_neither_to_a_partner_nor_on_anothers_round()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await TitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        (await HoldAsync(desk, title.Record, ana)).Succeeded();
        foreach (var reader in new[] { ana, bine })
            (await desk.SendAsync("homeReaders", new { member = reader.Name, roundCode = "R-1" })).Succeeded();
        var code = Desk.New("C");
        (await desk.SendAsync("homeCarriers", new { code, kind = "VOLUNTEER" })).Succeeded();
        object Round(Reader reader) => new { branch = "RAD", plannedOn = catalog.Clock.Today.Iso(), carrier = code, stops = new[] { new { member = reader.Name, bring = new[] { title.Barcode } } } };
        Assert.Equal("ITEM_NOT_FREE", (await desk.SendAsync("homeRounds", Round(bine))).Reason);
        (await desk.SendAsync("homeRounds", Round(ana))).Succeeded();
    }

    [Fact]
    public async Task What_is_on_order_is_waited_for_and_its_first_copy_is_set_aside()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync();
        var ana = await catalog.ReaderAsync();
        var order = (await desk.SendAsync("orders", new
        {
            supplier = await desk.SupplierAsync(),
            lines = new[] { new { record, material = "BOOK", lending = "LENDABLE", priceMinor = 20_00, discountBasisPoints = 0, fund = await catalog.FundAsync(), copies = new[] { new { branch = "RAD", count = 1 } } } },
        })).Succeeded().Text("name");
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await HoldAsync(desk, record, ana)).Reason);
        (await desk.SendAsync($"{order}:send", new { })).Succeeded();
        var hold = (await HoldAsync(desk, record, ana)).Succeeded();
        Assert.Equal(("WAITING", ""), (hold.Text("state"), hold.Text("expectedOn")));
        var barcode = Stock.NewBarcode();
        (await desk.SendAsync($"{order}/lines/1:receive", new { branch = "RAD", barcodes = new[] { barcode } })).Succeeded();
        Assert.Equal(barcode, (await desk.AskAsync(hold.Text("name"))).Text("barcode"));
    }

    [Fact]
    public async Task A_page_of_holds_goes_on_after_the_one_before()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var names = new List<string>();
        for (var hold = 0; hold < 5; hold++) names.Add((await HoldAsync(desk, (await LentTitleAsync(catalog)).Record, ana)).Succeeded().Text("name"));
        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = (await desk.AskAsync($"holds?member={ana.Name}&pageSize=2&pageToken={token}")).Succeeded();
            seen.AddRange(page.Body.GetProperty("holds").EnumerateArray().Select(hold => hold.GetProperty("name").GetString()!));
            token = page.Text("nextPageToken");
        } while (token.Length > 0);
        Assert.Equal(names, seen);
        Assert.Equal(HttpStatusCode.BadRequest, (await desk.AskAsync($"holds?member={ana.Name}&pageToken=%FF")).Status);
    }

    private static async Task<IReadOnlyList<System.Text.Json.JsonElement>> TasksAsync(HttpClient desk, string branch, string kind, string barcode) =>
        [.. (await desk.AskAsync($"holdTasks?branch={branch}&kind={kind}&pageSize=500")).Succeeded().Body.GetProperty("holdTasks").EnumerateArray().Where(task => task.GetProperty("barcode").GetString() == barcode)];

    private static Task SettleAsync(TestHost catalog) =>
        catalog.App.Services.GetServices<IPeriodicJob>().Single(job => job.Name == "holds").RunAsync(catalog.Clock.Today, CancellationToken.None);

    private static Task<int> ReadyUntilAsync(TestHost catalog, string hold, LocalDate day) =>
        catalog.ExecuteAsync("UPDATE hold SET ready_until = $2 WHERE id = $1", IdOf(hold), day);

    private static Rules.NetworkRules Rules(TestHost catalog) => catalog.Get<Rules.NetworkRules>();

    private static Guid IdOf(string hold) => Guid.Parse(hold["holds/".Length..]);
}

using System.Net;
using System.Text.Json;
using Library.Catalog.Messages;
using Library.Finance.V1;
using Library.Testing;
using static Library.Catalog.Service.Tests.Holds;

namespace Library.Catalog.Service.Tests;

/// <summary>A self-check machine (ADR 29): the desk's rules, its own branch, and nothing about people.</summary>
public sealed class KioskTests(CatalogNetwork network)
{
    private static Task<Answer> CheckOutAsync(HttpClient kiosk, string card, string barcode, string branch = "RAD", string? key = null) =>
        kiosk.SendAsync($"kiosks/{branch}:checkOut", new { cardNumber = card, barcode }, key);

    private static Task<Answer> CheckInAsync(HttpClient kiosk, string barcode, string branch = "RAD", string? key = null) =>
        kiosk.SendAsync($"kiosks/{branch}:checkIn", new { barcode }, key);

    private static Task<Answer> RenewAllAsync(HttpClient kiosk, string card, string pageToken = "", string? key = null) =>
        kiosk.SendAsync("kiosks/RAD:renewAll", new { cardNumber = card, pageToken }, key);

    private static Task<Answer> MemberAsync(HttpClient kiosk, string card) => kiosk.SendAsync("kiosks/RAD:member", new { cardNumber = card });

    private static IEnumerable<string> FieldsOf(Answer answer) => answer.Body.EnumerateObject().Select(field => field.Name);

    [Fact]
    public async Task A_copy_is_lent_as_at_the_desk_and_once_for_a_key()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        var (reader, barcode, key) = (await catalog.ReaderAsync(), await catalog.ItemAsync(record: await catalog.RecordAsync("Visoška kronika")), Guid.NewGuid().ToString("N"));
        var lent = (await CheckOutAsync(kiosk, reader.Card, barcode, key: key)).Succeeded();
        Assert.Equal(["barcode", "title", "dueOn", "renewalsLeft"], FieldsOf(lent));
        Assert.Equal((barcode, "Visoška kronika", catalog.Clock.Today.PlusDays(21).Iso(), 2L), (lent.Text("barcode"), lent.Text("title"), lent.Text("dueOn"), lent.Number("renewalsLeft")));

        Assert.Equal(lent.Body.ToString(), (await CheckOutAsync(kiosk, reader.Card, barcode, key: key)).Succeeded().Body.ToString());
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (await CheckOutAsync(kiosk, reader.Card, await catalog.ItemAsync(), key: key)).Reason);
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE barcode = $1 AND branch = 'RAD'", barcode));
        Assert.Equal(1, await catalog.ToldAsync<ItemLent>(await LoanOfAsync(catalog, barcode)));
    }

    [Fact]
    public async Task What_refuses_at_the_desk_refuses_at_the_machine_and_nobody_passes_over_it()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD", "sl");
        var (child, blocked, reader) = (await catalog.ReaderAsync(youth: true), await catalog.ReaderAsync(restricted: true), await catalog.ReaderAsync());
        Assert.Equal("AGE_SECTION", (await CheckOutAsync(kiosk, child.Card, await catalog.ItemAsync())).Reason);
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await CheckOutAsync(kiosk, reader.Card, await catalog.ItemAsync(lending: "READING_ROOM_ONLY"))).Reason);
        var refused = await CheckOutAsync(kiosk, blocked.Card, await catalog.ItemAsync(lending: "READING_ROOM_ONLY"));
        Assert.Equal(("MEMBER_RESTRICTED", "MEMBER_RESTRICTED,ITEM_NOT_FOR_LOAN"), (refused.Reason, refused.Metadata("all")));
        Assert.Equal("sl", refused.Detail("google.rpc.LocalizedMessage").GetProperty("locale").GetString());
        // the member has it already: the machine may offer to renew
        var barcode = await catalog.ItemAsync();
        await catalog.LentAsync(reader, barcode);
        Assert.Equal("ITEM_ON_LOAN,ALREADY_LENT_TO_MEMBER", (await CheckOutAsync(kiosk, reader.Card, barcode)).Metadata("all"));

        var asked = await kiosk.SendAsync("kiosks/RAD:checkOut", new
        {
            cardNumber = reader.Card, barcode = await catalog.ItemAsync(lending: "READING_ROOM_ONLY"), discretion = new { reason = "STUDY", @override = true },
        });
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_REQUEST"), (asked.Status, asked.Reason));
        Assert.Equal("card", (await CheckOutAsync(kiosk, "NO-SUCH-CARD", await catalog.ItemAsync())).Metadata("kind"));
        Assert.Equal(["barcode:FORMAT", "cardNumber:REQUIRED"], (await CheckOutAsync(kiosk, "", "small letters")).Violations);
    }

    [Fact]
    public async Task A_copy_that_is_handed_in_goes_into_the_bin_that_is_named_and_never_says_for_whom()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var (own, bleds, wanted, kit) = (await catalog.ItemAsync(), await catalog.ItemAsync("BLE"), await LentTitleAsync(catalog), await catalog.ItemAsync(material: "MEDIA_KIT", units: 4));
        foreach (var barcode in new[] { own, bleds, kit }) await catalog.LentAsync(ana, barcode);
        await catalog.WasDueAsync(await LoanOfAsync(catalog, own), daysAgo: 3);
        var hold = (await HoldAsync(desk, wanted.Record, bine)).Succeeded();

        var key = Guid.NewGuid().ToString("N");
        var shelved = (await CheckInAsync(kiosk, own, key: key)).Succeeded();
        Assert.Equal(("SHELVE", "", false), (shelved.Text("bin"), shelved.Text("toBranch"), shelved.Body.GetProperty("needsStaff").GetBoolean()));
        Assert.Equal(["barcode", "title", "bin", "toBranch", "needsStaff"], FieldsOf(shelved));
        Assert.Equal(shelved.Body.ToString(), (await CheckInAsync(kiosk, own, key: key)).Succeeded().Body.ToString());
        Assert.Equal(90, await catalog.ScalarAsync<long>("SELECT fine_minor FROM loan WHERE barcode = $1", own));

        var transit = (await CheckInAsync(kiosk, bleds)).Succeeded();
        Assert.Equal(("TRANSIT", "BLE"), (transit.Text("bin"), transit.Text("toBranch")));
        var held = (await CheckInAsync(kiosk, wanted.Barcode)).Succeeded();
        Assert.Equal("HOLD", held.Text("bin"));
        Assert.DoesNotContain(hold.Text("name")["holds/".Length..], held.Body.ToString(), StringComparison.Ordinal);
        var counted = (await CheckInAsync(kiosk, kit)).Succeeded();
        Assert.Equal(("SHELVE", true), (counted.Text("bin"), counted.Body.GetProperty("needsStaff").GetBoolean()));
        Assert.Equal("loan", (await CheckInAsync(kiosk, own)).Metadata("kind"));
        Assert.Equal("item", (await CheckInAsync(kiosk, "NO-SUCH-ITEM")).Metadata("kind"));
    }

    [Fact]
    public async Task A_copy_in_repair_is_for_the_staff_and_stays_as_it_is()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        using var desk = catalog.Rest("librarian", "RAD");
        var barcode = await catalog.ItemAsync();
        (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "SENT_TO_REPAIR" })).Succeeded();
        var staff = (await CheckInAsync(kiosk, barcode)).Succeeded();
        Assert.Equal(("STAFF", true), (staff.Text("bin"), staff.Body.GetProperty("needsStaff").GetBoolean()));
        Assert.Equal("IN_REPAIR", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        var asked = (await kiosk.SendAsync("kiosks/RAD:item", new { barcode })).Succeeded();
        Assert.Equal(("IN_REPAIR", true), (asked.Text("state"), asked.Body.GetProperty("needsStaff").GetBoolean()));
    }

    [Fact]
    public async Task A_copy_that_was_missing_and_is_handed_in_at_a_machine_is_found_in_the_role_of_a_kiosk()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        using var desk = catalog.Rest("librarian", "RAD");
        var barcode = await catalog.ItemAsync();
        (await desk.SendAsync($"items/{barcode}:mark", new { branch = "RAD", mark = "MISSING" })).Succeeded();
        Assert.Equal("SHELVE", (await CheckInAsync(kiosk, barcode)).Succeeded().Text("bin"));
        Assert.Equal("kiosk", await catalog.ScalarAsync<string>("SELECT role FROM item_event WHERE barcode = $1 AND kind = 'FOUND'", barcode));
    }

    [Fact]
    public async Task Who_shows_a_card_renews_what_is_lent_to_it_and_nothing_else()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var (barcode, key) = (await catalog.ItemAsync(), Guid.NewGuid().ToString("N"));
        await catalog.LentAsync(ana, barcode);
        Task<Answer> RenewAsync(string card, string? key = null) => kiosk.SendAsync("kiosks/RAD:renew", new { cardNumber = card, barcode }, key);

        var renewed = (await RenewAsync(ana.Card, key)).Succeeded();
        Assert.Equal(["barcode", "title", "dueOn", "renewalsLeft"], FieldsOf(renewed));
        Assert.Equal((catalog.Clock.Today.PlusDays(21).Iso(), 1L), (renewed.Text("dueOn"), renewed.Number("renewalsLeft")));
        Assert.Equal(renewed.Body.ToString(), (await RenewAsync(ana.Card, key)).Succeeded().Body.ToString());
        (await RenewAsync(ana.Card)).Succeeded();
        Assert.Equal("RENEWAL_LIMIT", (await RenewAsync(ana.Card)).Reason);
        Assert.Equal((HttpStatusCode.NotFound, "loan"), ((await RenewAsync(bine.Card)) is var anothers ? (anothers.Status, anothers.Metadata("kind")) : default));

        await catalog.ExecuteAsync("UPDATE borrower_card SET replaced = true WHERE card_number = $1", ana.Card);
        Assert.Equal("CARD_REPLACED", (await RenewAsync(ana.Card)).Reason);
        Assert.Equal("CARD_REPLACED", (await RenewAllAsync(kiosk, ana.Card)).Reason);
        Assert.Equal("card", (await RenewAllAsync(kiosk, "NO-SUCH-CARD")).Metadata("kind"));
    }

    [Fact]
    public async Task Renewing_all_says_of_each_copy_until_when_or_why_not_and_again_changes_nothing()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD", "sl");
        var ana = await catalog.ReaderAsync();
        var (book, suitcase, wanted) = (await catalog.ItemAsync(), await catalog.ItemAsync(material: "STORY_SUITCASE", units: 5), await TitleAsync(catalog));
        foreach (var barcode in new[] { book, suitcase, wanted.Barcode }) await catalog.LentAsync(ana, barcode);
        using var desk = catalog.Rest("librarian", "RAD");
        (await HoldAsync(desk, wanted.Record, await catalog.ReaderAsync())).Succeeded();

        for (var said = 0; said < 2; said++)
        {
            var all = (await RenewAllAsync(kiosk, ana.Card)).Succeeded();
            var items = all.Body.GetProperty("items").EnumerateArray().ToArray();
            Assert.Equal([book, suitcase, wanted.Barcode], items.Select(item => item.GetProperty("barcode").GetString()!));
            Assert.Equal([catalog.Clock.Today.PlusDays(21).Iso(), "", ""], items.Select(item => item.GetProperty("renewedUntil").GetString()!));
            Assert.Equal(["", "RENEWAL_NOT_ALLOWED", "TITLE_RESERVED"], items.Select(item => string.Join(',', Reasons(item, "reason"))));
            Assert.Equal(["Naslov je rezerviral drug član."], Reasons(items[2], "text"));
            Assert.Equal((0L, ""), (all.Number("left"), all.Text("nextPageToken")));
        }
        Assert.Equal(1, await catalog.ScalarAsync<int>("SELECT renewals FROM loan WHERE barcode = $1", book));

        static IEnumerable<string> Reasons(JsonElement item, string field) => item.GetProperty("refusals").EnumerateArray().Select(refusal => refusal.GetProperty(field).GetString()!);
    }

    [Fact]
    public async Task Four_machines_that_renew_all_at_one_instant_renew_each_loan_once()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        var ana = await catalog.ReaderAsync();
        for (var copy = 0; copy < 3; copy++) await catalog.LentAsync(ana);
        var key = Guid.NewGuid().ToString("N");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(machine => RenewAllAsync(kiosk, ana.Card, key: machine % 2 == 0 ? key : null)));
        Assert.All(answers, answer => Assert.Equal(3, answer.Succeeded().Body.GetProperty("items").GetArrayLength()));
        Assert.Equal(3, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1 AND renewals = 1", ana.Id));
    }

    [Fact]
    public async Task Of_more_than_a_hundred_loans_it_is_said_how_many_are_left()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        var ana = await catalog.ReaderAsync();
        for (var copy = 0; copy < 102; copy++) await catalog.LentAsync(ana);
        var first = (await RenewAllAsync(kiosk, ana.Card)).Succeeded();
        Assert.Equal((100, 2L), (first.Body.GetProperty("items").GetArrayLength(), first.Number("left")));
        var second = (await RenewAllAsync(kiosk, ana.Card, first.Text("nextPageToken"))).Succeeded();
        Assert.Equal((2, 0L, ""), (second.Body.GetProperty("items").GetArrayLength(), second.Number("left"), second.Text("nextPageToken")));
        Assert.Equal(102, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1 AND renewals = 1", ana.Id));
        Assert.Equal(["pageToken:PAGE_TOKEN"], (await RenewAllAsync(kiosk, ana.Card, "?")).Violations);
    }

    [Fact]
    public async Task A_debt_stops_renewing_and_Finance_is_asked_once_for_all()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        var ana = await catalog.ReaderAsync(debtMinor: 100);
        for (var copy = 0; copy < 3; copy++) await catalog.LentAsync(ana);
        network.Finance.Known[ana.Name] = new Standing { BalanceMinor = 100, Version = 1 };
        var refused = (await RenewAllAsync(kiosk, ana.Card)).Succeeded();
        Assert.All(refused.Body.GetProperty("items").EnumerateArray(), item =>
            Assert.Equal("OPEN_CLAIMS", Assert.Single(item.GetProperty("refusals").EnumerateArray()).GetProperty("reason").GetString()));
        // paid a moment ago: what was refused is renewed
        network.Finance.Known[ana.Name] = new Standing { BalanceMinor = 0, Version = 2 };
        Assert.All((await RenewAllAsync(kiosk, ana.Card)).Succeeded().Body.GetProperty("items").EnumerateArray(), item => Assert.Empty(item.GetProperty("refusals").EnumerateArray()));
    }

    [Fact]
    public async Task A_member_is_figures_and_reasons_to_a_machine()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD", "sl");
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var wanted = await LentTitleAsync(catalog);
        (await HoldAsync(desk, wanted.Record, ana)).Succeeded();
        (await desk.ReturnAsync(wanted.Barcode)).Succeeded();
        await catalog.LentAsync(ana);
        await catalog.WasDueAsync(await catalog.LentAsync(ana), daysAgo: 1);

        var fine = (await MemberAsync(kiosk, ana.Card)).Succeeded();
        Assert.Equal(["mayBorrow", "refusals", "loans", "overdue", "holdsReady", "debtMinor", "currencyCode", "stale"], FieldsOf(fine));
        Assert.True(fine.Body.GetProperty("mayBorrow").GetBoolean());
        Assert.Equal((2L, 1L, 1L, 0L, "EUR"), (fine.Number("loans"), fine.Number("overdue"), fine.Number("holdsReady"), fine.Number("debtMinor"), fine.Text("currencyCode")));
        using var bled = catalog.Rest("kiosk", "BLE");
        Assert.Equal(0, (await bled.SendAsync("kiosks/BLE:member", new { cardNumber = ana.Card })).Succeeded().Number("holdsReady"));

        var debtor = await catalog.ReaderAsync(restricted: true, membership: "SMALL_BRANCH", debtMinor: 2101);
        network.Finance.Known[debtor.Name] = new Standing { BalanceMinor = 2101, Version = 1 };
        var refused = (await MemberAsync(kiosk, debtor.Card)).Succeeded();
        Assert.False(refused.Body.GetProperty("mayBorrow").GetBoolean());
        Assert.Equal(2101, refused.Number("debtMinor"));
        var reasons = refused.Body.GetProperty("refusals").EnumerateArray().ToArray();
        Assert.Equal(["MEMBERSHIP_BRANCH", "MEMBER_RESTRICTED", "DEBT_OVER_LIMIT"], reasons.Select(reason => reason.GetProperty("reason").GetString()!));
        Assert.All(reasons, reason => Assert.Matches("^[A-ZČŠŽ].*[.]$", reason.GetProperty("text").GetString()));
        Assert.Equal((HttpStatusCode.NotFound, "card"), ((await MemberAsync(kiosk, "NO-SUCH-CARD")) is var nobody ? (nobody.Status, nobody.Metadata("kind")) : default));

        // whoever found it learns nothing by it
        await catalog.ExecuteAsync("UPDATE borrower_card SET replaced = true WHERE card_number = $1", ana.Card);
        var lost = (await MemberAsync(kiosk, ana.Card)).Succeeded();
        Assert.Equal("CARD_REPLACED", Assert.Single(lost.Body.GetProperty("refusals").EnumerateArray()).GetProperty("reason").GetString());
        Assert.Equal((0L, 0L, 0L), (lost.Number("loans"), lost.Number("overdue"), lost.Number("holdsReady")));
    }

    [Fact]
    public async Task A_copy_says_where_it_is_and_not_who_has_it()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        using var desk = catalog.Rest("librarian", "RAD");
        var wanted = await LentTitleAsync(catalog);
        (await HoldAsync(desk, wanted.Record, await catalog.ReaderAsync())).Succeeded();
        var item = (await kiosk.SendAsync("kiosks/RAD:item", new { barcode = wanted.Barcode })).Succeeded();
        Assert.Equal(["barcode", "title", "material", "state", "dueOn", "ownerBranch", "location", "holds", "needsStaff"], FieldsOf(item));
        Assert.Equal(("ON_LOAN", "BOOK", catalog.Clock.Today.PlusDays(21).Iso(), "RAD", 1L),
            (item.Text("state"), item.Text("material"), item.Text("dueOn"), item.Text("ownerBranch"), item.Number("holds")));
        Assert.Equal("item", (await kiosk.SendAsync("kiosks/RAD:item", new { barcode = "NO-SUCH-ITEM" })).Metadata("kind"));
    }

    [Fact]
    public async Task A_machine_is_told_what_it_may_do_the_time_and_the_rule_for_an_outage_art_28()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        using var librarian = catalog.Rest("librarian");
        var status = (await kiosk.AskAsync("kiosks/RAD")).Succeeded();
        Assert.True(status.Body.GetProperty("acceptsCheckOut").GetBoolean() && status.Body.GetProperty("acceptsCheckIn").GetBoolean());
        Assert.Equal((catalog.Clock.Today.Iso(), 120L), (status.Text("today"), status.Number("closeAfterOutageMinutes")));
        Assert.Equal(["branch:UNKNOWN"], (await librarian.AskAsync("kiosks/NOWHERE")).Violations);
    }

    [Fact]
    public async Task A_database_that_takes_no_writes_makes_a_machine_take_nothing()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        await catalog.ExecuteAsync($"ALTER DATABASE \"{catalog.DatabaseName}\" SET default_transaction_read_only = on");
        catalog.Database.Clear();
        var status = (await kiosk.AskAsync("kiosks/RAD")).Succeeded();
        Assert.False(status.Body.GetProperty("acceptsCheckOut").GetBoolean() || status.Body.GetProperty("acceptsCheckIn").GetBoolean());
    }

    [Fact]
    public async Task A_machines_token_is_good_at_its_branch_for_its_service_and_for_nothing_else()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("kiosk", "BLE");
        using var nowhere = catalog.Rest("kiosk");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        foreach (var machine in new[] { bled, nowhere })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await machine.AskAsync("kiosks/RAD")).Status);
            foreach (var call in new[] { "checkOut", "checkIn", "renew", "renewAll", "member", "item" })
            {
                object body = call switch
                {
                    "checkOut" or "renew" => new { cardNumber = reader.Card, barcode },
                    "checkIn" or "item" => new { barcode },
                    _ => new { cardNumber = reader.Card },
                };
                Assert.Equal((HttpStatusCode.Forbidden, "PERMISSION_DENIED"), ((await machine.SendAsync($"kiosks/RAD:{call}", body)) is var refused ? (refused.Status, refused.Reason) : default));
            }
        }
        // not even what every person may
        foreach (var path in new[] { "clock", "branches", $"items/{barcode}", "records", $"loans?member={reader.Name}", "covers/9789610000000" })
            Assert.Equal(HttpStatusCode.Forbidden, (await bled.AskAsync(path)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.LendAsync(barcode, reader.Card, "BLE")).Status);
        foreach (var role in new[] { "partner", "member", "organiser", "accountant", "admin" })
        {
            using var other = catalog.Rest(role);
            Assert.Equal(HttpStatusCode.Forbidden, (await other.AskAsync("kiosks/RAD")).Status);
        }
        using var librarian = catalog.Rest("librarian", "RAD");
        (await CheckOutAsync(librarian, reader.Card, barcode)).Succeeded();
        Assert.Equal(HttpStatusCode.Forbidden, (await CheckInAsync(librarian, barcode, "BLE")).Status);
    }

    [Fact]
    public async Task No_answer_bears_anything_of_the_member()
    {
        var catalog = await network.HostAsync();
        using var kiosk = catalog.Rest("kiosk", "RAD");
        var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        Answer[] answers =
        [
            await CheckOutAsync(kiosk, ana.Card, barcode), await CheckOutAsync(kiosk, ana.Card, barcode), await MemberAsync(kiosk, ana.Card),
            await kiosk.SendAsync("kiosks/RAD:renew", new { cardNumber = ana.Card, barcode }), await RenewAllAsync(kiosk, ana.Card),
            await kiosk.SendAsync("kiosks/RAD:item", new { barcode }), await CheckInAsync(kiosk, barcode), await CheckInAsync(kiosk, barcode),
        ];
        foreach (var answer in answers)
            foreach (var personal in new[] { ana.Card, ana.Id.ToString("D"), "EMPLOYED", "Radovljica" })
                Assert.DoesNotContain(personal, answer.Body.ToString(), StringComparison.Ordinal);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.NotFound],
            answers.Select(answer => answer.Status));
    }

    private static async Task<string> LoanOfAsync(TestHost catalog, string barcode) =>
        $"loans/{await catalog.ScalarAsync<Guid>("SELECT id FROM loan WHERE barcode = $1 AND returned_at IS NULL", barcode):D}";
}

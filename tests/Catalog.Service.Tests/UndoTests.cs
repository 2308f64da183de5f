using System.Net;
using System.Text.Json;
using Library.Catalog.Messages;
using Library.Finance.Messages;
using Library.Testing;
using NodaTime;
using static Library.Catalog.Service.Tests.Holds;

namespace Library.Catalog.Service.Tests;

/// <summary>Undoing where a test needs it.</summary>
public static class Undoing
{
    public static Task<Answer> UndoAsync(this HttpClient desk, string loan, string branch = "RAD", string? key = null) =>
        desk.SendAsync($"{loan}:undo", new { branch, reason = "WRONG_CARD" }, key);

    public static Task<Answer> UndoReturnAsync(this HttpClient desk, string barcode, string branch = "RAD", string? key = null) =>
        desk.SendAsync("returns:undo", new { barcode, branch }, key);

    public static Task<Answer> UndoRenewalAsync(this HttpClient desk, string loan, string branch = "RAD") => desk.SendAsync($"{loan}:undoRenewal", new { branch });

    /// <summary>What counts as debt here beside what Finance told.</summary>
    public static Task<long> PendingAsync(this TestHost catalog, Reader reader) =>
        catalog.ScalarAsync<long>("""
            SELECT coalesce(sum(amount_minor), 0)::bigint
            FROM (SELECT member, amount_minor FROM pending_charge UNION ALL SELECT member, -amount_minor FROM pending_withdrawal) AS pending WHERE member = $1
            """, reader.Id);

    public static Guid IdOf(string loan) => Guid.Parse(loan["loans/".Length..]);

    public static async Task<IReadOnlyList<ChargeWithdrawn>> WithdrawnAsync(this TestHost catalog, string loan) =>
        JsonSerializer.Deserialize<List<ChargeWithdrawn>>(await catalog.ScalarAsync<string>(
            "SELECT coalesce(json_agg(body::json ORDER BY position), '[]')::text FROM outbox WHERE type = $1 AND aggregate = $2", typeof(ChargeWithdrawn).FullName!, loan), JsonSerializerOptions.Web)!;

    public static async Task<T> ToldLastAsync<T>(this TestHost catalog, string loan) => JsonSerializer.Deserialize<T>(await catalog.ScalarAsync<string>(
        "SELECT body FROM outbox WHERE type = $1 AND aggregate = $2 ORDER BY position DESC LIMIT 1", typeof(T).FullName!, loan), JsonSerializerOptions.Web)!;
}

/// <summary>Wrong scans of the desk are undone within the rulebook's minutes (ADR 26).</summary>
public sealed class UndoTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_wrong_check_out_is_undone_and_undone_twice_it_is_the_same_answer()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        var key = Guid.NewGuid().ToString("N");
        var undone = (await desk.UndoAsync(loan, key: key)).Succeeded();
        var shown = undone.Body.GetProperty("loan");
        Assert.Equal((loan, "UNDONE", "SHELVE"), (shown.GetProperty("name").GetString(), shown.GetProperty("state").GetString(), undone.Text("next")));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        Assert.Equal(undone.Body.ToString(), (await desk.UndoAsync(loan, key: key)).Succeeded().Body.ToString());
        Assert.Equal(undone.Body.ToString(), (await desk.UndoAsync(loan)).Succeeded().Body.ToString());
        Assert.Equal(1, await catalog.ToldAsync<LoanUndone>(loan));

        using var own = catalog.RestAsMember(reader.Name);
        foreach (var state in new[] { "OPEN", "RETURNED" })
            Assert.Empty((await own.AskAsync($"loans?state={state}")).Succeeded().Body.GetProperty("loans").EnumerateArray());
        Assert.Equal(loan, Assert.Single((await own.AskAsync("loans?state=UNDONE")).Succeeded().Body.GetProperty("loans").EnumerateArray()).GetProperty("name").GetString());
        var history = (await desk.AskAsync($"items/{barcode}/history")).Succeeded().Body.GetProperty("history").EnumerateArray().ToList();
        Assert.Equal(["LOAN_UNDONE", "LENT", "CREATED"], history.Select(one => one.GetProperty("kind").GetString()));
        Assert.Equal("WRONG_CARD", history[0].GetProperty("note").GetString());
        // the right card has it at once
        (await desk.LendAsync(barcode, (await catalog.ReaderAsync()).Card)).Succeeded();
        Assert.Equal("NEXT_UNSPECIFIED", (await desk.UndoAsync(loan)).Succeeded().Text("next"));
    }

    [Fact]
    public async Task A_hold_that_the_loan_fulfilled_is_ready_again_until_the_same_day_and_nobody_is_told_twice()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var title = await LentTitleAsync(catalog);
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var hold = (await HoldAsync(desk, title.Record, ana)).Succeeded().Text("name");
        var next = (await HoldAsync(desk, title.Record, bine)).Succeeded().Text("name");
        var until = (await desk.ReturnAsync(title.Barcode)).Succeeded().Text("readyUntil");
        var loan = await catalog.LentAsync(ana, title.Barcode);
        Assert.Equal("FULFILLED", (await desk.AskAsync(hold)).Text("state"));

        var undone = (await desk.UndoAsync(loan)).Succeeded();
        Assert.Equal(("HOLD_SHELF", hold, until), (undone.Text("next"), undone.Text("hold"), undone.Text("readyUntil")));
        var ready = (await desk.AskAsync(hold)).Succeeded();
        Assert.Equal(("READY", until, title.Barcode), (ready.Text("state"), ready.Text("readyUntil"), ready.Text("barcode")));
        Assert.Equal(1, await catalog.ToldAsync<HoldReady>(hold));
        Assert.Equal(1, (await desk.AskAsync(next)).Number("queuePosition"));
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(title.Barcode, bine.Card)).Reason);
        (await desk.LendAsync(title.Barcode, ana.Card)).Succeeded();
    }

    [Fact]
    public async Task A_hold_whose_own_copy_was_another_waits_in_its_old_place_and_gets_what_is_in_hand()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("librarian", "BLE");
        var title = await TitleAsync(catalog);
        var ana = await catalog.ReaderAsync();
        var hold = (await HoldAsync(bled, title.Record, ana, "GOR")).Succeeded();
        Assert.Equal(title.Barcode, hold.Text("barcode"));
        // she takes another copy in Bled instead; the one in Radovljica is free then and goes to Bine
        var other = await catalog.ItemAsync("BLE", title.Record);
        var loan = await catalog.LentAsync(ana, other, "BLE");
        var bines = (await HoldAsync(bled, title.Record, await catalog.ReaderAsync(), "BLE")).Succeeded();
        Assert.Equal(title.Barcode, bines.Text("barcode"));

        var undone = (await bled.UndoAsync(loan, "BLE")).Succeeded();
        Assert.Equal(("TRANSIT", "GOR", hold.Text("name")), (undone.Text("next"), undone.Text("toBranch"), undone.Text("hold")));
        Assert.Equal(("IN_TRANSIT", other), ((await bled.AskAsync(hold.Text("name"))).Text("state"), (await bled.AskAsync(hold.Text("name"))).Text("barcode")));
        Assert.Equal(title.Barcode, (await bled.AskAsync(bines.Text("name"))).Text("barcode"));
    }

    [Fact]
    public async Task A_copy_that_belongs_elsewhere_goes_home()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("librarian", "BLE");
        var barcode = await catalog.ItemAsync();
        var undone = (await bled.UndoAsync(await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "BLE"), "BLE")).Succeeded();
        Assert.Equal(("TRANSIT", "RAD"), (undone.Text("next"), undone.Text("toBranch")));
        Assert.Equal("IN_TRANSIT", (await bled.AskAsync($"items/{barcode}")).Text("state"));
    }

    [Fact]
    public async Task A_check_out_is_undone_only_in_time_at_its_branch_and_before_anything_else()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var library = catalog.Rest("librarian");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        Assert.Equal("UNDO_ELSEWHERE", (await library.UndoAsync(loan, "BLE")).Reason);
        Assert.Equal(HttpStatusCode.Forbidden, (await desk.UndoAsync(loan, "BLE")).Status);
        using var own = catalog.RestAsMember(reader.Name);
        Assert.Equal(HttpStatusCode.Forbidden, (await own.UndoAsync(loan)).Status);
        Assert.Equal(["branch:UNKNOWN"], (await library.UndoAsync(loan, "NOWHERE")).Violations);
        Assert.Equal(["reason:ENUM"], (await library.SendAsync($"{loan}:undo", new { branch = "RAD", reason = "NOBODY_KNOWS" })).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.UndoAsync($"loans/{Guid.NewGuid():D}")).Status);

        (await desk.SendAsync($"{loan}:renew", new { })).Succeeded();
        Assert.Equal("UNDO_OVERTAKEN", (await desk.UndoAsync(loan)).Reason);
        (await desk.UndoRenewalAsync(loan)).Succeeded();
        await catalog.ExecuteAsync("UPDATE loan SET lent_at = lent_at - interval '11 minutes' WHERE id = $1", Undoing.IdOf(loan));
        var late = await desk.UndoAsync(loan);
        Assert.Equal(("UNDO_TOO_LATE", "10"), (late.Reason, late.Metadata("minutes")));
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal("UNDO_ELSEWHERE,UNDO_TOO_LATE,UNDO_OVERTAKEN", (await library.UndoAsync(loan, "BLE")).Metadata("all"));
        Assert.Equal("RETURNED", await catalog.ScalarAsync<string>("SELECT CASE WHEN undone_at IS NULL AND returned_at IS NOT NULL THEN 'RETURNED' ELSE 'OTHER' END FROM loan WHERE id = $1", Undoing.IdOf(loan)));
    }

    [Fact]
    public async Task A_renewal_is_undone_with_its_fee_and_its_fine()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var reader = await catalog.ReaderAsync();
        var loan = await catalog.LentAsync(reader);
        Assert.Equal("NOTHING_TO_UNDO", (await desk.UndoRenewalAsync(loan)).Reason);
        for (var free = 0; free < 2; free++) (await desk.SendAsync($"{loan}:renew", new { })).Succeeded();
        await catalog.WasDueAsync(loan, 3);
        var before = (await desk.AskAsync(loan)).Succeeded();
        (await desk.SendAsync($"{loan}:renew", new { exceptional = true })).Succeeded();
        var told = await catalog.ToldLastAsync<LoanRenewed>(loan);
        Assert.Equal(140, await catalog.PendingAsync(reader));

        var undone = (await desk.UndoRenewalAsync(loan)).Succeeded();
        Assert.Equal((before.Text("dueOn"), 2), (undone.Text("dueOn"), undone.Number("renewals")));
        Assert.Equal(before.Body.ToString(), (await desk.AskAsync(loan)).Succeeded().Body.ToString());
        Assert.Equal(0, await catalog.PendingAsync(reader));
        var withdrawn = await catalog.WithdrawnAsync(loan);
        Assert.Equal([(told.Fee!.Id, 50L), (told.Fine!.Id, 90L)], withdrawn.Select(one => (one.ChargeId, one.AmountMinor)));
        Assert.All(withdrawn, one => Assert.Equal((reader.Name, "RAD", WithdrawalReason.RenewalUndone), (one.Member, one.Branch, one.Reason)));
        Assert.Equal(undone.Body.ToString(), (await desk.UndoRenewalAsync(loan)).Succeeded().Body.ToString());
        Assert.Equal((1, 2), (await catalog.ToldAsync<RenewalUndone>(loan), (await catalog.WithdrawnAsync(loan)).Count));

        (await desk.SendAsync($"{loan}:renew", new { exceptional = true })).Succeeded();
        await catalog.ExecuteAsync("UPDATE loan SET renewed_at = renewed_at - interval '11 minutes' WHERE id = $1", Undoing.IdOf(loan));
        Assert.Equal("UNDO_TOO_LATE", (await desk.UndoRenewalAsync(loan)).Reason);
    }

    [Fact]
    public async Task A_wrong_return_is_undone_the_loan_is_as_it_was_and_the_fine_is_taken_back()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        await catalog.WasDueAsync(loan, 9);
        var before = (await desk.AskAsync(loan)).Succeeded();
        (await desk.ReturnAsync(barcode)).Succeeded();
        var first = (await catalog.ToldLastAsync<ItemReturned>(loan)).Fine!;

        var key = Guid.NewGuid().ToString("N");
        var undone = (await desk.UndoReturnAsync(barcode, key: key)).Succeeded();
        Assert.Equal(("OPEN", before.Text("dueOn")), (undone.Text("state"), undone.Text("dueOn")));
        Assert.Equal(before.Body.ToString(), (await desk.AskAsync(loan)).Succeeded().Body.ToString());
        Assert.Equal("ON_LOAN", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        Assert.Equal(0, await catalog.PendingAsync(reader));
        Assert.Equal((first.Id, 270, WithdrawalReason.ReturnUndone), Assert.Single(await catalog.WithdrawnAsync(loan)) is var one ? (one.ChargeId, one.AmountMinor, one.Reason) : default);
        foreach (var again in new[] { key, null })
            Assert.Equal(undone.Body.ToString(), (await desk.UndoReturnAsync(barcode, key: again)).Succeeded().Body.ToString());
        Assert.Equal(1, await catalog.ToldAsync<ReturnUndone>(loan));

        Assert.Equal(270, (await desk.ReturnAsync(barcode)).Succeeded().Number("fineMinor"));
        Assert.NotEqual(first.Id, (await catalog.ToldLastAsync<ItemReturned>(loan)).Fine!.Id);
        Assert.Equal(270, await catalog.PendingAsync(reader));
    }

    [Fact]
    public async Task A_spell_of_reminders_that_the_return_ended_goes_on_where_it_was_art_36()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        await catalog.WasDueAsync(loan, 15);
        await catalog.ExecuteAsync("INSERT INTO reminder_spell (member, version, level, last_reminded_on, spell_started_on) VALUES ($1, 2, 2, $2, $3)",
            reader.Id, catalog.Clock.Today.PlusDays(-1), catalog.Clock.Today.PlusDays(-14));
        (await desk.ReturnAsync(barcode)).Succeeded();
        var fine = (await catalog.ToldLastAsync<ItemReturned>(loan)).Fine!;
        await catalog.PublishAsync(Balance(reader, 1, fine.Id, 0));
        await Eventually.IsTrueAsync(async () => await SpellAsync() == "0 ", "the spell is over: nothing is overdue, and the fine is paid");

        (await desk.UndoReturnAsync(barcode)).Succeeded();
        Assert.Equal($"2 {catalog.Clock.Today.PlusDays(-14).Iso()}", await SpellAsync());

        Task<string> SpellAsync() => catalog.ScalarAsync<string>("SELECT level || ' ' || coalesce(spell_started_on::text, '') FROM reminder_spell WHERE member = $1", reader.Id);
    }

    [Fact]
    public async Task A_return_is_undone_only_in_time_at_its_branch_and_while_nobody_has_the_copy()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var library = catalog.Rest("librarian");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await desk.UndoReturnAsync(Stock.NewBarcode())).Status);
        Assert.Equal((HttpStatusCode.NotFound, "loan"), await desk.UndoReturnAsync(barcode) is var none ? (none.Status, none.Metadata("kind")) : default);
        var loan = await catalog.LentAsync(reader, barcode);
        Assert.Equal("ITEM_ON_LOAN", (await desk.UndoReturnAsync(barcode)).Reason);
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal("UNDO_ELSEWHERE", (await library.UndoReturnAsync(barcode, "BLE")).Reason);
        await catalog.ExecuteAsync("UPDATE loan SET returned_at = returned_at - interval '11 minutes' WHERE id = $1", Undoing.IdOf(loan));
        Assert.Equal("UNDO_TOO_LATE", (await desk.UndoReturnAsync(barcode)).Reason);
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        Assert.Equal("ITEM_ON_LOAN", (await desk.UndoReturnAsync(barcode)).Reason);

        // found to be missing meanwhile: its history tells of it
        var missed = await catalog.ItemAsync();
        await catalog.LentAsync(reader, missed);
        (await desk.ReturnAsync(missed)).Succeeded();
        (await desk.SendAsync($"items/{missed}:mark", new { branch = "RAD", mark = "MISSING" })).Succeeded();
        Assert.Equal("UNDO_OVERTAKEN", (await desk.UndoReturnAsync(missed)).Reason);
    }

    [Fact]
    public async Task A_return_by_which_another_was_promised_the_copy_stands()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        foreach (var pickup in new[] { "RAD", "BLE" })
        {
            var title = await LentTitleAsync(catalog);
            (await HoldAsync(desk, title.Record, await catalog.ReaderAsync(), pickup)).Succeeded();
            (await desk.ReturnAsync(title.Barcode)).Succeeded();
            Assert.Equal("UNDO_OVERTAKEN", (await desk.UndoReturnAsync(title.Barcode)).Reason);
        }
    }

    [Fact]
    public async Task A_copy_on_its_way_home_is_the_readers_again_until_the_van_takes_it()
    {
        var catalog = await network.HostAsync();
        using var bled = catalog.Rest("librarian", "BLE");
        var barcode = await catalog.ItemAsync();
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        Assert.Equal("TRANSIT", (await bled.ReturnAsync(barcode, "BLE")).Succeeded().Text("next"));
        Assert.Equal("OPEN", (await bled.UndoReturnAsync(barcode, "BLE")).Succeeded().Text("state"));
        (await bled.ReturnAsync(barcode, "BLE")).Succeeded();
        await catalog.ExecuteAsync("INSERT INTO item_event (id, barcode, at, kind, branch, to_branch, role) VALUES ($1, $2, $3, 'SENT', 'BLE', 'RAD', 'librarian')",
            Guid.CreateVersion7(), barcode, catalog.Clock.Now);
        Assert.Equal("UNDO_OVERTAKEN", (await bled.UndoReturnAsync(barcode, "BLE")).Reason);
    }

    [Fact]
    public async Task What_was_taken_back_is_no_debt_whatever_the_order_of_the_balances()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(debtMinor: 500), await catalog.ItemAsync());
        await catalog.WasDueAsync(await catalog.LentAsync(reader, barcode), 9);
        (await desk.ReturnAsync(barcode)).Succeeded();
        var loan = (await desk.UndoReturnAsync(barcode)).Succeeded().Text("name");
        var withdrawn = Assert.Single(await catalog.WithdrawnAsync(loan));
        Assert.Equal(500, await DebtAsync());

        // the balance with the withdrawal overtakes that of the charge: both are in it
        await catalog.PublishAsync(Balance(reader, 3, withdrawn.ChargeId, 500, withdrawn.WithdrawalId));
        await Eventually.IsTrueAsync(() => catalog.ScalarAsync<bool>(
            "SELECT NOT EXISTS (SELECT FROM pending_charge WHERE member = $1) AND NOT EXISTS (SELECT FROM pending_withdrawal WHERE member = $1)", reader.Id), "nothing is pending");
        await catalog.PublishAsync(Balance(reader, 2, withdrawn.ChargeId, 770));
        var last = Guid.CreateVersion7();
        await catalog.PublishAsync(Balance(reader, 2, withdrawn.ChargeId, 770), last);
        await Eventually.IsTrueAsync(() => catalog.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM inbox WHERE message_id = $1)", last), "the older one is handled");
        Assert.Equal(500, await DebtAsync());

        async Task<long> DebtAsync() => await catalog.PendingAsync(reader) + await catalog.ScalarAsync<long>("SELECT balance_minor FROM borrower_debt WHERE member = $1", reader.Id);
    }

    [Fact]
    public async Task A_balance_that_holds_the_charge_but_not_yet_the_withdrawal_blocks_nobody()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(debtMinor: 2000), await catalog.ItemAsync());
        await catalog.WasDueAsync(await catalog.LentAsync(reader, barcode), 9);
        (await desk.ReturnAsync(barcode)).Succeeded();
        var loan = (await desk.UndoReturnAsync(barcode)).Succeeded().Text("name");
        var withdrawn = Assert.Single(await catalog.WithdrawnAsync(loan));
        await catalog.PublishAsync(Balance(reader, 2, withdrawn.ChargeId, 2270));
        await Eventually.IsTrueAsync(async () => await catalog.ScalarAsync<long>("SELECT balance_minor FROM borrower_debt WHERE member = $1", reader.Id) == 2270, "the balance is known");
        (await desk.LendAsync(await catalog.ItemAsync(), reader.Card)).Succeeded();
    }

    [Fact]
    public async Task The_database_holds_that_a_loan_that_was_undone_is_over_and_costs_nothing()
    {
        var catalog = await network.HostAsync();
        var loan = Undoing.IdOf(await catalog.LentAsync(await catalog.ReaderAsync()));
        foreach (var wrong in new[] { "undone_at = $2", "undone_at = $2, returned_at = $2, returned_branch = 'RAD', overdue_days = 1, fine_minor = 30" })
            Assert.Equal("loan_undone_is_over_and_free", (await Assert.ThrowsAsync<Npgsql.PostgresException>(
                () => catalog.ExecuteAsync($"UPDATE loan SET {wrong} WHERE id = $1", loan, catalog.Clock.Now))).ConstraintName);
        Assert.Equal("loan_lost_by_the_library_is_over", (await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => catalog.ExecuteAsync("UPDATE loan SET claim_outcome = 'LIBRARY_LOST' WHERE id = $1", loan))).ConstraintName);
    }

    private static BalanceChanged Balance(Reader reader, long version, Guid charge, long minor, Guid? withdrawal = null) => new()
    {
        Aggregate = $"accounts/{reader.Id:D}",
        Version = version,
        Member = reader.Name,
        BalanceMinor = minor,
        CurrencyCode = "EUR",
        OldestOpenOn = minor > 0 ? new DateOnly(2026, 11, 1) : null,
        PostedChargeId = charge,
        WithdrawalId = withdrawal,
    };
}

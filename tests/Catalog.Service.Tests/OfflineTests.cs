using System.Net;
using System.Text.Json;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Messages;
using Library.Contracts;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>What was done while the system was down was done: it is applied as of its instant, and what cannot be is listed (art. 28).</summary>
public sealed class OfflineTests(CatalogNetwork network)
{
    [Fact]
    public async Task Loans_and_returns_count_as_of_the_day_on_which_they_were_done()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, lent, late, today) = (await catalog.ReaderAsync(), await catalog.ItemAsync(), await catalog.ItemAsync(), catalog.Clock.Today);
        var town = $"Town {ana.Card}";
        await catalog.ExecuteAsync("UPDATE borrower SET municipality = $2 WHERE member = $1", ana.Id, town);
        var lateLoan = await catalog.LentAsync(ana, late);
        await catalog.ExecuteAsync("DELETE FROM circulation_fact WHERE municipality = $1", town);
        await catalog.WasLentAsync(late, Noon(catalog, -40));
        await catalog.WasDueAsync(lateLoan, 10);

        var done = await desk.AppliedAsync(Written.Loan(Noon(catalog, -2), lent, ana.Card), Written.Return(Noon(catalog, -1), late));
        Assert.Equal((2, 2, 0, 0), (done.Number("lines"), done.Number("applied"), done.Number("notApplied"), done.Number("exceptions")));

        var loan = (await desk.AskAsync($"loans?member={ana.Name}")).Succeeded().Body.GetProperty("loans")[0];
        Assert.Equal((lent, today.PlusDays(19).Iso()), (loan.GetProperty("barcode").GetString(), loan.GetProperty("dueOn").GetString()));
        Assert.Equal(Noon(catalog, -2), Instant.FromDateTimeOffset(loan.GetProperty("lentAt").GetDateTimeOffset()));
        Assert.Equal(Noon(catalog, -2).ToDateTimeOffset(), (await ToldAsync<ItemLent>(catalog, loan.GetProperty("name").GetString()!)).LentAt);

        // ten days late today, nine on the day when it was back
        var back = await ToldAsync<ItemReturned>(catalog, lateLoan);
        Assert.Equal((9, 270L, Noon(catalog, -1).ToDateTimeOffset()), (back.OverdueDays, back.Fine!.AmountMinor, back.ReturnedAt));
        Assert.Equal(today.PlusDays(-1).ToDateOnly(), back.Fine.ChargedOn);
        Assert.Equal(1, await FactsAsync(catalog, town, "LOAN", today.PlusDays(-2)));
        Assert.Equal(1, await FactsAsync(catalog, town, "RETURN", today.PlusDays(-1)));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{late}")).Text("state"));
        // a line that is applied knows nobody's card any more
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM offline_line WHERE card_number = $1", ana.Card));
    }

    [Fact]
    public async Task One_copy_goes_from_hand_to_hand_in_one_log()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine, barcode, noon) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), await catalog.ItemAsync(), Noon(catalog, -1));
        // the device's clock was set back by a minute between the second line and the third
        var done = await desk.AppliedAsync(Written.Loan(noon, barcode, ana.Card), Written.Return(noon + Duration.FromMinutes(3), barcode),
            Written.Loan(noon + Duration.FromMinutes(2), barcode, bine.Card));
        Assert.Equal((3, 0), (done.Number("applied"), done.Number("exceptions")));
        Assert.Equal((bine.Id, true), await catalog.LastLoanAsync(barcode));
        Assert.Equal(2, await catalog.LoansOfAsync(barcode));
    }

    [Fact]
    public async Task What_speaks_against_the_member_does_not_undo_the_loan_and_is_listed()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (lapsed, restricted, owing) = (await catalog.ReaderAsync(state: "LAPSED"), await catalog.ReaderAsync(restricted: true), await catalog.ReaderAsync(debtMinor: 90_00));
        var (waited, record, noon) = (await catalog.ReaderAsync(), await catalog.RecordAsync(), Noon(catalog, -1));
        var held = await catalog.ItemAsync(record: record);
        var hold = (await desk.SendAsync("holds", new { record, member = waited.Name, pickupBranch = "RAD" })).Succeeded().Text("name");
        var done = await desk.AppliedAsync(Written.Loan(noon, await catalog.ItemAsync(), lapsed.Card), Written.Loan(noon, await catalog.ItemAsync(), restricted.Card),
            Written.Loan(noon, await catalog.ItemAsync(), owing.Card), Written.Loan(noon, held, lapsed.Card));
        Assert.Equal((4, 4, 4), (done.Number("applied"), done.Number("exceptions"), done.Number("unresolved")));
        Assert.Equal(["1 MEMBERSHIP_LAPSED lent", "2 MEMBER_RESTRICTED lent", "3 DEBT_OVER_LIMIT lent", "4 MEMBERSHIP_LAPSED,ITEM_HELD_FOR_ANOTHER lent"],
            await desk.ExceptionsAsync(done.Text("name")));
        // who waited goes on waiting, for another copy or this one when it is back
        var waiting = (await desk.AskAsync(hold)).Succeeded();
        Assert.Equal(("WAITING", ""), (waiting.Text("state"), waiting.Text("barcode")));
    }

    [Fact]
    public async Task What_cannot_be_a_loan_or_a_return_changes_nothing_and_stays_listed_until_it_is_resolved()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine, erased, noon) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), await catalog.ReaderAsync(), Noon(catalog, -1));
        await catalog.PublishAsync(Stock.Snapshot(erased, 2, "") with { State = "ERASED" });
        await Eventually.IsTrueAsync(async () => await catalog.ScalarAsync<string>("SELECT state FROM borrower WHERE member = $1", erased.Id) == "ERASED", "the member is erased");
        var (out1, free, gone, never) = (await catalog.ItemAsync(), await catalog.ItemAsync(), await catalog.ItemAsync(), await catalog.ItemAsync());
        await catalog.LentAsync(bine, out1);
        await catalog.WasLentAsync(out1, Noon(catalog, -3));
        await catalog.ExecuteAsync("UPDATE item SET state = 'WITHDRAWN' WHERE barcode = $1", gone);
        var done = await desk.AppliedAsync(
            Written.Loan(noon, "OTHER-LIBRARYS", ana.Card), Written.Loan(noon, free, "NOBODYS-CARD"), Written.Loan(noon, free, erased.Card),
            Written.Loan(noon, out1, ana.Card), Written.Loan(noon, out1, bine.Card), Written.Loan(noon, gone, ana.Card),
            Written.Return(noon, never), Written.Return(noon, gone), Written.Return(noon, "OTHER-LIBRARYS"), Written.Loan(noon, free, ana.Card));
        Assert.Equal((10, 1, 9), (done.Number("lines"), done.Number("applied"), done.Number("notApplied")));
        Assert.Equal(["1 ITEM_UNKNOWN", "2 CARD_UNKNOWN", "3 CARD_UNKNOWN", "4 ITEM_ON_LOAN", "5 ITEM_ON_LOAN,ALREADY_LENT_TO_MEMBER", "6 ITEM_WITHDRAWN",
            "7 NOT_ON_LOAN", "8 ITEM_WITHDRAWN", "9 ITEM_UNKNOWN"], await desk.ExceptionsAsync(done.Text("name")));
        Assert.Equal((bine.Id, true), await catalog.LastLoanAsync(out1));
        Assert.Equal((0L, 0L), (await catalog.LoansOfAsync(gone), await catalog.LoansOfAsync(never)));

        // the card stays with the line until somebody has looked after it
        var log = done.Text("name");
        var page = (await desk.AskAsync($"{log}/exceptions?pageSize=2")).Succeeded();
        Assert.Equal("NOBODYS-CARD", page.Body.GetProperty("exceptions")[1].GetProperty("cardNumber").GetString());
        var next = (await desk.AskAsync($"{log}/exceptions?pageSize=2&pageToken={page.Text("nextPageToken")}")).Succeeded();
        Assert.Equal([3, 4], next.Body.GetProperty("exceptions").EnumerateArray().Select(line => line.GetProperty("number").GetInt32()));
        var key = Guid.NewGuid().ToString("N");
        foreach (var again in new[] { key, key, null })
        {
            var resolved = (await desk.SendAsync($"{log}:resolve", new { number = 2, resolution = "MEMBER_CONTACTED" }, again)).Succeeded();
            Assert.Equal(("MEMBER_CONTACTED", ""), (resolved.Text("resolution"), resolved.Text("cardNumber")));
        }
        Assert.Equal((8, 9), ((await desk.AskAsync(log)).Number("unresolved"), (await desk.AskAsync(log)).Number("exceptions")));
        Assert.DoesNotContain(2, (await desk.AskAsync($"{log}/exceptions?unresolved=true")).Succeeded().Body.GetProperty("exceptions").EnumerateArray()
            .Select(line => line.GetProperty("number").GetInt32()));
        Assert.Equal("OFFLINE_LINE_RESOLVED", (await desk.SendAsync($"{log}:resolve", new { number = 2, resolution = "ITEM_FOUND" })).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync($"{log}:resolve", new { number = 10, resolution = "ITEM_FOUND" })).Status);
        Assert.Equal(["resolution:REQUIRED"], (await desk.SendAsync($"{log}:resolve", new { number = 1 })).Violations);
    }

    [Fact]
    public async Task What_happened_at_a_desk_since_stands()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine, noon) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), Noon(catalog, -1));
        var (returned, lentOn, found) = (await catalog.ItemAsync(), await catalog.ItemAsync(), await catalog.ItemAsync());
        // lent in the log, but at a desk it was lent before that and came back after it
        await catalog.LentAsync(bine, returned);
        await catalog.WasLentAsync(returned, Noon(catalog, -5));
        (await desk.ReturnAsync(returned)).Succeeded();
        // brought back in the log, but at a desk it came back, too, and is with somebody else now
        await catalog.LentAsync(bine, lentOn);
        // lent in the log, but sought for and not found since
        await catalog.ExecuteAsync("INSERT INTO item_event (id, barcode, at, kind, branch, role) VALUES ($1, $2, $3, 'MISSING', 'RAD', 'librarian')",
            Guid.CreateVersion7(), found, catalog.Clock.Now);
        var done = await desk.AppliedAsync(Written.Loan(noon, returned, ana.Card), Written.Return(noon, lentOn), Written.Loan(noon, found, ana.Card));
        Assert.Equal(["1 OVERTAKEN", "2 OVERTAKEN", "3 OVERTAKEN"], await desk.ExceptionsAsync(done.Text("name")));
        Assert.Equal((bine.Id, false), await catalog.LastLoanAsync(returned));
        Assert.Equal((bine.Id, true), await catalog.LastLoanAsync(lentOn));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{returned}")).Text("state"));
    }

    [Fact]
    public async Task What_somebody_waits_for_is_to_be_fetched_from_the_shelf_and_nobody_is_told_yet()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine, record) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), await catalog.RecordAsync());
        var barcode = await catalog.ItemAsync(record: record);
        await catalog.LentAsync(ana, barcode);
        await catalog.WasLentAsync(barcode, Noon(catalog, -5));
        var hold = (await desk.SendAsync("holds", new { record, member = bine.Name, pickupBranch = "RAD" })).Succeeded().Text("name");
        Assert.Equal(1, (await desk.AppliedAsync(Written.Return(Noon(catalog, -1), barcode))).Number("applied"));
        var waiting = (await desk.AskAsync(hold)).Succeeded();
        Assert.Equal(("WAITING", barcode), (waiting.Text("state"), waiting.Text("barcode")));
        Assert.Equal(0, await catalog.ToldAsync<HoldReady>(hold));
        Assert.Equal("HOLD_SHELF", (await desk.ReturnAsync(barcode)).Succeeded().Text("next"));
    }

    [Fact]
    public async Task Lines_with_a_wrong_clock_or_from_long_ago_are_listed_and_their_cards_forgotten_in_time()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, good, noon) = (await catalog.ReaderAsync(), await catalog.ItemAsync(), Noon(catalog, -1));
        var other = await catalog.ItemAsync();
        var done = await desk.AppliedAsync(Written.Loan(Noon(catalog, -15), other, ana.Card), Written.Loan(noon, good, ana.Card),
            Written.Loan(noon - Duration.FromMinutes(3), other, ana.Card), Written.Return(noon, good));
        Assert.Equal(["1 TOO_OLD", "3 CLOCK_SKEW"], await desk.ExceptionsAsync(done.Text("name")));
        Assert.Equal((2, 0L), (done.Number("applied"), await catalog.LoansOfAsync(other)));

        var job = catalog.App.Services.GetServices<IPeriodicJob>().OfType<ForgetReaders>().Single();
        await job.RunAsync(catalog.Clock.Today, TestContext.Current.CancellationToken);
        Assert.Equal(2, await CardsAsync(catalog, ana));
        await catalog.ExecuteAsync("UPDATE offline_log SET received_at = received_at - interval '400 days' WHERE id = $1", Guid.Parse(done.Text("name")["offlineLogs/".Length..]));
        await job.RunAsync(catalog.Clock.Today, TestContext.Current.CancellationToken);
        Assert.Equal(0, await CardsAsync(catalog, ana));
        Assert.Equal(2, (await desk.ExceptionsAsync(done.Text("name"))).Count);
    }

    [Fact]
    public async Task A_reminder_that_was_sent_for_what_was_back_is_listed_and_a_fault_stops_no_other_line()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var (late, broken, good) = (await catalog.ItemAsync(), await catalog.ItemAsync(), await catalog.ItemAsync());
        await catalog.WasDueAsync(await catalog.LentAsync(ana, late), 20);
        await catalog.WasLentAsync(late, Noon(catalog, -60));
        await catalog.ExecuteAsync("INSERT INTO reminder_spell (member, version, level, last_reminded_on, spell_started_on) VALUES ($1, 1, 1, $2, $2)", ana.Id, catalog.Clock.Today);
        await catalog.ExecuteAsync($"ALTER TABLE loan ADD CONSTRAINT test_breaks CHECK (barcode <> '{broken}')");
        try
        {
            var done = await desk.AppliedAsync(Written.Return(Noon(catalog, -2), late), Written.Loan(Noon(catalog, -1), broken, bine.Card), Written.Loan(Noon(catalog, -1), good, bine.Card));
            Assert.Equal(["1 REMINDED_SINCE back", "2 FAULT"], await desk.ExceptionsAsync(done.Text("name")));
            Assert.Equal((bine.Id, true), await catalog.LastLoanAsync(good));
        }
        finally
        {
            await catalog.ExecuteAsync("ALTER TABLE loan DROP CONSTRAINT test_breaks");
        }
    }

    /// <summary>Noon of a day from today, in the library's zone.</summary>
    private static Instant Noon(TestHost catalog, int days) => catalog.Clock.Today.PlusDays(days).At(new LocalTime(12, 0)).InZoneLeniently(catalog.Clock.Zone).ToInstant();

    private static async Task<T> ToldAsync<T>(TestHost catalog, string aggregate) => JsonSerializer.Deserialize<T>(
        await catalog.ScalarAsync<string>("SELECT body FROM outbox WHERE type = $1 AND aggregate = $2", typeof(T).FullName!, aggregate), JsonSerializerOptions.Web)!;

    private static Task<long> FactsAsync(TestHost catalog, string town, string kind, LocalDate day) =>
        catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact WHERE municipality = $1 AND kind = $2 AND day = $3", town, kind, day);

    private static Task<long> CardsAsync(TestHost catalog, Reader reader) =>
        catalog.ScalarAsync<long>("SELECT count(*) FROM offline_line WHERE card_number = $1", reader.Card);
}

using System.Net;
using System.Text.Json;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>What a loan's dates and prices rest on, and what staff allow beyond the rules, is said and kept.</summary>
public sealed class ExplainingTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_due_date_is_explained_by_its_day_period_article_and_versions_in_the_readers_language_art_26_35()
    {
        var catalog = await network.HostAsync();
        var ana = await catalog.ReaderAsync();
        var loan = await catalog.LentAsync(ana);
        using var member = catalog.RestAsMember(ana.Name, "sl");
        var due = (await member.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("dueDate");
        var today = catalog.Clock.Today;
        Assert.Equal(
            (today.PlusDays(21).Iso(), today.Iso(), "PERIOD", "art. 26-35", "2024"),
            (Text(due, "dueOn"), Text(due, "countedFrom"), Text(due, "rule"), Text(due, "article"), Text(due, "rulebookVersion")));
        Assert.NotEqual("", Text(due, "calendarVersion"));
        Assert.Equal(
            $"Izposojeno ali podaljšano {Day(today)} za 21 dni: zadnji dan je {Day(today.PlusDays(21))}. (čl. 26-35)", Text(due, "text"));
        using var english = catalog.RestAsMember(ana.Name, "en");
        Assert.StartsWith("Lent or renewed on ", Text((await english.AskAsync($"{loan}:explain")).Body.GetProperty("dueDate"), "text"), StringComparison.Ordinal);
        using var other = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync($"{loan}:explain")).Status);
    }

    [Fact]
    public async Task A_period_that_ends_on_a_closed_day_or_after_the_lenders_day_is_explained_as_that_art_34()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD", "en");
        var (ana, barcode, today) = (await catalog.ReaderAsync(), await catalog.ItemAsync(), catalog.Clock.Today);
        var loan = await catalog.LentAsync(ana, barcode);
        // as where the rules let a last day on which the branch is closed give way, which Radovljica's do not
        await catalog.ExecuteAsync("UPDATE loan SET due_on = due_on + 2 WHERE barcode = $1", barcode);
        var due = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("dueDate");
        Assert.Equal("NEXT_OPEN_DAY", Text(due, "rule"));
        foreach (var words in new[] { "for 21 days", $"closed on {English(today.PlusDays(21))},", $"when it is open, {English(today.PlusDays(23))}" })
            Assert.Contains(words, Text(due, "text"), StringComparison.Ordinal);

        // what stays in the house by now was lent for a period all the same
        await catalog.ExecuteAsync("UPDATE item SET lending = 'READING_ROOM_ONLY' WHERE barcode = $1", barcode);
        Assert.Equal("PERIOD", Text((await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("dueDate"), "rule"));

        var theirs = await catalog.ItemAsync();
        await catalog.ExecuteAsync("UPDATE item SET lender_due_on = $2 WHERE barcode = $1", theirs, today.PlusDays(12));
        due = (await desk.AskAsync($"{await catalog.LentAsync(ana, theirs)}:explain")).Succeeded().Body.GetProperty("dueDate");
        Assert.Equal(("LENDERS_DAY", today.PlusDays(12).Iso()), (Text(due, "rule"), Text(due, "dueOn")));
        Assert.Contains("another library's", Text(due, "text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fine_is_explained_day_by_day_with_price_list_and_cap_art_36()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD", "en");
        var loan = await catalog.LentAsync(await catalog.ReaderAsync());
        Assert.Equal((0, "Nothing is overdue."), FineOf(await desk.AskAsync($"{loan}:explain")));
        await catalog.WasDueAsync(loan, 9);
        var fine = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("fine");
        Assert.Equal((270, "9 days overdue: 2.70 EUR. (art. 36-37)"), (fine.GetProperty("amountMinor").GetInt64(), Text(fine, "text")));
        var line = Assert.Single(fine.GetProperty("lines").EnumerateArray());
        Assert.Equal(
            (catalog.Clock.Today.PlusDays(-8).Iso(), catalog.Clock.Today.Iso(), 9, 30L, 270L, "2024"),
            (Text(line, "from"), Text(line, "to"), line.GetProperty("count").GetInt32(), line.GetProperty("unitMinor").GetInt64(), line.GetProperty("amountMinor").GetInt64(), Text(line, "tariffVersion")));
        Assert.Contains("9 days at 0.30 EUR, units: 1: 2.70 EUR (price list 2024) (art. 36-37)", Text(line, "text"), StringComparison.Ordinal);
        await catalog.WasDueAsync(loan, 600);
        var most = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("fine");
        // a year at 0.30 a day stays below the cap of 200.00: the year is what ends it
        Assert.InRange(most.GetProperty("amountMinor").GetInt64(), 365 * 30, 366 * 30);
        Assert.Equal(600, most.GetProperty("overdueDays").GetInt32());
    }

    [Fact]
    public async Task A_refusal_to_renew_is_explained_with_every_reason_and_its_article_art_31()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD", "en");
        var ana = await catalog.ReaderAsync();
        var record = await catalog.RecordAsync();
        var loan = await catalog.LentAsync(ana, await catalog.ItemAsync(record: record));
        var renewal = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("renewal");
        Assert.Equal((true, catalog.Clock.Today.PlusDays(21).Iso(), false), (renewal.GetProperty("possible").GetBoolean(), Text(renewal, "dueOn"), renewal.GetProperty("exceptional").GetBoolean()));
        for (var time = 0; time < 2; time++) (await desk.SendAsync($"{loan}:renew", new { })).Succeeded();
        Assert.True((await desk.AskAsync($"{loan}:explain")).Body.GetProperty("renewal").GetProperty("exceptional").GetBoolean());
        (await desk.SendAsync("holds", new { record, member = (await catalog.ReaderAsync()).Name, pickupBranch = "RAD" })).Succeeded();
        await catalog.ExecuteAsync("UPDATE borrower SET restricted = true WHERE member = $1", ana.Id);
        var refused = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body.GetProperty("renewal");
        Assert.False(refused.GetProperty("possible").GetBoolean());
        Assert.Equal(
            ["MEMBER_RESTRICTED art. 29", "RENEWAL_LIMIT art. 26-35", "TITLE_RESERVED art. 26-35"],
            refused.GetProperty("refusals").EnumerateArray().Select(refusal => $"{Text(refusal, "reason")} {Text(refusal, "article")}"));
        Assert.All(refused.GetProperty("refusals").EnumerateArray(), refusal => Assert.NotEqual(Text(refusal, "reason"), Text(refusal, "text")));
    }

    [Fact]
    public async Task A_returned_loan_is_explained_to_staff_for_a_purpose_only()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var barcode = await catalog.ItemAsync();
        var loan = await catalog.LentAsync(await catalog.ReaderAsync(), barcode);
        await catalog.WasDueAsync(loan, 3);
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal(["purpose:REQUIRED"], (await desk.AskAsync($"{loan}:explain")).Violations);
        var explained = (await desk.AskAsync($"{loan}:explain?purpose=DISPUTE")).Succeeded();
        Assert.Equal(90, explained.Body.GetProperty("fine").GetProperty("amountMinor").GetInt64());
        Assert.Equal(JsonValueKind.Null, explained.Body.TryGetProperty("renewal", out var renewal) ? renewal.ValueKind : JsonValueKind.Null);
    }

    [Fact]
    public async Task A_librarian_allows_a_longer_period_with_a_reason_that_is_kept_art_9()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (barcode, today) = (await catalog.ItemAsync(), catalog.Clock.Today);
        object Body(LocalDate? dueOn, string reason = "ILLNESS", bool pass = false) =>
            new { barcode, cardNumber = ana.Card, branch = "RAD", discretion = new { reason, dueOn = dueOn?.Iso() ?? "", @override = pass } };
        Assert.Equal(["discretion.reason:ENUM"], (await desk.SendAsync("loans", Body(today.PlusDays(60), "REASON_UNSPECIFIED"))).Violations);
        Assert.Equal(["discretion.dueOn:REQUIRED"], (await desk.SendAsync("loans", Body(null))).Violations);
        Assert.Equal(["discretion.dueOn:RANGE"], (await desk.SendAsync("loans", Body(today.PlusDays(20)))).Violations); // never shorter
        Assert.Equal(["discretion.dueOn:RANGE"], (await desk.SendAsync("loans", Body(today.PlusDays(91)))).Violations);
        Assert.Equal(0L, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE barcode = $1", barcode));
        var loan = (await desk.SendAsync("loans", Body(today.PlusDays(90)))).Succeeded();
        Assert.Equal(today.PlusDays(90).Iso(), loan.Text("dueOn"));
        var due = (await desk.AskAsync($"{loan.Text("name")}:explain")).Succeeded().Body.GetProperty("dueDate");
        Assert.Equal(("DISCRETION", "art. 9, 32"), (Text(due, "rule"), Text(due, "article")));
        // a renewal counts from its day and does not shorten it
        Assert.Equal(today.PlusDays(90).Iso(), (await desk.SendAsync($"{loan.Text("name")}:renew", new { })).Succeeded().Text("dueOn"));
        Assert.Equal("KEPT", Text((await desk.AskAsync($"{loan.Text("name")}:explain")).Body.GetProperty("dueDate"), "rule"));

        var kept = await DiscretionOfAsync(catalog, loan.Text("name"));
        Assert.Equal(("ILLNESS", "librarian", today.PlusDays(90).Iso(), today.PlusDays(21).Iso(), 0),
            (Text(kept, "reason"), Text(kept, "role"), Text(kept, "dueOn"), Text(kept, "ordinaryDueOn"), kept.GetProperty("passedOver").GetArrayLength()));
        Assert.Equal(HttpStatusCode.Forbidden, (await desk.AskAsync("loanDiscretions")).Status);
        var changed = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => catalog.ExecuteAsync("DELETE FROM loan_discretion"));
        Assert.Equal("loan_discretion_is_append_only", changed.ConstraintName);
    }

    [Fact]
    public async Task Who_may_lends_against_a_refusal_and_says_why_art_32()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var director = catalog.Rest("admin");
        var (ana, today) = (await catalog.ReaderAsync(), catalog.Clock.Today);
        var atlas = await catalog.ItemAsync(lending: "READING_ROOM_ONLY");
        object Body(string barcode, Reader reader, string dueOn = "") => new { barcode, cardNumber = reader.Card, branch = "RAD", discretion = new { reason = "DIRECTORS_PERMISSION", dueOn, @override = true } };
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await desk.SendAsync("loans", Body(atlas, ana, today.PlusDays(7).Iso()))).Reason); // a librarian may not
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await director.SendAsync("loans", Body(atlas, ana))).Reason); // until when is to be said
        var loan = (await director.SendAsync("loans", Body(atlas, ana, today.PlusDays(7).Iso()))).Succeeded();
        Assert.Equal((today.PlusDays(7).Iso(), 0L), (loan.Text("dueOn"), loan.Number("renewalsLeft")));
        var kept = await DiscretionOfAsync(catalog, loan.Text("name"));
        Assert.Equal(("DIRECTORS_PERMISSION", "admin", ""), (Text(kept, "reason"), Text(kept, "role"), Text(kept, "ordinaryDueOn")));
        Assert.Equal(["ITEM_NOT_FOR_LOAN"], kept.GetProperty("passedOver").EnumerateArray().Select(reason => reason.GetString()));

        // what cannot be is passed over by nobody, and what nobody may pass over stands beside what may
        Assert.Equal("ITEM_ON_LOAN", (await director.SendAsync("loans", Body(atlas, await catalog.ReaderAsync(), today.PlusDays(7).Iso()))).Reason);
        var child = await catalog.ReaderAsync(youth: true);
        Assert.Equal(HttpStatusCode.OK, (await desk.SendAsync("loans", Body(await catalog.ItemAsync(), child))).Status);
        await catalog.ExecuteAsync("UPDATE borrower SET restricted = true WHERE member = $1", child.Id);
        var refused = await desk.SendAsync("loans", Body(await catalog.ItemAsync(), child));
        Assert.Equal(("MEMBER_RESTRICTED", "MEMBER_RESTRICTED"), (refused.Reason, refused.Metadata("all")));
    }

    [Fact]
    public async Task Whoever_a_copy_was_set_aside_for_waits_for_another_when_it_is_lent_all_the_same()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var director = catalog.Rest("admin");
        var record = await catalog.RecordAsync();
        var (first, second) = (await catalog.ItemAsync(record: record), await catalog.ItemAsync(record: record));
        var hold = (await desk.SendAsync("holds", new { record, member = (await catalog.ReaderAsync()).Name, pickupBranch = "RAD" })).Succeeded();
        var aside = hold.Text("barcode");
        var discretion = new { reason = "STUDY", @override = true };
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.SendAsync("loans", new { barcode = aside, cardNumber = (await catalog.ReaderAsync()).Card, branch = "RAD", discretion })).Reason);
        (await director.SendAsync("loans", new { barcode = aside, cardNumber = (await catalog.ReaderAsync()).Card, branch = "RAD", discretion })).Succeeded();
        Assert.Equal(aside == first ? second : first, (await desk.AskAsync(hold.Text("name"))).Text("barcode"));
    }

    private static async Task<JsonElement> DiscretionOfAsync(TestHost catalog, string loan)
    {
        using var admin = catalog.Rest("admin");
        return (await admin.AskAsync("loanDiscretions?pageSize=200")).Succeeded().Body.GetProperty("loanDiscretions").EnumerateArray().Single(one => Text(one, "loan") == loan);
    }

    private static (long Amount, string Text) FineOf(Answer explained) =>
        explained.Succeeded().Body.GetProperty("fine") is var fine ? (fine.GetProperty("amountMinor").GetInt64(), Text(fine, "text")) : default;

    private static string Text(JsonElement of, string field) => of.GetProperty(field).GetString()!;

    private static string English(LocalDate day) => day.ToString("d MMMM uuuu", System.Globalization.CultureInfo.InvariantCulture);

    private static string Day(LocalDate day) => day.ToString("d. M. uuuu", System.Globalization.CultureInfo.InvariantCulture);
}

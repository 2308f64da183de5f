using System.Net;
using System.Text.Json;
using Library.Catalog.Features.Overdue;
using Library.Catalog.Features.Reminding;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>A member says that a copy is back which is on loan to them (ADR 26).</summary>
public sealed class ReturnClaimTests(OwnCatalog own) : IClassFixture<OwnCatalog>
{
    [Fact]
    public async Task A_claimed_loan_stays_open_and_says_so()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD", "en");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(reader, barcode);
        var key = Guid.NewGuid().ToString("N");
        var claimed = (await desk.SendAsync($"{loan}:claimReturned", new { branch = "RAD", note = "Says it was in the box on Sunday" }, key)).Succeeded();
        Assert.Equal(("OPEN", catalog.Clock.Today.Iso()), (claimed.Text("state"), claimed.Text("claimedReturnedOn")));
        foreach (var again in new[] { key, null })
            Assert.Equal(claimed.Body.ToString(), (await desk.SendAsync($"{loan}:claimReturned", new { branch = "RAD", note = "Says it was in the box on Sunday" }, again)).Succeeded().Body.ToString());
        Assert.Equal(1, await catalog.ToldAsync<LoanClaimedReturned>(loan));

        Assert.Equal("CLAIMED_RETURNED", (await desk.SendAsync($"{loan}:renew", new { })).Reason);
        var explained = (await desk.AskAsync($"{loan}:explain")).Succeeded().Body;
        Assert.Equal(catalog.Clock.Today.Iso(), explained.GetProperty("claim").GetProperty("claimedReturnedOn").GetString());
        Assert.Contains("the fine counts up to that day", explained.GetProperty("claim").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("CLAIMED_RETURNED", explained.GetProperty("renewal").GetProperty("refusals")[0].GetProperty("reason").GetString());
        Assert.Equal(1, (await desk.AskAsync($"loans?member={reader.Name}")).Succeeded().Number("openClaims"));
        using var herself = catalog.RestAsMember(reader.Name);
        Assert.Equal(0, (await herself.AskAsync("loans")).Succeeded().Number("openClaims"));
        Assert.Equal(HttpStatusCode.Forbidden, (await herself.SendAsync($"{loan}:claimReturned", new { branch = "RAD" })).Status);
        Assert.Equal("UNDO_OVERTAKEN", (await desk.UndoAsync(loan)).Reason);
        Assert.Equal("CLAIMED_RETURNED", (await desk.AskAsync($"items/{barcode}/history")).Succeeded().Body.GetProperty("history")[0].GetProperty("kind").GetString());

        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal("LOAN_NOT_OPEN", (await desk.SendAsync($"{loan}:claimReturned", new { branch = "RAD" })).Reason);
        Assert.Equal(["branch:UNKNOWN", "note:LENGTH"],
            (await catalog.Rest("librarian").SendAsync($"{loan}:claimReturned", new { branch = "NOWHERE", note = new string('x', 501) })).Violations);
    }

    [Fact]
    public async Task Found_by_an_ordinary_return_the_fine_counts_to_the_day_of_the_claim_and_not_after()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await ClaimedAsync(catalog, reader, barcode, dueDaysAgo: 9, claimedDaysAgo: 4);
        using var channel = catalog.Grpc("finance");
        var told = await new V1.CatalogDirectory.CatalogDirectoryClient(channel).GetLoansOfAsync(new V1.GetLoansOfRequest { Member = reader.Name });
        Assert.Equal((150, false), (told.AccruingMinor, Assert.Single(told.Loans).Overdue));

        var back = (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal((loan, 5, 150), (back.Text("loan"), back.Number("overdueDays"), back.Number("fineMinor")));
        var shown = (await desk.AskAsync($"{loan}?purpose=DISPUTE")).Succeeded();
        Assert.Equal(("RETURNED", "FOUND"), (shown.Text("state"), shown.Text("claimOutcome")));
        // a wrong scan: the claim is open again
        var open = (await desk.UndoReturnAsync(barcode)).Succeeded();
        Assert.Equal(("OPEN", "CLAIM_OUTCOME_UNSPECIFIED", catalog.Clock.Today.PlusDays(-4).Iso()), (open.Text("state"), open.Text("claimOutcome"), open.Text("claimedReturnedOn")));
    }

    [Fact]
    public async Task Reminders_pass_over_what_is_claimed_until_the_claim_is_rejected_art_36()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await ClaimedAsync(catalog, reader, barcode, dueDaysAgo: 20, claimedDaysAgo: 15);
        await RunAsync<TellOverdue>(catalog, catalog.Clock.Today);
        var monday = catalog.Clock.Today.Next(IsoDayOfWeek.Monday);
        await RunAsync<RemindMembers>(catalog, monday);
        Assert.Equal((0, 0), (await catalog.ToldAsync<ReminderDue>(reader.Name), await catalog.ToldAsync<LoanBecameOverdue>(loan)));

        var rejected = (await SettleAsync(desk, loan, "REJECTED")).Succeeded();
        Assert.Equal(("", "REJECTED"), (rejected.Text("claimedReturnedOn"), rejected.Text("claimOutcome")));
        Assert.Equal(rejected.Body.ToString(), (await SettleAsync(desk, loan, "REJECTED")).Succeeded().Body.ToString());
        Assert.Equal("CLAIM_NOT_OPEN", (await SettleAsync(desk, loan, "LIBRARY_LOST")).Reason);
        await RunAsync<RemindMembers>(catalog, monday);
        Assert.Equal(1, await catalog.ToldAsync<ReminderDue>(reader.Name));
        // as if nothing had been said: all days count
        Assert.Equal((20, 600), (await desk.ReturnAsync(barcode)).Succeeded() is var back ? (back.Number("overdueDays"), back.Number("fineMinor")) : default);
    }

    [Fact]
    public async Task The_library_bears_the_loss_and_the_loan_ends_with_the_fine_up_to_the_claim()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "RAD");
        var (reader, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await ClaimedAsync(catalog, reader, barcode, dueDaysAgo: 9, claimedDaysAgo: 4);
        Assert.Equal(["outcome:ENUM"], (await SettleAsync(desk, loan, "FOUND")).Violations);
        var lost = (await SettleAsync(desk, loan, "LIBRARY_LOST")).Succeeded();
        Assert.Equal(("RETURNED", "LIBRARY_LOST"), (lost.Text("state"), lost.Text("claimOutcome")));
        Assert.Equal(lost.Body.ToString(), (await SettleAsync(desk, loan, "LIBRARY_LOST")).Succeeded().Body.ToString());
        Assert.Equal("LOST", (await desk.AskAsync($"items/{barcode}")).Text("state"));
        var told = await catalog.ToldLastAsync<ReturnClaimSettled>(loan);
        Assert.Equal((1, true, 150L), (await catalog.ToldAsync<ReturnClaimSettled>(loan), told.LibraryLost, told.Fine!.AmountMinor));
        Assert.Equal(150, await catalog.PendingAsync(reader));
        Assert.Equal("ITEM_WITHDRAWN", (await desk.LendAsync(barcode, (await catalog.ReaderAsync()).Card)).Reason);
        Assert.Equal("UNDO_OVERTAKEN", (await desk.UndoReturnAsync(barcode)).Reason);
        // it turns up after all
        Assert.Equal(("SHELVE", ""), (await desk.ReturnAsync(barcode)).Succeeded() is var found ? (found.Text("next"), found.Text("loan")) : default);
        Assert.Equal(["FOUND", "LOST", "LENT", "CREATED"],
            (await desk.AskAsync($"items/{barcode}/history")).Succeeded().Body.GetProperty("history").EnumerateArray().Select(one => one.GetProperty("kind").GetString()).Where(kind => kind != "CLAIMED_RETURNED"));
    }

    [Fact]
    public async Task A_branch_lists_what_to_look_for_oldest_first_page_by_page_and_without_names()
    {
        var catalog = own.Host;
        using var desk = catalog.Rest("librarian", "SRV");
        var readers = new List<Reader>();
        var loans = new List<string>();
        foreach (var daysAgo in new[] { 3, 5, 1 })
        {
            readers.Add(await catalog.ReaderAsync());
            loans.Add(await ClaimedAsync(catalog, readers[^1], await catalog.ItemAsync("SRV"), dueDaysAgo: 0, claimedDaysAgo: daysAgo, branch: "SRV"));
        }
        var (seen, token, text) = (new List<JsonElement>(), "", "");
        do
        {
            var page = (await desk.AskAsync($"claimedReturns?branch=SRV&pageSize=2&pageToken={token}")).Succeeded();
            seen.AddRange(page.Body.GetProperty("claimedReturns").EnumerateArray());
            (token, text) = (page.Text("nextPageToken"), text + page.Body);
        }
        while (token.Length > 0);
        Assert.Equal([loans[1], loans[0], loans[2]], seen.Select(claim => claim.GetProperty("loan").GetString()));
        Assert.Equal((catalog.Clock.Today.PlusDays(-5).Iso(), "SRV", "SRV"),
            (seen[0].GetProperty("claimedReturnedOn").GetString(), seen[0].GetProperty("branch").GetString(), seen[0].GetProperty("standsAt").GetString()));
        Assert.All(readers, reader => Assert.DoesNotContain(reader.Id.ToString(), text, StringComparison.Ordinal));

        (await SettleAsync(desk, loans[1], "LIBRARY_LOST", "SRV")).Succeeded();
        Assert.Equal(2, (await desk.AskAsync("claimedReturns?branch=SRV")).Succeeded().Body.GetProperty("claimedReturns").GetArrayLength());
        Assert.Equal(HttpStatusCode.Forbidden, (await desk.AskAsync("claimedReturns?branch=RAD")).Status);
        using var library = catalog.Rest("librarian");
        Assert.Equal(["branch:REQUIRED", "pageSize:RANGE"], (await library.AskAsync("claimedReturns?pageSize=201")).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await SettleAsync(desk, $"loans/{Guid.NewGuid():D}", "REJECTED", "SRV")).Status);
    }

    private static Task<Answer> SettleAsync(HttpClient desk, string loan, string outcome, string branch = "RAD") => desk.SendAsync($"{loan}:settleClaim", new { branch, outcome });

    /// <summary>Claimed at the desk, and then as if that had been some days ago.</summary>
    private static async Task<string> ClaimedAsync(TestHost catalog, Reader reader, string barcode, int dueDaysAgo, int claimedDaysAgo, string branch = "RAD")
    {
        using var desk = catalog.Rest("librarian", branch);
        var loan = await catalog.LentAsync(reader, barcode, branch);
        await catalog.WasDueAsync(loan, dueDaysAgo);
        (await desk.SendAsync($"{loan}:claimReturned", new { branch })).Succeeded();
        await catalog.ExecuteAsync("UPDATE loan SET claimed_returned_on = $2 WHERE id = $1", Undoing.IdOf(loan), catalog.Clock.Today.PlusDays(-claimedDaysAgo));
        return loan;
    }

    private static Task RunAsync<T>(TestHost catalog, LocalDate day) where T : IPeriodicJob =>
        catalog.Get<IEnumerable<IPeriodicJob>>().OfType<T>().Single().RunAsync(day, TestContext.Current.CancellationToken);
}

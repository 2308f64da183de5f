using System.Net;
using System.Net.Http.Headers;
using Library.Catalog.Features.Forgetting;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;

namespace Library.Catalog.Service.Tests;

/// <summary>Interlibrary loan in and out (art. 34, 36), as desks, members and partner libraries see it.</summary>
public sealed class InterlibraryTests(CatalogNetwork network)
{
    private static async Task<(string Name, string Client)> PartnerAsync(HttpClient desk)
    {
        var client = $"clients/{Desk.New("partner").ToLowerInvariant()}";
        var agency = Desk.New("P");
        var made = (await desk.SendAsync("partnerLibraries", new { agencyId = agency[..Math.Min(16, agency.Length)], displayName = "Knjižnica Kranj", client })).Succeeded();
        return (made.Text("name"), client);
    }

    private static HttpClient AsPartner(TestHost catalog, string client)
    {
        var rest = new HttpClient { BaseAddress = catalog.RestAddress };
        rest.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Of("partner", subject: client));
        return rest;
    }

    private static object For(Reader reader, string branch = "RAD") =>
        new { role = "REQUESTER", member = reader.Name, branch, title = "Zgodovina čebelarstva", author = "Janša, Anton", year = 1932, isbn = "9789610149286" };

    private static Guid Id(string name) => Guid.Parse(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    private static async Task<string> SuppliedAsync(TestHost catalog, HttpClient desk, Reader reader, int dueIn = 40, bool libraryUseOnly = false, bool renews = false)
    {
        var request = (await desk.SendAsync("interlibraryRequests", For(reader))).Succeeded().Text("name");
        var partner = await PartnerAsync(desk);
        (await desk.SendAsync($"{request}:supply", new { partner = partner.Name, dueOn = catalog.Clock.Today.PlusDays(dueIn).Iso(), libraryUseOnly, renews })).Succeeded();
        return request;
    }

    private static async Task<(string Request, string Barcode)> ArrivedAsync(
        TestHost catalog, HttpClient desk, Reader reader, int dueIn = 40, bool libraryUseOnly = false, bool renews = false)
    {
        var request = await SuppliedAsync(catalog, desk, reader, dueIn, libraryUseOnly, renews);
        var barcode = Stock.NewBarcode();
        (await desk.SendAsync($"{request}:arrive", new { barcode })).Succeeded();
        return (request, barcode);
    }

    private static async Task<string> StateAsync(HttpClient desk, string request) => (await desk.AskAsync(request)).Succeeded().Text("state");

    [Fact]
    public async Task A_wrong_scan_of_a_partners_copy_is_undone_and_it_is_kept_for_the_member_again()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (request, barcode) = await ArrivedAsync(catalog, desk, ana);
        var wrong = (await desk.LendAsync(barcode, ana.Card)).Succeeded().Text("name");
        Assert.Equal("HOLD_SHELF", (await desk.UndoAsync(wrong)).Succeeded().Text("next"));
        Assert.Equal("ARRIVED", await StateAsync(desk, request));
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(barcode, (await catalog.ReaderAsync()).Card)).Reason);

        var loan = (await desk.LendAsync(barcode, ana.Card)).Succeeded().Text("name");
        (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal((loan, "OPEN"), (await desk.UndoReturnAsync(barcode)).Succeeded() is var open ? (open.Text("name"), open.Text("state")) : default);
        Assert.Equal("LENT", await StateAsync(desk, request));
        (await desk.ReturnAsync(barcode)).Succeeded();
        (await desk.SendAsync($"{request}:sendBack", new { })).Succeeded();
        Assert.Equal("UNDO_OVERTAKEN", (await desk.UndoReturnAsync(barcode)).Reason);
    }

    [Fact]
    public async Task What_a_partner_lends_goes_over_our_desk_and_back_art_34()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (request, barcode) = await ArrivedAsync(catalog, desk, ana, dueIn: 10);
        var arrived = (await desk.AskAsync(request)).Succeeded();
        Assert.Equal(("ARRIVED", "Loaned", barcode, "LINHART"), (arrived.Text("state"), arrived.Text("iso18626Status"), arrived.Text("barcode"), arrived.Text("requestingAgency")));
        var item = (await desk.AskAsync($"items/{barcode}")).Succeeded();
        Assert.Equal(("ON_HOLD_SHELF", "INTERLIBRARY", ""), (item.Text("state"), item.Text("collection"), item.Text("accessionNumber")));

        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(barcode, (await catalog.ReaderAsync()).Card)).Reason);
        var loan = (await desk.LendAsync(barcode, ana.Card)).Succeeded();
        Assert.Equal((catalog.Clock.Today.PlusDays(10).Iso(), 0, "Zgodovina čebelarstva"), (loan.Text("dueOn"), loan.Number("renewalsLeft"), loan.Text("title")));
        Assert.Equal("LENT", await StateAsync(desk, request));
        Assert.Equal("RENEWAL_NOT_ALLOWED", (await desk.SendAsync($"{loan.Text("name")}:renew", new { })).Reason);
        Assert.Equal("INTERLIBRARY_STATE", (await desk.SendAsync($"{request}:reportLost", new { })).Reason);

        var back = (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal("BACK_TO_LENDER", back.Text("next"));
        Assert.Equal("RETURNED_BY_MEMBER", await StateAsync(desk, request));
        Assert.Equal("ITEM_HELD_FOR_ANOTHER", (await desk.LendAsync(barcode, ana.Card)).Reason);
        foreach (var (verb, state) in new[] { ("sendBack", "SENT_BACK"), ("close", "CLOSED") })
            Assert.Equal(state, (await desk.SendAsync($"{request}:{verb}", new { })).Succeeded().Text("state"));
        Assert.Equal("WITHDRAWN", (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state"));
        Assert.Equal("LoanCompleted", (await desk.AskAsync(request)).Succeeded().Text("iso18626Status"));
    }

    [Fact]
    public async Task A_unit_is_charged_once_when_it_arrives_however_many_press()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var request = await SuppliedAsync(catalog, desk, ana);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => desk.SendAsync($"{request}:arrive", new { barcode = Stock.NewBarcode() })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Equal("INTERLIBRARY_STATE", answer.Reason));
        Assert.Equal(900L, await catalog.ScalarAsync<long>("SELECT sum(amount_minor)::bigint FROM pending_charge WHERE member = $1", ana.Id));
        Assert.Equal(1, await catalog.ToldAsync<InterlibraryArrived>(request));
        var body = await catalog.ScalarAsync<string>("SELECT body::text FROM outbox WHERE aggregate = $1", request);
        Assert.Contains("interlibrary.unit", body, StringComparison.Ordinal);
        Assert.Contains("art. 34", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_key_arrives_once_and_a_label_in_use_changes_nothing()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (request, key) = (await SuppliedAsync(catalog, desk, await catalog.ReaderAsync()), Guid.NewGuid().ToString("N"));
        var taken = await desk.SendAsync($"{request}:arrive", new { barcode = await catalog.ItemAsync() });
        Assert.Equal((HttpStatusCode.Conflict, "SUPPLIED"), (taken.Status, await StateAsync(desk, request)));
        var barcode = Stock.NewBarcode();
        for (var again = 0; again < 2; again++)
            Assert.Equal(barcode, (await desk.SendAsync($"{request}:arrive", new { barcode }, key)).Succeeded().Text("barcode"));
        Assert.Equal(1, await catalog.ToldAsync<InterlibraryArrived>(request));
    }

    [Fact]
    public async Task A_partners_copy_is_no_part_of_the_stock()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (_, barcode) = await ArrivedAsync(catalog, desk, await catalog.ReaderAsync());
        var record = (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("record");
        Assert.False(await catalog.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM record_index WHERE record = $1)", Id(record)));
        using var shelf = await desk.GetAsync(new Uri("/api/v1/shelfLists/RAD?pageSize=2000", UriKind.Relative));
        Assert.DoesNotContain(barcode, await shelf.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var anyone = catalog.RestWithoutToken();
        using var acquisitions = await anyone.GetAsync(new Uri("/api/v1/acquisitions?branch=RAD", UriKind.Relative));
        Assert.DoesNotContain(record["records/".Length..], await acquisitions.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // the record itself is whole: it reads as any other
        using var marc = await desk.GetAsync(new Uri($"/api/v1/{record}:marc?format=marcxml", UriKind.Relative));
        Assert.Contains("Zgodovina čebelarstva", await marc.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_late_return_is_fined_as_our_own_material_is_art_36()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var (_, barcode) = await ArrivedAsync(catalog, desk, ana);
        await catalog.WasDueAsync(await catalog.LentAsync(ana, barcode), 3);
        var back = (await desk.ReturnAsync(barcode)).Succeeded();
        Assert.Equal((3, 90), (back.Number("overdueDays"), back.Number("fineMinor")));
    }

    [Fact]
    public async Task The_lenders_renewals_end_on_its_day_and_another_branch_sends_it_on()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var (request, barcode) = await ArrivedAsync(catalog, desk, ana, dueIn: 25, renews: true);
        var loan = (await desk.LendAsync(barcode, ana.Card)).Succeeded();
        Assert.Equal((catalog.Clock.Today.PlusDays(21).Iso(), 2), (loan.Text("dueOn"), loan.Number("renewalsLeft")));
        await catalog.ExecuteAsync("DELETE FROM pending_charge WHERE member = $1", ana.Id);
        await catalog.WasDueAsync(loan.Text("name"), -10);
        await catalog.ExecuteAsync("UPDATE item SET lender_due_on = $2 WHERE barcode = $1", barcode, catalog.Clock.Today.PlusDays(12));
        Assert.Equal(catalog.Clock.Today.PlusDays(12).Iso(), (await desk.SendAsync($"{loan.Text("name")}:renew", new { })).Succeeded().Text("dueOn"));

        var elsewhere = (await desk.ReturnAsync(barcode, "BLE")).Succeeded();
        Assert.Equal(("TRANSIT", "RAD"), (elsewhere.Text("next"), elsewhere.Text("toBranch")));
        Assert.Equal("BACK_TO_LENDER", (await desk.ReturnAsync(barcode, "RAD")).Succeeded().Text("next"));
        Assert.Equal("RETURNED_BY_MEMBER", await StateAsync(desk, request));
    }

    [Fact]
    public async Task What_is_for_use_in_the_library_stays_there_and_goes_back()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var (request, barcode) = await ArrivedAsync(catalog, desk, ana, libraryUseOnly: true);
        Assert.Equal("ITEM_NOT_FOR_LOAN", (await desk.LendAsync(barcode, ana.Card)).Reason);
        Assert.Equal("SENT_BACK", (await desk.SendAsync($"{request}:sendBack", new { })).Succeeded().Text("state"));
    }

    [Fact]
    public async Task Lending_and_sending_back_at_one_instant_do_one_of_the_two()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 5; round++)
        {
            var ana = await catalog.ReaderAsync();
            var (request, barcode) = await ArrivedAsync(catalog, desk, ana);
            var answers = await Task.WhenAll(desk.LendAsync(barcode, ana.Card), desk.SendAsync($"{request}:sendBack", new { }));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.Equal(answers[0].Status == HttpStatusCode.OK ? "LENT" : "SENT_BACK", await StateAsync(desk, request));
        }
    }

    [Fact]
    public async Task A_member_asks_for_themself_and_one_who_is_blocked_does_not()
    {
        var catalog = await network.HostAsync();
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(restricted: true));
        using var hers = catalog.RestAsMember(ana.Name);
        using var his = catalog.RestAsMember(bine.Name);
        var mine = (await hers.SendAsync("interlibraryRequests", new { branch = "RAD", title = "Bilje" })).Succeeded();
        Assert.Equal(("REQUESTED", "", "RequestReceived"), (mine.Text("state"), mine.Text("member"), mine.Text("iso18626Status")));
        Assert.Equal("MEMBER_RESTRICTED", (await his.SendAsync("interlibraryRequests", new { branch = "RAD", title = "Bilje" })).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await his.AskAsync(mine.Text("name"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await his.SendAsync($"{mine.Text("name")}:cancel", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await hers.SendAsync("interlibraryRequests", new { member = bine.Name, branch = "RAD", title = "Bilje" })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await hers.SendAsync($"{mine.Text("name")}:supply", new { })).Status);
        Assert.Equal("CANCELLED", (await hers.SendAsync($"{mine.Text("name")}:cancel", new { })).Succeeded().Text("state"));
        Assert.Equal("INTERLIBRARY_STATE", (await hers.SendAsync($"{mine.Text("name")}:cancel", new { })).Reason);
        Assert.Single((await hers.AskAsync("interlibraryRequests")).Succeeded().Body.GetProperty("interlibraryRequests").EnumerateArray());
    }

    [Fact]
    public async Task Ten_requests_are_open_at_a_time_however_many_come_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => desk.SendAsync("interlibraryRequests", For(ana))));
        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(("INTERLIBRARY_LIMIT", "10"), (answers.First(answer => answer.Status != HttpStatusCode.OK).Reason, answers.First(answer => answer.Status != HttpStatusCode.OK).Metadata("limit")));
    }

    [Fact]
    public async Task A_partner_borrows_a_copy_that_nobody_else_has_meanwhile()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (partner, other) = (await PartnerAsync(desk), await PartnerAsync(desk));
        using var kranj = AsPartner(catalog, partner.Client);
        using var ptuj = AsPartner(catalog, other.Client);
        var asked = (await kranj.SendAsync("interlibraryRequests", new { branch = "RAD", title = "Cvetje v jeseni", partnerRequestId = "K-17" })).Succeeded();
        var request = asked.Text("name");
        Assert.Equal(("SUPPLIER", "K-17", "LINHART"), (asked.Text("role"), asked.Text("requestingRequestId"), asked.Text("supplyingAgency")));
        Assert.Equal(HttpStatusCode.NotFound, (await ptuj.AskAsync(request)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await ptuj.SendAsync("interlibraryRequests", new { branch = "RAD", title = "X", partner = partner.Name })).Status);

        var (barcode, due, ana) = (await catalog.ItemAsync(), catalog.Clock.Today.PlusDays(30).Iso(), await catalog.ReaderAsync());
        Assert.Equal("SHIPPED", (await desk.SendAsync($"{request}:ship", new { barcode, dueOn = due })).Succeeded().Text("state"));
        Assert.Equal("ON_LOAN", (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state"));
        Assert.Equal("ITEM_ON_LOAN", (await desk.LendAsync(barcode, ana.Card)).Reason);
        Assert.Equal("ITEM_AT_PARTNER", (await desk.ReturnAsync(barcode)).Reason);
        await catalog.ExecuteAsync("UPDATE interlibrary_request SET due_on = $2 WHERE id = $1", Id(request), catalog.Clock.Today.PlusDays(-1));
        var late = (await kranj.AskAsync(request)).Succeeded();
        Assert.True(late.Body.GetProperty("overdue").GetBoolean());
        Assert.Equal("Overdue", late.Text("iso18626Status"));

        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal("RETURNED", (await bled.SendAsync($"{request}:receiveBack", new { branch = "BLE" })).Succeeded().Text("state"));
        Assert.Equal("IN_TRANSIT", (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state"));
        Assert.Equal("CLOSED", (await desk.SendAsync($"{request}:close", new { })).Succeeded().Text("state"));
        Assert.Single((await kranj.AskAsync("interlibraryRequests")).Succeeded().Body.GetProperty("interlibraryRequests").EnumerateArray());
    }

    [Fact]
    public async Task One_copy_goes_to_one_partner_or_one_reader_whoever_is_first()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 5; round++)
        {
            var (barcode, ana, partner) = (await catalog.ItemAsync(), await catalog.ReaderAsync(), (await PartnerAsync(desk)).Name);
            var requests = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
                (await desk.SendAsync("interlibraryRequests", new { role = "SUPPLIER", partner, branch = "RAD", title = "Bilje" })).Succeeded().Text("name")));
            var answers = await Task.WhenAll(requests.Select(request => desk.SendAsync($"{request}:ship", new { barcode, dueOn = catalog.Clock.Today.PlusDays(9).Iso() }))
                .Append(desk.LendAsync(barcode, ana.Card)));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => Assert.Contains(answer.Reason, new[] { "ITEM_NOT_FREE", "ITEM_ON_LOAN" }));
        }
    }

    [Fact]
    public async Task The_database_lets_a_copy_be_with_one_partner_only()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (_, barcode) = await ArrivedAsync(catalog, desk, await catalog.ReaderAsync());
        var broken = await Assert.ThrowsAsync<PostgresException>(() => catalog.ExecuteAsync("""
            INSERT INTO interlibrary_request (id, role, state, branch, partner, requesting_agency, supplying_agency, title, author, isbn, material, barcode, due_on, requested_at, changed_at)
            SELECT gen_random_uuid(), 'SUPPLIER', 'SHIPPED', branch, partner, '', '', title, '', '', material, barcode, due_on, now(), now() FROM interlibrary_request WHERE barcode = $1
            """, barcode));
        Assert.Equal("interlibrary_request_one_open_per_item", broken.ConstraintName);
    }

    [Fact]
    public async Task What_cannot_be_had_says_why_and_what_is_lost_ends()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var request = (await desk.SendAsync("interlibraryRequests", For(ana))).Succeeded().Text("name");
        Assert.Equal(["reason:REQUIRED"], (await desk.SendAsync($"{request}:unfill", new { })).Violations);
        Assert.Equal("NOT_HELD", (await desk.SendAsync($"{request}:unfill", new { reason = "NOT_HELD" })).Succeeded().Text("unfilledReason"));
        Assert.Equal(1, await catalog.ToldAsync<InterlibraryUnfilled>(request));
        var (lost, barcode) = await ArrivedAsync(catalog, desk, ana);
        Assert.Equal("CompletedWithoutReturn", (await desk.SendAsync($"{lost}:reportLost", new { })).Succeeded().Text("iso18626Status"));
        Assert.Equal("ITEM_WITHDRAWN", (await desk.LendAsync(barcode, ana.Card)).Reason);
    }

    [Fact]
    public async Task Bad_fields_are_named_all_at_once()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        Assert.Equal(
            ["role:REQUIRED", "isbn:FORMAT", "material:ENUM", "branch:UNKNOWN", "title:REQUIRED", "year:RANGE"],
            (await desk.SendAsync("interlibraryRequests", new { branch = "NOWHERE", isbn = "12", material = "E_BOOK", year = 12 })).Violations);
        Assert.Equal(["agencyId:FORMAT", "displayName:REQUIRED"], (await desk.SendAsync("partnerLibraries", new { agencyId = "no spaces" })).Violations);
        var request = (await desk.SendAsync("interlibraryRequests", For(await catalog.ReaderAsync()))).Succeeded().Text("name");
        Assert.Equal(["dueOn:PAST", "partner:FORMAT"], (await desk.SendAsync($"{request}:supply", new { partner = "x", dueOn = "2020-01-01" })).Violations);
        Assert.Equal(["partner:REQUIRED"], (await desk.SendAsync($"{request}:supply", new { dueOn = catalog.Clock.Today.Iso() })).Violations);
        Assert.Equal(["dueOn:RANGE"], (await desk.SendAsync($"{request}:supply", new { dueOn = catalog.Clock.Today.PlusDays(367).Iso() })).Violations);
        Assert.Equal("REQUESTED", await StateAsync(desk, request));
        var nobody = await desk.SendAsync("interlibraryRequests", new { role = "REQUESTER", member = $"members/{Guid.NewGuid():D}", branch = "RAD", title = "Bilje" });
        Assert.Equal((HttpStatusCode.NotFound, "member"), (nobody.Status, nobody.Metadata("kind")));
        using var stranger = catalog.Rest("partner");
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.AskAsync("interlibraryRequests")).Status);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync($"{request}:cancel", new { })).Status);
    }

    [Fact]
    public async Task Lists_are_narrowed_and_go_page_by_page()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var made = new List<string>();
        for (var n = 0; n < 3; n++) made.Add((await desk.SendAsync("interlibraryRequests", For(ana, n == 2 ? "BLE" : "RAD"))).Succeeded().Text("name"));
        var first = (await desk.AskAsync($"interlibraryRequests?member={ana.Name}&state=REQUESTED&pageSize=2")).Succeeded();
        var second = (await desk.AskAsync($"interlibraryRequests?member={ana.Name}&state=REQUESTED&pageSize=2&pageToken={first.Text("nextPageToken")}")).Succeeded();
        Assert.Equal(made, new[] { first, second }.SelectMany(page => page.Body.GetProperty("interlibraryRequests").EnumerateArray()).Select(each => each.GetProperty("name").GetString()));
        Assert.Equal("", second.Text("nextPageToken"));
        var bled = (await desk.AskAsync($"interlibraryRequests?member={ana.Name}&branch=BLE")).Succeeded().Body.GetProperty("interlibraryRequests");
        Assert.Equal(made[2], Assert.Single(bled.EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_link_to_the_person_is_cut_and_who_left_waits_for_nothing()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var over = (await desk.SendAsync("interlibraryRequests", For(ana))).Succeeded().Text("name");
        (await desk.SendAsync($"{over}:cancel", new { })).Succeeded();
        await catalog.ExecuteAsync("UPDATE interlibrary_request SET closed_at = $2 WHERE id = $1", Id(over), catalog.Clock.Now - Duration.FromDays(3_000));
        var waiting = (await desk.SendAsync("interlibraryRequests", For(bine))).Succeeded().Text("name");
        await catalog.ExecuteAsync("UPDATE borrower SET state = 'LEFT' WHERE member = $1", bine.Id);
        var job = catalog.App.Services.GetServices<IPeriodicJob>().OfType<ForgetReaders>().Single();
        for (var twice = 0; twice < 2; twice++) await job.RunAsync(catalog.Clock.Today, CancellationToken.None);
        Assert.Equal("", (await desk.AskAsync(over)).Succeeded().Text("member"));
        Assert.Equal("CANCELLED", await StateAsync(desk, waiting));
    }
}

using System.Net;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Forgetting;
using Library.Membership.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>The tables of the annual report, drawn from what the desk did. Each test has a Catalog of its own, so that its figures are exact.</summary>
public sealed class StatisticsTests : IAsyncLifetime
{
    private TestHost catalog = null!;
    private HttpClient desk = null!, admin = null!;

    private LocalDate Today => catalog.Clock.Today;

    public async ValueTask InitializeAsync()
    {
        catalog = await CatalogNetwork.StartAloneAsync();
        (desk, admin) = (catalog.Rest("librarian"), catalog.Rest("admin"));
    }

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        admin.Dispose();
        await catalog.DisposeAsync();
    }

    [Fact]
    public async Task Loans_by_branch_at_home_and_in_the_library_and_by_material_are_drawn_from_the_acts()
    {
        var (ana, child) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(youth: true));
        await catalog.ExecuteAsync("UPDATE borrower SET category = 'PRIMARY_PUPIL', municipality = 'Bled' WHERE member = $1", child.Id);
        var serial = await catalog.ItemAsync(material: "SERIAL_ISSUE");
        await catalog.LentAsync(ana);
        await catalog.LentAsync(ana, await catalog.ItemAsync());
        await catalog.LentAsync(ana, serial);
        await catalog.LentAsync(child, await catalog.ItemAsync("BLE", youth: true, material: "AUDIO_VISUAL"), "BLE");
        var (atlas, paper) = (await catalog.ItemAsync(lending: "READING_ROOM_ONLY"), await catalog.ItemAsync(material: "SERIAL_ISSUE"));
        Assert.Equal(2, (await desk.SendAsync("libraryUses", new { branch = "RAD", barcodes = new[] { atlas, paper, atlas } })).Succeeded().Number("count"));
        (await desk.SendAsync("libraryUses", new { branch = "BLE", material = "SERIAL_ISSUE", count = 3 })).Succeeded();

        Assert.Equal(["BLE 1", "RAD 3"], await TableAsync("LOAN", "BRANCH"));
        Assert.Equal(["BLE 3", "RAD 2"], await TableAsync("IN_LIBRARY_USE", "BRANCH"));
        Assert.Equal(["AUDIO_VISUAL 1", "BOOK 2", "SERIAL_ISSUE 1"], await TableAsync("LOAN", "MATERIAL"));
        Assert.Equal(["BOOK 1", "SERIAL_ISSUE 4"], await TableAsync("IN_LIBRARY_USE", "MATERIAL"));
        Assert.Equal(["BLE YOUTH 1", "RAD ADULT 3"], await TableAsync("LOAN", "BRANCH", "AUDIENCE"));
        Assert.Equal(["Bled PRIMARY_PUPIL 1", "Radovljica EMPLOYED 3"], await TableAsync("LOAN", "MUNICIPALITY", "CATEGORY"));
        Assert.Equal([$"{Today.Iso()[..7]} {Today.Iso()} 4"], await TableAsync("LOAN", "MONTH", "DAY"));
        Assert.Equal("AVAILABLE", (await desk.AskAsync($"items/{atlas}")).Text("state"));
        // what lay on a table is no loan
        Assert.Equal((4, 4, 0), await ReconciledAsync());
    }

    [Fact]
    public async Task A_member_who_lends_and_returns_on_one_day_at_one_branch_is_one_visit()
    {
        var (ana, child, first) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(youth: true), await catalog.ItemAsync());
        await catalog.LentAsync(ana, first);
        await catalog.LentAsync(ana);
        (await desk.ReturnAsync(first)).Succeeded();
        await catalog.LentAsync(ana, branch: "BLE");
        var old = await catalog.ItemAsync(youth: true);
        await catalog.LentAsync(child, old);
        Assert.Equal(["BLE ADULT 1", "RAD ADULT 1", "RAD YOUTH 1"], await TableAsync("VISIT", "BRANCH", "AUDIENCE"));

        // lent on another day and brought back today: the return alone is a visit, a second return is none
        await catalog.ExecuteAsync("DELETE FROM circulation_fact");
        var other = await catalog.ItemAsync(youth: true);
        await catalog.LentAsync(child, other);
        await catalog.ExecuteAsync("DELETE FROM circulation_fact");
        await catalog.ExecuteAsync("UPDATE loan SET lent_at = lent_at - interval '3 days' WHERE member = $1", child.Id);
        (await desk.ReturnAsync(old)).Succeeded();
        (await desk.ReturnAsync(other)).Succeeded();
        Assert.Equal(["RAD YOUTH 1"], await TableAsync("VISIT", "BRANCH", "AUDIENCE"));
        Assert.Equal(["RAD 2"], await TableAsync("RETURN", "BRANCH"));
    }

    [Fact]
    public async Task Visits_that_staff_see_stand_beside_those_that_count_themselves()
    {
        await catalog.LentAsync(await catalog.ReaderAsync());
        var key = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++) (await desk.SendAsync("visits", Visits("IN_LIBRARY", "YOUTH", 12), key)).Succeeded();
        (await desk.SendAsync("visits", Visits("INFORMATION", "ADULT", 500))).Succeeded();
        (await desk.SendAsync("visits", Visits("INFORMATION", "ADULT", -450))).Succeeded(); // it was 50
        Assert.Equal(["HOME_LOAN ADULT 1", "INFORMATION ADULT 50", "IN_LIBRARY YOUTH 12"], await TableAsync("VISIT", "PURPOSE", "AUDIENCE"));

        Assert.Equal("COUNT_BELOW_ZERO", (await desk.SendAsync("visits", Visits("INFORMATION", "ADULT", -51))).Reason);
        (await desk.SendAsync("visits", Visits("INFORMATION", "ADULT", -50))).Succeeded();
        Assert.Equal(["HOME_LOAN ADULT 1", "IN_LIBRARY YOUTH 12"], await TableAsync("VISIT", "PURPOSE", "AUDIENCE"));
    }

    [Fact]
    public async Task A_renewal_counts_where_it_was_lent_and_a_return_where_it_was_handed_in()
    {
        var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        var loan = await catalog.LentAsync(ana, barcode);
        using var hers = catalog.RestAsMember(ana.Name);
        var key = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++) (await hers.SendAsync($"{loan}:renew", new { }, key)).Succeeded();
        (await hers.SendAsync($"{loan}:renew", new { })).Succeeded();
        Assert.Equal("RENEWAL_LIMIT", (await hers.SendAsync($"{loan}:renew", new { })).Reason); // a refusal is no renewal
        var back = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++) (await desk.ReturnAsync(barcode, "BLE", back)).Succeeded();
        (await desk.ReturnAsync(barcode)).Succeeded(); // arrives at home: no return
        Assert.Equal(["RAD 2"], await TableAsync("RENEWAL", "BRANCH"));
        Assert.Equal(["BLE 1"], await TableAsync("RETURN", "BRANCH"));
        Assert.Equal(["LOAN 1", "RENEWAL 2", "RETURN 1", "VISIT 2"], await TableAsync(""));
    }

    [Fact]
    public async Task Each_step_of_a_hold_is_a_fact_of_the_title_s_material_and_its_member()
    {
        var record = await catalog.RecordAsync();
        var barcode = await catalog.ItemAsync("BLE", record, youth: true);
        await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "BLE");
        var late = await PlacedAsync(record, await catalog.ReaderAsync(youth: true));
        (await desk.ReturnAsync(barcode, "BLE")).Succeeded();
        await catalog.ExecuteAsync("UPDATE hold SET ready_until = $2 WHERE id = $1", Guid.Parse(late["holds/".Length..]), Today.PlusDays(-1));
        await catalog.App.Services.GetServices<IPeriodicJob>().Single(job => job.Name == "holds").RunAsync(Today, TestContext.Current.CancellationToken);
        var ana = await catalog.ReaderAsync();
        await PlacedAsync(record, ana);
        (await desk.ReturnAsync(barcode, "BLE")).Succeeded();
        await catalog.LentAsync(ana, barcode, "BLE");
        (await desk.SendAsync($"{await PlacedAsync(record, await catalog.ReaderAsync())}:cancel", new { })).Succeeded();
        Assert.Equal(
            ["HOLD_CANCELLED BLE 1", "HOLD_EXPIRED BLE 1", "HOLD_FULFILLED BLE 1", "HOLD_PLACED BLE 3", "HOLD_READY BLE 2"],
            (await TableAsync("", "BRANCH")).Where(line => line.StartsWith("HOLD", StringComparison.Ordinal)));
        Assert.Equal(["BOOK ADULT 2", "BOOK YOUTH 1"], await TableAsync("HOLD_PLACED", "MATERIAL", "AUDIENCE"));
    }

    private async Task<string> PlacedAsync(string record, Reader reader) =>
        (await desk.SendAsync("holds", new { record, member = reader.Name, pickupBranch = "BLE" })).Succeeded().Text("name");

    [Fact]
    public async Task Closed_days_are_added_up_once_on_however_many_machines_and_late_facts_are_added_too()
    {
        for (var n = 0; n < 3; n++) await catalog.LentAsync(await catalog.ReaderAsync());
        var before = await TableAsync("", "DAY");
        await using var second = await TestHost.StartAsync(
            "catalog", CatalogApp.Build, new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody),
            sharedDatabase: catalog.DatabaseName, messagingPrefix: catalog.MessagingPrefix);

        await RollUpAsync(Today, catalog); // today goes on
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_day"));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(n => RollUpAsync(Today.PlusDays(1), n % 2 == 0 ? catalog : second)));
        await RollUpAsync(Today.PlusDays(1), second);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact"));
        Assert.Equal(before, await TableAsync("", "DAY"));

        // a visit that is counted a week later, and one more loan on the day that was added up
        var late = Today.PlusDays(-7);
        (await desk.SendAsync("visits", Visits("OTHER", "ADULT", 4, late))).Succeeded();
        await catalog.LentAsync(await catalog.ReaderAsync());
        var with = await TableAsync("", "DAY");
        Assert.Contains($"VISIT {late.Iso()} 4", with);
        Assert.Contains($"LOAN {Today.Iso()} 4", with);
        await RollUpAsync(Today.PlusDays(1), catalog);
        Assert.Equal(with, await TableAsync("", "DAY"));
        // what is taken back of a day that was added up
        (await desk.SendAsync("visits", Visits("OTHER", "ADULT", -4, late))).Succeeded();
        Assert.DoesNotContain($"VISIT {late.Iso()}", string.Join('|', await TableAsync("", "DAY")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loans_that_an_older_version_made_are_counted_by_the_night_and_the_loans_agree_with_what_was_counted()
    {
        var (ana, day) = (await catalog.ReaderAsync(), Today.PlusDays(-40));
        for (var n = 0; n < 3; n++) await catalog.LentAsync(ana);
        var (from, to) = (day.Iso(), Today.Iso());
        await catalog.ExecuteAsync("DELETE FROM circulation_fact");
        await catalog.ExecuteAsync("UPDATE loan SET counted = false, lent_at = lent_at - interval '40 days'");
        await catalog.LentAsync(ana);
        Assert.Equal((1, 1, 3), await ReconciledAsync(from, to));
        for (var night = 0; night < 2; night++) await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RollUpAsync(Today.PlusDays(1), catalog)));
        Assert.Equal((4, 4, 0), await ReconciledAsync(from, to));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_day WHERE kind = 'LOAN' AND count = 3"));

        await catalog.ExecuteAsync("UPDATE circulation_day SET count = count + 2 WHERE day = $1", Today);
        var wrong = (await admin.AskAsync($"circulationStatistics:reconcile?from={from}&to={to}")).Succeeded().Body.GetProperty("differences").EnumerateArray().Single();
        Assert.Equal((to, 1, 3), (wrong.GetProperty("day").GetString(), wrong.GetProperty("loans").GetInt64(), wrong.GetProperty("counted").GetInt64()));
        Assert.Equal(HttpStatusCode.Forbidden, (await desk.AskAsync($"circulationStatistics:reconcile?from={from}&to={to}")).Status);
    }

    [Fact]
    public async Task Nobody_stands_in_the_facts_and_an_erased_member_s_loans_stay_counted()
    {
        var (ana, barcode) = (await catalog.ReaderAsync(), await catalog.ItemAsync());
        await catalog.LentAsync(ana, barcode);
        (await desk.ReturnAsync(barcode)).Succeeded();
        var before = await TableAsync("", "MUNICIPALITY", "CATEGORY");
        await catalog.PublishAsync(Stock.Snapshot(ana, 2, "") with { State = "ERASED", Category = "", Municipality = "" });
        await Eventually.IsTrueAsync(async () => await catalog.ScalarAsync<string>("SELECT state FROM borrower WHERE member = $1", ana.Id) == "ERASED", "the member is erased");
        await Job<ForgetReaders>(catalog).RunAsync(Today.PlusDays(400), TestContext.Current.CancellationToken);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE member = $1", ana.Id));
        await RollUpAsync(Today.PlusDays(1), catalog);
        Assert.Equal(["LOAN Radovljica EMPLOYED 1", "RETURN Radovljica EMPLOYED 1", "VISIT Radovljica EMPLOYED 1"], before);
        Assert.Equal(before, await TableAsync("", "MUNICIPALITY", "CATEGORY"));
        Assert.Equal("branch,category,audience,count,day,kind,material,municipality,purpose".Split(',').Order(), (await catalog.ScalarAsync<string>(
            "SELECT string_agg(DISTINCT column_name, ',') FROM information_schema.columns WHERE table_name IN ('circulation_fact', 'circulation_day')")).Split(',').Order());
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_changes_nothing()
    {
        using var bled = catalog.Rest("librarian", "BLE");
        using var member = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        var known = await catalog.ItemAsync();
        Assert.Equal(["branch:UNKNOWN", "purpose:ENUM", "audience:REQUIRED", "count:RANGE", "date:RANGE"],
            (await desk.SendAsync("visits", new { branch = "NOWHERE", purpose = "HOME_LOAN", count = 5001, date = Today.PlusDays(1).Iso() })).Violations);
        Assert.Equal(["count:REQUIRED", "date:RANGE"], (await desk.SendAsync("visits", Visits("OTHER", "ADULT", 0, Today.PlusDays(-32)))).Violations);
        Assert.Equal(["barcodes:ONE_OF"], (await desk.SendAsync("libraryUses", new { branch = "RAD" })).Violations);
        Assert.Equal(["barcodes:ONE_OF"], (await desk.SendAsync("libraryUses", new { branch = "RAD", barcodes = new[] { known }, count = 2 })).Violations);
        Assert.Equal(["material:REQUIRED"], (await desk.SendAsync("libraryUses", new { branch = "RAD", count = 2 })).Violations);
        Assert.Equal(["barcodes[1]:UNKNOWN"], (await desk.SendAsync("libraryUses", new { branch = "RAD", barcodes = new[] { known, "NO-SUCH-COPY" } })).Violations);
        Assert.Equal(["barcodes:COUNT"], (await desk.SendAsync("libraryUses", new { branch = "RAD", barcodes = Enumerable.Range(0, 201).Select(n => $"B-{n}") })).Violations);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync("visits", Visits("OTHER", "ADULT", 1))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.SendAsync("visits", Visits("OTHER", "ADULT", 1))).Status);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact"));

        Assert.Equal(["from:REQUIRED", "to:DATE", "groupBy:COUNT"], (await desk.AskAsync("circulationStatistics?to=x&groupBy=DAY&groupBy=DAY")).Violations);
        Assert.Equal(["to:RANGE"], (await desk.AskAsync("circulationStatistics?from=2020-01-01&to=2025-01-01")).Violations);
        (await desk.AskAsync("circulationStatistics?from=2020-01-01&to=2024-12-31")).Succeeded();
        Assert.Equal(["to:RANGE"], (await admin.AskAsync("circulationStatistics:reconcile?from=2024-02-01&to=2025-02-01")).Violations);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.AskAsync("circulationStatistics?from=2024-01-01&to=2024-01-31")).Status);
        await catalog.ExecuteAsync("""
            INSERT INTO circulation_day SELECT date '2024-01-01' + n % 365, 'LOAN', 'B' || n / 365, 'BOOK', '', '', '', '', 1 FROM generate_series(0, 365 * 14) AS n
            """);
        Assert.Equal(["groupBy:TOO_MANY_ROWS"], (await desk.AskAsync("circulationStatistics?from=2024-01-01&to=2024-12-31&groupBy=DAY&groupBy=BRANCH")).Violations);
        Assert.Equal(365, (await desk.AskAsync("circulationStatistics?from=2024-01-01&to=2024-12-31&groupBy=DAY")).Succeeded().Body.GetProperty("rows").GetArrayLength());
    }

    private static object Visits(string purpose, string audience, int count, LocalDate? date = null) =>
        new { branch = "RAD", purpose, audience, count, date = date?.Iso() ?? "" };

    private static T Job<T>(TestHost host) where T : IPeriodicJob => host.Get<IEnumerable<IPeriodicJob>>().OfType<T>().Single();

    private static Task RollUpAsync(LocalDate day, TestHost host) => Job<RollUpCirculation>(host).RunAsync(day, TestContext.Current.CancellationToken);

    /// <summary>Loans that stand, that are counted and that wait, as the admin sees it; and that no day differs.</summary>
    private async Task<(long Loans, long Counted, long Waiting)> ReconciledAsync(string? from = null, string? to = null)
    {
        var answer = (await admin.AskAsync($"circulationStatistics:reconcile?from={from ?? Today.Iso()}&to={to ?? Today.Iso()}")).Succeeded();
        Assert.Empty(answer.Body.GetProperty("differences").EnumerateArray());
        return (answer.Number("loans"), answer.Number("counted"), answer.Number("waiting"));
    }

    /// <summary>Of the last two months, a line a row: the kind where all are asked for, what it is grouped by, the count.</summary>
    private async Task<string[]> TableAsync(string kind, params string[] groupBy)
    {
        var query = $"circulationStatistics?from={Today.PlusDays(-60).Iso()}&to={Today.Iso()}{(kind.Length > 0 ? $"&kind={kind}" : "")}{string.Concat(groupBy.Select(one => $"&groupBy={one}"))}";
        return
        [
            .. (await desk.AskAsync(query)).Succeeded().Body.GetProperty("rows").EnumerateArray().Select(row => string.Join(' ',
            [
                .. kind.Length > 0 ? Array.Empty<string>() : [row.GetProperty("kind").GetString()!],
                .. groupBy.Select(one => row.GetProperty(one.ToLowerInvariant()).GetString()!).Select(value => value.EndsWith("_UNSPECIFIED", StringComparison.Ordinal) ? "" : value),
                $"{row.GetProperty("count").GetInt64()}",
            ])),
        ];
    }
}

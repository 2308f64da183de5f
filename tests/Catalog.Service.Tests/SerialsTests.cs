using System.Net;
using Library.Catalog.Features.ClaimingIssues;
using Library.Catalog.Features.Subscribing;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Subscriptions: expected issues, their arrival, the latest issue, claims and binding.</summary>
public sealed class SerialsTests(CatalogNetwork network)
{
    [Fact]
    public async Task Issues_are_expected_up_to_the_horizon_and_jobs_that_run_twice_late_or_at_once_add_none_twice()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var subscription = await catalog.SubscribedAsync(desk);
        // four weeks back, today, and thirteen whole weeks within 92 days
        Assert.Equal(18, (await desk.IssuesAsync(subscription)).Count);
        Assert.Equal(1, await catalog.ToldAsync<SubscriptionCommitted>(subscription));

        var job = Job<PlanIssues>(catalog);
        var later = catalog.Clock.Today.PlusDays(60);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => job.RunAsync(later, TestContext.Current.CancellationToken)));
        await job.RunAsync(later, TestContext.Current.CancellationToken);
        await job.RunAsync(catalog.Clock.Today.PlusDays(400), TestContext.Current.CancellationToken);
        // until the end of the term, 180 days away
        var answer = (await desk.AskAsync($"issues?subscription={subscription}&pageSize=200")).Succeeded().Body.GetProperty("issues").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(-4, 30).Select(week => catalog.Clock.Today.PlusWeeks(week).Iso()), answer.Select(issue => issue.GetProperty("issuedOn").GetString()));
        Assert.Equal(Enumerable.Range(10, 30), answer.Select(issue => issue.GetProperty("number").GetInt32()));

        var twice = await Record.ExceptionAsync(() => catalog.ExecuteAsync("""
            INSERT INTO issue (id, subscription, record, branch, kind, state, issued_on, volume, number, last_volume, last_number)
            SELECT gen_random_uuid(), subscription, record, branch, kind, state, issued_on, volume, number, last_volume, last_number
            FROM issue WHERE subscription = $1 LIMIT 1
            """, Id(subscription)));
        Assert.Equal("issue_planned_once", Assert.IsType<Npgsql.PostgresException>(twice).ConstraintName);
    }

    [Fact]
    public async Task An_issue_comes_once_and_is_an_item_of_its_branch()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        using var bled = catalog.Rest("librarian", "BLE");
        var issue = (await desk.IssuesAsync(await catalog.SubscribedAsync(desk)))[0];
        var taken = await catalog.ItemAsync();
        var refused = await desk.ReceiveAsync(issue, taken);
        Assert.Equal((HttpStatusCode.Conflict, "ALREADY_EXISTS"), (refused.Status, refused.Reason));
        // nothing half done: not received, and nothing on the shelf
        Assert.Equal("EXPECTED", (await desk.AskAsync(issue)).Text("state"));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM serial_shelf WHERE issue = $1", Id(issue)));
        Assert.Equal(HttpStatusCode.NotFound, (await desk.ReceiveAsync(issue, Stock.NewBarcode(), "BLE")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.ReceiveAsync(issue, Stock.NewBarcode(), "RAD")).Status);

        var (barcode, key) = (Stock.NewBarcode(), Guid.NewGuid().ToString("N"));
        var received = (await desk.ReceiveAsync(issue, barcode, key: key)).Succeeded();
        Assert.Equal(("RECEIVED", barcode, catalog.Clock.Today.Iso()), (received.Text("state"), received.Text("barcode"), received.Text("receivedOn")));
        Assert.Equal(received.Body.ToString(), (await desk.ReceiveAsync(issue, barcode, key: key)).Succeeded().Body.ToString());
        Assert.Equal("ISSUE_RECEIVED", (await desk.ReceiveAsync(issue, Stock.NewBarcode())).Reason);
        var item = (await desk.AskAsync($"items/{barcode}")).Succeeded();
        Assert.Equal(("SERIAL_ISSUE", "LATEST_ISSUE", "RAD", 450, "Mladina"),
            (item.Text("material"), item.Text("lending"), item.Text("branch"), item.Number("priceMinor"), item.Text("title")));
    }

    [Fact]
    public async Task The_former_latest_issue_is_lent_like_older_ones_and_a_straggler_or_a_special_number_is_never_the_latest()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync("Mladina");
        var subscription = await catalog.SubscribedAsync(desk, record: record);
        var issues = await desk.IssuesAsync(subscription);
        var second = await desk.ReceivedAsync(issues[1]);
        Assert.Equal("LATEST_ISSUE", await desk.LendingOfAsync(second));
        var special = (await desk.SendAsync("issues", new
        {
            subscription, branch = "RAD", barcode = Stock.NewBarcode(), kind = "SPECIAL", issuedOn = catalog.Clock.Today.Iso(), number = 0,
        })).Succeeded().Text("barcode");
        Assert.Equal(("LENDABLE", "LATEST_ISSUE"), (await desk.LendingOfAsync(special), await desk.LendingOfAsync(second)));

        var third = await desk.ReceivedAsync(issues[2]);
        Assert.Equal(("LENDABLE", "LATEST_ISSUE"), (await desk.LendingOfAsync(second), await desk.LendingOfAsync(third)));
        var first = await desk.ReceivedAsync(issues[0]);
        Assert.Equal(("LENDABLE", "LATEST_ISSUE"), (await desk.LendingOfAsync(first), await desk.LendingOfAsync(third)));
        var extra = (await desk.SendAsync("issues", new
        {
            subscription, branch = "RAD", barcode = Stock.NewBarcode(), kind = "UNEXPECTED", issuedOn = catalog.Clock.Today.PlusDays(-10).Iso(), volume = 45, number = 99,
        })).Succeeded();
        Assert.Equal(("LENDABLE", "LATEST_ISSUE"), (await desk.LendingOfAsync(third), await desk.LendingOfAsync(extra.Text("barcode"))));

        var latest = (await desk.AskAsync($"latestIssues?record={record}&branch=RAD")).Succeeded().Body.GetProperty("latestIssues").EnumerateArray().Single();
        Assert.Equal((extra.Text("name"), 45, 99),
            (latest.GetProperty("issue").GetString(), latest.GetProperty("volume").GetInt32(), latest.GetProperty("number").GetInt32()));
    }

    [Fact]
    public async Task Two_copies_of_one_issue_are_both_the_latest_and_one_branch_does_not_age_anothers()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync("Mladina");
        var mine = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, record: record));
        var other = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, record: record));
        var bled = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, "BLE", record));
        var (one, two, away) = (await desk.ReceivedAsync(mine[0]), await desk.ReceivedAsync(other[0]), await desk.ReceivedAsync(bled[0], "BLE"));
        Assert.Equal(("LATEST_ISSUE", "LATEST_ISSUE"), (await desk.LendingOfAsync(one), await desk.LendingOfAsync(two)));
        await desk.ReceivedAsync(mine[1]);
        Assert.Equal(("LENDABLE", "LENDABLE", "LATEST_ISSUE"),
            (await desk.LendingOfAsync(one), await desk.LendingOfAsync(two), await desk.LendingOfAsync(away)));
    }

    [Fact]
    public async Task Bohinj_keeps_the_whole_current_volume_as_the_latest_issue()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        // ten numbers a volume: 45/9 and 45/10 are its last, 46/1 begins the next
        var numbering = new { firstVolume = 45, firstNumber = 9, change = "AFTER_NUMBERS", numbersPerVolume = 10 };
        var issues = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, "BOH", numbering: numbering));
        var (nine, ten) = (await desk.ReceivedAsync(issues[0], "BOH"), await desk.ReceivedAsync(issues[1], "BOH"));
        Assert.Equal(("LATEST_ISSUE", "LATEST_ISSUE"), (await desk.LendingOfAsync(nine), await desk.LendingOfAsync(ten)));
        var next = await desk.ReceivedAsync(issues[2], "BOH");
        Assert.Equal(("LENDABLE", "LENDABLE", "LATEST_ISSUE"), (await desk.LendingOfAsync(nine), await desk.LendingOfAsync(ten), await desk.LendingOfAsync(next)));
    }

    [Fact]
    public async Task Of_two_issues_that_come_at_once_the_newer_is_the_latest_and_no_other()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 8; round++)
        {
            var issues = await desk.IssuesAsync(await catalog.SubscribedAsync(desk));
            var barcodes = await Task.WhenAll(issues.Take(4).Select(issue => desk.ReceivedAsync(issue)));
            var lendings = await Task.WhenAll(barcodes.Select(desk.LendingOfAsync));
            Assert.Equal(["LENDABLE", "LENDABLE", "LENDABLE", "LATEST_ISSUE"], lendings);
        }
    }

    [Fact]
    public async Task Four_desks_checking_in_one_issue_make_one_item()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync("Mladina");
        var issue = (await desk.IssuesAsync(await catalog.SubscribedAsync(desk, record: record)))[0];
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => desk.ReceiveAsync(issue, Stock.NewBarcode())));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest && answer.Reason == "ISSUE_RECEIVED"));
        Assert.Equal(1, (await desk.AskAsync(record)).Number("copiesTotal"));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM item WHERE record = $1", Id(record)));
    }

    [Fact]
    public async Task Delo_is_never_lent_whichever_issue_it_is_art_27()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var issues = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, record: await catalog.RecordAsync("Delo")));
        var (older, latest) = (await desk.ReceivedAsync(issues[0]), await desk.ReceivedAsync(issues[1]));
        var reader = await catalog.ReaderAsync();
        Assert.Equal("LENDABLE", await desk.LendingOfAsync(older));
        Assert.Equal(("ITEM_NOT_FOR_LOAN", "ITEM_NOT_FOR_LOAN"), ((await desk.LendAsync(older, reader.Card)).Reason, (await desk.LendAsync(latest, reader.Card)).Reason));
        var mladina = await desk.IssuesAsync(await catalog.SubscribedAsync(desk));
        var lendable = await desk.ReceivedAsync(mladina[0]);
        await desk.ReceivedAsync(mladina[1]);
        Assert.Equal(catalog.Clock.Today.PlusDays(7).Iso(), (await desk.LendAsync(lendable, reader.Card)).Succeeded().Text("dueOn"));
    }

    [Fact]
    public async Task Issues_for_the_reading_room_stay_there()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var issues = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, lending: "READING_ROOM_ONLY"));
        var (older, newer) = (await desk.ReceivedAsync(issues[0]), await desk.ReceivedAsync(issues[1]));
        Assert.Equal(("READING_ROOM_ONLY", "READING_ROOM_ONLY"), (await desk.LendingOfAsync(older), await desk.LendingOfAsync(newer)));
    }

    [Fact]
    public async Task A_missing_issue_is_claimed_three_times_a_fortnight_apart_however_often_the_job_runs_and_then_given_up()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var subscription = await catalog.SubscribedAsync(desk, sinceDays: 0);
        var supplier = (await desk.AskAsync(subscription)).Text("supplier");
        var issues = await desk.IssuesAsync(subscription);
        await desk.ReceivedAsync(issues[1]);
        var job = Job<ClaimLateIssues>(catalog);
        var due = catalog.Clock.Today.PlusDays(7);

        await job.RunAsync(due.PlusDays(-1), TestContext.Current.CancellationToken);
        Assert.Empty(await ClaimsAsync(desk, supplier));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => job.RunAsync(due, TestContext.Current.CancellationToken)));
        await job.RunAsync(due, TestContext.Current.CancellationToken);
        Assert.Equal([(issues[0], 1, due.Iso())], await ClaimsAsync(desk, supplier));

        // the machine was away for three weeks: one claim for what is due, not one for each day
        var late = due.PlusDays(21);
        for (var run = 0; run < 2; run++) await job.RunAsync(late, TestContext.Current.CancellationToken);
        Assert.Equal((2, late.PlusDays(14).Iso()), await LevelAsync(desk, issues[0]));
        await job.RunAsync(late.PlusDays(14), TestContext.Current.CancellationToken);
        await job.RunAsync(late.PlusDays(27), TestContext.Current.CancellationToken);
        Assert.Equal("EXPECTED", (await desk.AskAsync(issues[0])).Text("state"));
        await job.RunAsync(late.PlusDays(28), TestContext.Current.CancellationToken);
        await job.RunAsync(late.PlusDays(60), TestContext.Current.CancellationToken);
        var given = await desk.AskAsync(issues[0]);
        Assert.Equal(("MISSING", 3, ""), (given.Text("state"), given.Number("claimLevel"), given.Text("claimDueOn")));
        Assert.Equal([1, 2, 3], (await ClaimsAsync(desk, supplier)).Where(claim => claim.Issue == issues[0]).Select(claim => claim.Level));
        Assert.DoesNotContain(await ClaimsAsync(desk, supplier), claim => claim.Issue == issues[1]);

        // it came after all, and is claimed no more
        await desk.ReceivedAsync(issues[0]);
        Assert.DoesNotContain(await ClaimsAsync(desk, supplier, "&open=true"), claim => claim.Issue == issues[0]);
    }

    [Fact]
    public async Task The_desk_claims_at_once_up_to_the_last_level_and_a_left_out_issue_not_at_all()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var subscription = await catalog.SubscribedAsync(desk);
        var issues = await desk.IssuesAsync(subscription);
        for (var level = 1; level <= 3; level++)
            Assert.Equal(level, (await desk.SendAsync($"{issues[0]}:claim", new { branch = "RAD" })).Succeeded().Number("claimLevel"));
        Assert.Equal("CLAIMS_USED_UP", (await desk.SendAsync($"{issues[0]}:claim", new { branch = "RAD" })).Reason);
        Assert.Equal("NOT_PUBLISHED", (await desk.SendAsync($"{issues[1]}:skip", new { branch = "RAD" })).Succeeded().Text("state"));
        Assert.Equal("ISSUE_NOT_EXPECTED", (await desk.SendAsync($"{issues[1]}:claim", new { branch = "RAD" })).Reason);
        await desk.ReceivedAsync(issues[2]);
        Assert.Equal("ISSUE_RECEIVED", (await desk.SendAsync($"{issues[2]}:claim", new { branch = "RAD" })).Reason);
        Assert.Equal("ISSUE_RECEIVED", (await desk.SendAsync($"{issues[2]}:skip", new { branch = "RAD" })).Reason);

        // pages of the supplier's list, one a page
        var supplier = (await desk.AskAsync(subscription)).Text("supplier");
        var (levels, token) = (new List<long>(), "");
        do
        {
            var page = (await desk.AskAsync($"issueClaims?supplier={supplier}&pageSize=1&pageToken={token}")).Succeeded();
            levels.AddRange(page.Body.GetProperty("issueClaims").EnumerateArray().Select(claim => claim.GetProperty("level").GetInt64()));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        Assert.Equal([1, 2, 3], levels);
    }

    [Fact]
    public async Task Two_claims_at_once_are_two_levels_and_never_one_level_twice()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var issue = (await desk.IssuesAsync(await catalog.SubscribedAsync(desk)))[0];
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => desk.SendAsync($"{issue}:claim", new { branch = "RAD" })));
        Assert.Equal([1, 2, 3], answers.Where(answer => answer.Status == HttpStatusCode.OK).Select(answer => answer.Number("claimLevel")).Order());
        Assert.Equal(3, answers.Count(answer => answer.Status != HttpStatusCode.OK && answer.Reason == "CLAIMS_USED_UP"));
        Assert.Equal(3, await catalog.ScalarAsync<long>("SELECT count(*) FROM issue_claim WHERE issue = $1", Id(issue)));
    }

    [Fact]
    public async Task Issues_become_one_bound_volume_but_not_while_one_is_out()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var record = await catalog.RecordAsync("Mladina");
        var issues = await desk.IssuesAsync(await catalog.SubscribedAsync(desk, record: record));
        var barcodes = new List<string>();
        foreach (var issue in issues.Take(3)) barcodes.Add(await desk.ReceivedAsync(issue));
        var reader = await catalog.ReaderAsync();
        (await desk.LendAsync(barcodes[0], reader.Card)).Succeeded();
        var volume = Stock.NewBarcode();
        Task<Answer> BindAsync(params string[] some) => desk.SendAsync("bindings", new { branch = "RAD", issues = some, barcode = volume, lending = "LENDABLE" });

        Assert.Equal("ISSUE_ON_LOAN", (await BindAsync(issues[0], issues[1])).Reason);
        Assert.Equal("ISSUE_NOT_ON_SHELF", (await BindAsync(issues[1], issues[3])).Reason);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"items/{volume}")).Status);
        Assert.Equal(3, (await desk.AskAsync(record)).Number("copiesTotal"));

        (await desk.ReturnAsync(barcodes[0])).Succeeded();
        var bound = (await BindAsync(issues[0], issues[1])).Succeeded();
        Assert.Equal((volume, "AVAILABLE", 900), (bound.Text("barcode"), bound.Text("state"), bound.Number("priceMinor")));
        Assert.Equal(("WITHDRAWN", "WITHDRAWN", "AVAILABLE"), (await StateAsync(desk, barcodes[0]), await StateAsync(desk, barcodes[1]), await StateAsync(desk, barcodes[2])));
        Assert.Equal(("BOUND", volume), ((await desk.AskAsync(issues[0])).Text("state"), (await desk.AskAsync(issues[0])).Text("barcode")));
        // the volume and the third issue
        Assert.Equal(2, (await desk.AskAsync(record)).Number("copiesTotal"));
        Assert.Equal("ISSUE_NOT_ON_SHELF", (await BindAsync(issues[0], issues[2])).Reason);
        Assert.Equal("ITEM_WITHDRAWN", (await desk.LendAsync(barcodes[0], reader.Card)).Reason);
        (await desk.LendAsync(volume, reader.Card)).Succeeded();
    }

    [Fact]
    public async Task An_issue_is_lent_or_bound_but_never_both()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        for (var round = 0; round < 6; round++)
        {
            var issues = await desk.IssuesAsync(await catalog.SubscribedAsync(desk));
            var barcodes = new List<string>();
            foreach (var issue in issues.Take(3)) barcodes.Add(await desk.ReceivedAsync(issue));
            var reader = await catalog.ReaderAsync();
            var (lend, bind) = (desk.LendAsync(barcodes[1], reader.Card),
                desk.SendAsync("bindings", new { branch = "RAD", issues = issues.Take(2), barcode = Stock.NewBarcode(), lending = "LENDABLE" }));
            await Task.WhenAll(lend, bind);
            var lent = (await lend).Status == HttpStatusCode.OK;
            Assert.Equal(lent, (await bind).Status != HttpStatusCode.OK);
            Assert.Equal(lent ? "ON_LOAN" : "WITHDRAWN", await StateAsync(desk, barcodes[1]));
            Assert.Equal(lent ? "ISSUE_ON_LOAN" : "ITEM_WITHDRAWN", (lent ? await bind : await lend).Reason);
        }
    }

    [Fact]
    public async Task A_subscription_is_renewed_at_its_new_price_by_a_new_pattern_and_ended_for_good()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var today = catalog.Clock.Today;
        var body = await catalog.WeeklyAsync(desk);
        var subscription = (await desk.SendAsync("subscriptions", body)).Succeeded().Text("name");
        var endsOn = today.PlusDays(180);
        Assert.Equal(["fund:UNKNOWN"], (await desk.SendAsync(
            $"{subscription}:renew", new { branch = "RAD", endsOn = endsOn.PlusYears(1).Iso(), priceMinor = 1, fund = await ClosedFundAsync(catalog) })).Violations);
        Assert.Equal(["priceMinor:RANGE"], (await desk.SendAsync($"{subscription}:renew", new { branch = "RAD", endsOn = endsOn.PlusYears(1).Iso(), priceMinor = -1 })).Violations);
        var pattern = new { frequency = "MONTHLY", firstOn = endsOn.PlusDays(1).Iso(), daysOfMonth = new[] { 31 }, numbering = new { firstVolume = 46, firstNumber = 1, change = "NEVER" } };
        var renewed = (await desk.SendAsync($"{subscription}:renew", new { branch = "RAD", endsOn = endsOn.PlusYears(1).Iso(), priceMinor = 13_500, pattern })).Succeeded();
        var terms = renewed.Body.GetProperty("terms").EnumerateArray().ToList();
        Assert.Equal((endsOn.PlusDays(1).Iso(), 13_500, terms[0].GetProperty("fund").GetString()),
            (terms[1].GetProperty("startsOn").GetString(), terms[1].GetProperty("priceMinor").GetInt64(), terms[1].GetProperty("fund").GetString()));
        Assert.Equal(2, await catalog.ToldAsync<SubscriptionCommitted>(subscription));
        await Job<PlanIssues>(catalog).RunAsync(today.PlusDays(220), TestContext.Current.CancellationToken);
        var monthly = (await desk.AskAsync($"issues?subscription={subscription}&from={endsOn.PlusDays(1).Iso()}")).Succeeded().Body.GetProperty("issues").EnumerateArray().ToList();
        Assert.All(monthly, issue => Assert.Equal(46, issue.GetProperty("volume").GetInt32()));
        Assert.InRange(monthly.Count, 3, 5);

        var tooLate = await desk.SendAsync($"{subscription}:end", new { branch = "RAD", endsOn = endsOn.PlusYears(2).Iso() });
        Assert.Equal(["endsOn:RANGE"], tooLate.Violations);
        (await desk.SendAsync($"{(await desk.IssuesAsync(subscription, $"&from={today.PlusDays(20).Iso()}"))[0]}:claim", new { branch = "RAD" })).Succeeded();
        var ended = (await desk.SendAsync($"{subscription}:end", new { branch = "RAD", endsOn = today.PlusDays(6).Iso() })).Succeeded();
        Assert.Equal("ENDED", ended.Text("state"));
        // four weeks back, today, and the one that was claimed
        Assert.Equal(6, (await desk.IssuesAsync(subscription)).Count);
        await Job<PlanIssues>(catalog).RunAsync(today.PlusDays(100), TestContext.Current.CancellationToken);
        Assert.Equal(6, (await desk.IssuesAsync(subscription)).Count);
        Assert.Equal("SUBSCRIPTION_ENDED", (await desk.SendAsync($"{subscription}:renew", new { branch = "RAD", endsOn = endsOn.PlusYears(3).Iso(), priceMinor = 1 })).Reason);
        Assert.Equal("SUBSCRIPTION_ENDED", (await desk.SendAsync($"{subscription}:end", new { branch = "RAD", endsOn = today.Iso() })).Reason);
    }

    [Fact]
    public async Task Two_renewals_at_once_are_two_terms_that_do_not_overlap()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var subscription = await catalog.SubscribedAsync(desk);
        var ends = new[] { catalog.Clock.Today.PlusDays(300), catalog.Clock.Today.PlusDays(600) };
        var answers = await Task.WhenAll(ends.Select(day => desk.SendAsync($"{subscription}:renew", new { branch = "RAD", endsOn = day.Iso(), priceMinor = 100 })));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(0, await catalog.ScalarAsync<long>("""
            SELECT count(*) FROM subscription_term a JOIN subscription_term b ON a.subscription = b.subscription AND a.number < b.number AND a.ends_on >= b.starts_on
            WHERE a.subscription = $1
            """, Id(subscription)));
    }

    [Fact]
    public async Task What_is_wrong_with_a_subscription_is_named_field_by_field_and_nothing_is_kept()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var bad = await desk.SendAsync("subscriptions", new
        {
            record = "records/nothing", branch = "XYZ", supplier = "", lending = "LENDABLE", priceMinor = -1, fund = "klein", graceDays = 500,
            startsOn = "2024-02-30", endsOn = catalog.Clock.Today.Iso(),
            pattern = new
            {
                frequency = "MONTHLY", firstOn = catalog.Clock.Today.Iso(), weekdays = new[] { "MONDAY" }, daysOfMonth = new[] { 32 },
                skipped = new[] { new { from = "13-01", to = "01-01" } }, combined = new[] { new { from = "2024-05-01", to = "2024-04-01" } },
                numbering = new { firstNumber = 0, change = "NEVER", yearBeginsOn = "09-01", numbersPerVolume = 4 },
            },
        });
        Assert.Equal(
        [
            "branch:UNKNOWN", "fund:FORMAT", "graceDays:RANGE", "lending:ENUM", "pattern.combined[0].to:RANGE", "pattern.daysOfMonth:RANGE", "pattern.numbering.firstNumber:RANGE",
            "pattern.numbering.numbersPerVolume:RANGE", "pattern.numbering.yearBeginsOn:FORBIDDEN", "pattern.skipped[0]:FORMAT", "pattern.weekdays:FORBIDDEN", "priceMinor:RANGE",
            "record:FORMAT", "startsOn:DATE", "supplier:REQUIRED",
        ], bad.Violations.Order(StringComparer.Ordinal));

        var good = await catalog.WeeklyAsync(desk);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.SendAsync("subscriptions", With(good, "record", $"records/{Guid.NewGuid():D}"))).Status);
        Assert.Equal(["supplier:UNKNOWN", "fund:UNKNOWN"], (await desk.SendAsync("subscriptions", With(With(good, "fund", "NO-SUCH"), "supplier", $"suppliers/{Guid.NewGuid():D}"))).Violations);
        Assert.Equal(["fund:UNKNOWN"], (await desk.SendAsync("subscriptions", With(good, "fund", await ClosedFundAsync(catalog)))).Violations);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM subscription WHERE record = $1", Id((string)good.GetType().GetProperty("record")!.GetValue(good)!)));
        using var member = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.SendAsync("subscriptions", good)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync("subscriptions", good)).Status);
    }

    [Fact]
    public async Task Double_issues_bear_both_numbers_and_lists_come_in_pages()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian");
        var today = catalog.Clock.Today;
        var body = (object)new
        {
            record = await catalog.RecordAsync("Gea"), branch = "RAD", supplier = await desk.SupplierAsync(), lending = "LATEST_ISSUE",
            pattern = new
            {
                frequency = "WEEKLY", firstOn = today.Iso(), combined = new[] { new { from = today.PlusDays(7).Iso(), to = today.PlusDays(14).Iso() } },
                numbering = new { firstVolume = 0, firstNumber = 1, change = "NEVER" },
            },
            startsOn = today.Iso(), endsOn = today.PlusDays(28).Iso(), priceMinor = 0, fund = await catalog.FundAsync(),
        };
        var subscription = (await desk.SendAsync("subscriptions", body)).Succeeded().Text("name");
        var (numbers, token) = (new List<string>(), "");
        do
        {
            var page = (await desk.AskAsync($"issues?subscription={subscription}&pageSize=3&pageToken={token}")).Succeeded();
            numbers.AddRange(page.Body.GetProperty("issues").EnumerateArray().Select(issue => $"{issue.GetProperty("number")}-{issue.GetProperty("lastNumber")}"));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        Assert.Equal(["1-1", "2-3", "4-4", "5-5"], numbers);
        Assert.Equal(["subscription:ONE_OF"], (await desk.AskAsync("issues")).Violations);
        Assert.Equal(["pageToken:PAGE_TOKEN"], (await desk.AskAsync($"issues?subscription={subscription}&pageToken=abc")).Violations);
    }

    private static T Job<T>(TestHost catalog) where T : IPeriodicJob => catalog.Get<IEnumerable<IPeriodicJob>>().OfType<T>().Single();

    private static Guid Id(string name) => Guid.Parse(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..]);

    private static async Task<string> StateAsync(HttpClient desk, string barcode) => (await desk.AskAsync($"items/{barcode}")).Succeeded().Text("state");

    private static async Task<(long Level, string DueOn)> LevelAsync(HttpClient desk, string issue)
    {
        var found = (await desk.AskAsync(issue)).Succeeded();
        return (found.Number("claimLevel"), found.Text("claimDueOn"));
    }

    private static async Task<IReadOnlyList<(string Issue, int Level, string ClaimedOn)>> ClaimsAsync(HttpClient desk, string supplier, string more = "") =>
        [.. (await desk.AskAsync($"issueClaims?supplier={supplier}&pageSize=200{more}")).Succeeded().Body.GetProperty("issueClaims").EnumerateArray()
            .Select(claim => (claim.GetProperty("issue").GetString()!, claim.GetProperty("level").GetInt32(), claim.GetProperty("claimedOn").GetString()!))];

    private static async Task<string> ClosedFundAsync(TestHost catalog)
    {
        using var accountant = catalog.Rest("accountant");
        var code = await catalog.FundAsync();
        (await accountant.SendAsync($"acquisitionFunds/{code}:close", new { })).Succeeded();
        return code;
    }

    /// <summary>A request with one field changed.</summary>
    private static Dictionary<string, object?> With(object body, string field, object value)
    {
        var changed = body as Dictionary<string, object?> ?? body.GetType().GetProperties().ToDictionary(property => property.Name, property => property.GetValue(body));
        return new Dictionary<string, object?>(changed) { [field] = value };
    }
}

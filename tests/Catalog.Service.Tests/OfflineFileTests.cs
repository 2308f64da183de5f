using System.Net;
using Library.Catalog.Features.Offline;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>An offline log is taken whole or not at all, once, and applied once, whoever uploads it and whatever dies meanwhile.</summary>
public sealed class OfflineFileTests(CatalogNetwork network)
{
    [Theory]
    [InlineData("", "", "body:REQUIRED", "")]
    [InlineData("OFFLINE-LOG,1", "OFFLINE-LOG,2", "body:OFFLINE_LINE", "1")]
    [InlineData(",RAD,", ",NOWHERE,", "body:OFFLINE_LINE", "1")]
    [InlineData("1,2", "7,2", "body:OFFLINE_LINE", "2")]
    [InlineData("+01:00,LOAN", ",LOAN", "body:OFFLINE_LINE", "2")]
    [InlineData(",LOAN,", ",BORROWED,", "body:OFFLINE_LINE", "2")]
    [InlineData("B-1", "b 1", "body:OFFLINE_LINE", "2")]
    [InlineData(",C-1", "", "body:OFFLINE_LINE", "2")]
    [InlineData("RETURN,B-2", "RETURN,B-2,C-1", "body:OFFLINE_LINE", "3")]
    [InlineData("END,2", "END,3", "body:OFFLINE_LINE", "4")]
    [InlineData("END,2\n", "END,2\n3,x\n", "body:OFFLINE_LINE", "5")]
    [InlineData("END,2\n", "", "body:CUT", "4")]
    [InlineData("B-2\nEND,2\n", "B-", "body:CUT", "3")]
    [InlineData("\n", "", "body:OFFLINE_LINE", "1")]
    public async Task A_file_with_anything_wrong_names_the_line_and_leaves_nothing(string good, string bad, string expected, string line)
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (id, noon) = (Guid.CreateVersion7(), catalog.Clock.Now - Duration.FromHours(3));
        var file = Outage.File(id, "RAD", Written.Loan(noon, "B-1", "C-1"), Written.Return(noon, "B-2"));
        var refused = await desk.UploadAsync(good.Length == 0 ? "" : file.Replace(good, bad, StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.BadRequest, expected), (refused.Status, Assert.Single(refused.Violations)));
        if (line.Length > 0)
            Assert.Contains($"line {line}", refused.Detail("google.rpc.BadRequest").ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("C-1", refused.Body.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM offline_log WHERE id = $1", id));
    }

    [Fact]
    public async Task A_loan_of_tomorrow_refuses_the_file_and_a_clock_four_minutes_ahead_does_not()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, barcode, now) = (await catalog.ReaderAsync(), await catalog.ItemAsync(), catalog.Clock.Now);
        var refused = await desk.UploadAsync(Outage.File(Guid.CreateVersion7(), "RAD", Written.Return(now, barcode), Written.Loan(now + Duration.FromDays(1), barcode, ana.Card)));
        Assert.Equal((HttpStatusCode.BadRequest, "body:OFFLINE_FUTURE"), (refused.Status, Assert.Single(refused.Violations)));
        Assert.Equal(0, await catalog.LoansOfAsync(barcode));
        Assert.Equal(1, (await desk.AppliedAsync(Written.Loan(now + Duration.FromMinutes(4), barcode, ana.Card))).Number("applied"));
    }

    [Fact]
    public async Task More_than_a_log_may_have_is_refused()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var at = catalog.Clock.Now - Duration.FromHours(3);
        var many = Outage.File(Guid.CreateVersion7(), "RAD", [.. Enumerable.Range(1, 5_001).Select(n => Written.Return(at, $"B-{n}"))]);
        Assert.Equal(["body:RANGE"], (await desk.UploadAsync(many)).Violations);
        var large = Outage.File(Guid.CreateVersion7(), "RAD", [.. Enumerable.Range(1, 30_000).Select(n => Written.Return(at, $"B-{n}"))]);
        Assert.Equal(["body:RANGE"], (await desk.UploadAsync(large)).Violations);
        Assert.Equal(["body:OFFLINE_LINE"], (await desk.UploadAsync(new string('x', 100_000))).Violations);
    }

    [Fact]
    public async Task A_log_belongs_to_its_branch_and_to_staff()
    {
        var catalog = await network.HostAsync();
        using var radovljica = catalog.Rest("librarian", "RAD");
        using var bled = catalog.Rest("librarian", "BLE");
        using var member = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        var file = Outage.File(Guid.CreateVersion7(), "RAD", Written.Return(catalog.Clock.Now - Duration.FromHours(1), "NOT-HERE"));
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.UploadAsync(file)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.UploadAsync(file)).Status);
        using var nobody = catalog.RestWithoutToken();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.UploadAsync(file)).Status);
        var log = (await radovljica.UploadAsync(file)).Succeeded().Text("name");
        await radovljica.DoneAsync(log);
        foreach (var path in new[] { log, $"{log}/exceptions", "offlineLogs?branch=RAD" }) Assert.Equal(HttpStatusCode.Forbidden, (await bled.AskAsync(path)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync($"{log}:resolve", new { number = 1, resolution = "ITEM_FOUND" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await radovljica.AskAsync($"offlineLogs/{Guid.NewGuid():D}")).Status);
        Assert.Equal(["branch:REQUIRED"], (await radovljica.AskAsync("offlineLogs")).Violations);

        var second = (await radovljica.UploadAsync(Outage.File(Guid.CreateVersion7(), "RAD", Written.Return(catalog.Clock.Now, "NOT-HERE")))).Succeeded().Text("name");
        var newest = (await radovljica.AskAsync("offlineLogs?branch=RAD&pageSize=50")).Succeeded().Body.GetProperty("offlineLogs").EnumerateArray()
            .Select(one => one.GetProperty("name").GetString()!).ToList();
        Assert.True(newest.IndexOf(second) >= 0 && newest.IndexOf(second) < newest.IndexOf(log));
        var page = (await radovljica.AskAsync("offlineLogs?branch=RAD&pageSize=1")).Succeeded();
        Assert.Single((await radovljica.AskAsync($"offlineLogs?branch=RAD&pageSize=1&pageToken={page.Text("nextPageToken")}")).Succeeded().Body.GetProperty("offlineLogs").EnumerateArray());
    }

    [Fact]
    public async Task One_id_is_one_log_and_one_key_one_file()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (id, key, at) = (Guid.CreateVersion7(), Guid.NewGuid().ToString("N"), catalog.Clock.Now - Duration.FromHours(1));
        var file = Outage.File(id, "RAD", Written.Return(at, "NOT-HERE"));
        var first = (await desk.UploadAsync(file, key)).Succeeded();
        Assert.Equal(first.Body.ToString(), (await desk.UploadAsync(file, key)).Succeeded().Body.ToString());
        Assert.Equal(first.Body.ToString(), (await desk.UploadAsync(file)).Succeeded().Body.ToString());
        var changed = await desk.UploadAsync(Outage.File(id, "RAD", Written.Return(at, "NOT-HERE-EITHER")));
        Assert.Equal((HttpStatusCode.Conflict, "OFFLINE_LOG_DIFFERS"), (changed.Status, changed.Reason));
        var other = await desk.UploadAsync(Outage.File(Guid.CreateVersion7(), "RAD", Written.Return(at, "NOT-HERE")), key);
        Assert.Equal((HttpStatusCode.Conflict, "IDEMPOTENCY_KEY_REUSED"), (other.Status, other.Reason));
        Assert.Equal(1, (await desk.DoneAsync(first.Text("name"))).Number("lines"));
    }

    [Fact]
    public async Task The_same_log_twice_at_once_and_on_two_machines_has_its_effect_once()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        await using var second = await BesideAsync(catalog);
        using var desk = catalog.Rest("librarian", "RAD");
        using var otherDesk = second.Rest("librarian", "RAD");
        var (ana, at) = (await catalog.ReaderAsync(), catalog.Clock.Now - Duration.FromHours(2));
        var items = new List<string>();
        for (var n = 0; n < 15; n++) items.Add(await catalog.ItemAsync());
        var file = Outage.File(Guid.CreateVersion7(), "RAD", [.. items.Select(item => Written.Loan(at, item, ana.Card)), .. items.Take(5).Select(item => Written.Return(at, item))]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => (n % 2 == 0 ? desk : otherDesk).UploadAsync(file, n < 3 ? $"key-{n}" : null)));
        var name = Assert.Single(answers.Select(answer => answer.Succeeded().Text("name")).Distinct());
        Assert.Equal((20, 0), (await desk.DoneAsync(name)) is var done ? (done.Number("applied"), done.Number("exceptions")) : default);
        Assert.Equal((15L, 5L), (await catalog.ScalarAsync<long>("SELECT count(*) FROM loan"), await catalog.ScalarAsync<long>("SELECT count(*) FROM loan WHERE returned_at IS NOT NULL")));
        Assert.Equal(20, await catalog.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE aggregate LIKE 'loans/%'"));
        Assert.Equal(20, await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact WHERE kind IN ('LOAN', 'RETURN')"));
    }

    [Fact]
    public async Task What_stopped_in_the_middle_goes_on_behind_it_in_another_process()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, at) = (await catalog.ReaderAsync(), catalog.Clock.Now - Duration.FromHours(2));
        var items = new List<string>();
        for (var n = 0; n < 5; n++) items.Add(await catalog.ItemAsync());
        string log;
        await using (var connection = await catalog.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            // somebody has the third copy in hand until the process is gone: it dies within the third line
            await using (var hold = new Npgsql.NpgsqlCommand("SELECT FROM item WHERE barcode = $1 FOR UPDATE", connection, transaction) { Parameters = { new() { Value = items[2] } } })
                await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            log = (await desk.UploadAsync(Outage.File(Guid.CreateVersion7(), "RAD", [.. items.Select(item => Written.Loan(at, item, ana.Card))]))).Succeeded().Text("name");
            await Eventually.IsTrueAsync(async () => (await desk.AskAsync(log)).Number("applied") == 2, "two lines are applied");
            var worker = catalog.Get<ApplyOfflineLogs>();
            await worker.StopAsync(TestContext.Current.CancellationToken);
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal((2, 3), (await desk.AskAsync(log)) is var stopped ? (stopped.Number("applied"), stopped.Number("pending")) : default);
        await using var second = await BesideAsync(catalog);
        Assert.Equal((5, 0), (await desk.DoneAsync(log)) is var done ? (done.Number("applied"), done.Number("exceptions")) : default);
        foreach (var item in items) Assert.Equal(1, await catalog.LoansOfAsync(item));
    }

    [Fact]
    public async Task Five_hundred_lines_are_applied_while_the_desk_goes_on()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, at, items) = (await catalog.ReaderAsync(), catalog.Clock.Now - Duration.FromHours(4), new List<string>());
        for (var n = 0; n < 10; n++) items.Add(await catalog.ItemAsync());
        var lines = Enumerable.Range(0, 500).Select(n => (Item: items[n / 2 % 10], At: at + Duration.FromSeconds(n), IsLoan: n % 2 == 0))
            .Select(act => act.IsLoan ? Written.Loan(act.At, act.Item, ana.Card) : Written.Return(act.At, act.Item)).ToList();
        var log = (await desk.UploadAsync(Outage.File(Guid.CreateVersion7(), "RAD", lines))).Succeeded().Text("name");
        var atDesk = await catalog.ItemAsync();
        (await desk.LendAsync(atDesk, ana.Card)).Succeeded();
        var done = await desk.DoneAsync(log, withinSeconds: 120);
        Assert.Equal((500, 0), (done.Number("applied"), done.Number("exceptions")));
        Assert.Equal(251, await catalog.ScalarAsync<long>("SELECT count(*) FROM loan"));
    }

    private static Task<TestHost> BesideAsync(TestHost catalog) => TestHost.StartAsync(
        "catalog", CatalogApp.Build, new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody),
        sharedDatabase: catalog.DatabaseName, messagingPrefix: catalog.MessagingPrefix);
}

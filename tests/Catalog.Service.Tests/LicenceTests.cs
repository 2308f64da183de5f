using System.Collections.Concurrent;
using System.Net;
using Library.Catalog.Features.Licensing;
using Library.Catalog.Messages;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;

namespace Library.Catalog.Service.Tests;

/// <summary>A provider somewhere else: it may be away, or answer so late that the answer is lost.</summary>
public sealed class DistantProvider : ILicenceProvider
{
    public ConcurrentDictionary<string, bool> Away { get; } = new();
    public ConcurrentDictionary<string, bool> LosesAnswers { get; } = new();
    public ConcurrentDictionary<Guid, string> Accesses { get; } = new();
    public ConcurrentDictionary<Guid, int> Asked { get; } = new();
    public ConcurrentDictionary<Guid, int> Ended { get; } = new();

    public string Code => "distant";

    public bool IsReference(string reference) => reference.Length > 0;

    /// <summary>Of titles for which it answers only when the test lets it.</summary>
    public ConcurrentDictionary<string, TaskCompletionSource> Gates { get; } = new();

    public async Task<AccessAnswer> GrantAsync(AccessRequest request, CancellationToken cancellationToken)
    {
        Asked.AddOrUpdate(request.Loan, 1, (_, times) => times + 1);
        if (Away.ContainsKey(request.Reference)) throw new HttpRequestException("away");
        if (request.Reference == "unknown") return new AccessAnswer.Unknown();
        if (Gates.TryGetValue(request.Reference, out var gate)) await gate.Task.WaitAsync(cancellationToken);
        var link = Accesses.GetOrAdd(request.Loan, loan => $"https://provider.test/{loan:N}");
        if (LosesAnswers.ContainsKey(request.Reference)) throw new TimeoutException("late");
        return new AccessAnswer.Granted(link);
    }

    public Task EndAsync(Guid loan, CancellationToken cancellationToken)
    {
        Ended.AddOrUpdate(loan, 1, (_, times) => times + 1);
        return Task.CompletedTask;
    }
}

/// <summary>One Catalog with licensed files of its own and a provider elsewhere.</summary>
public sealed class LicensingNetwork : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("licences").FullName;
    private TestHost? beside;

    public DistantProvider Provider { get; } = new();
    public TestHost Catalog { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "cvetje.epub"), "Bilo je na cvetno nedeljo");
        Catalog = await StartAsync(null);
    }

    /// <summary>A second instance beside the first; it stops with it, for it would take the database along.</summary>
    public async Task<TestHost> BesideAsync() => beside ??= await StartAsync(Catalog);

    /// <summary>Without its worker: when it runs is for each test to say.</summary>
    private async Task<TestHost> StartAsync(TestHost? first)
    {
        var settings = new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody);
        settings["Licences:Folder"] = folder;
        var host = await TestHost.StartAsync("catalog", CatalogApp.Build, settings, builder => builder.Services.AddSingleton<ILicenceProvider>(Provider),
            first?.DatabaseName, first?.MessagingPrefix);
        await host.Get<SettleLicences>().StopAsync(CancellationToken.None);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        if (beside is not null) await beside.App.StopAsync();
        if (Catalog is not null) await Catalog.DisposeAsync();
        if (beside is not null) await beside.App.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>Licences: never more loans than licences, loans that end by themselves, the waiting list, and providers that are away.</summary>
public sealed class LicenceTests(LicensingNetwork network) : IClassFixture<LicensingNetwork>
{
    private TestHost Catalog => network.Catalog;

    private async Task<string> TitleAsync(
        int seats = 1, string kind = "PERPETUAL", int loansBought = 0, string provider = "distant", string reference = "cvetje.epub", string? record = null,
        bool youth = false, string validTo = "")
    {
        record ??= await Catalog.RecordAsync();
        using var staff = Catalog.Rest("librarian");
        (await staff.SendAsync("licences", new { record, material = "E_BOOK", provider, reference, kind, seats, loansBought, priceMinor = 4500, youth, validTo })).Succeeded();
        return record;
    }

    private async Task<Answer> LendAsync(string record, Reader reader, string? key = null)
    {
        using var member = Catalog.RestAsMember(reader.Name);
        return await member.SendAsync("licenceLoans", new { record }, key);
    }

    private async Task<Answer> QueueAsync(string record, Reader reader)
    {
        using var member = Catalog.RestAsMember(reader.Name);
        return await member.SendAsync("licenceHolds", new { record });
    }

    private async Task<string> StateAsync(string name, Reader reader)
    {
        using var member = Catalog.RestAsMember(reader.Name);
        var path = name.StartsWith("licenceLoans", StringComparison.Ordinal) ? name : "licenceHolds?state=";
        if (path == name) return (await member.AskAsync(name)).Succeeded().Text("state");
        foreach (var state in new[] { "WAITING", "FULFILLED", "CANCELLED", "EXPIRED" })
            foreach (var hold in (await member.AskAsync(path + state)).Succeeded().Body.GetProperty("licenceHolds").EnumerateArray())
                if (hold.GetProperty("name").GetString() == name) return hold.GetProperty("state").GetString()!;
        return "";
    }

    private static Guid Id(string name) => Guid.Parse(name[(name.IndexOf('/') + 1)..]);

    /// <summary>Lets a loan's end have passed some days ago.</summary>
    private Task PassAsync(string loan, int daysAgo = 1) => Catalog.ExecuteAsync(
        "UPDATE licence_loan SET lent_at = $2, ends_at = $3 WHERE id = $1", Id(loan), Catalog.Clock.Now - Duration.FromDays(daysAgo + 14), Catalog.Clock.Now - Duration.FromDays(daysAgo));

    private async Task AskProviderAgainAsync(string loan)
    {
        await Catalog.ExecuteAsync("UPDATE licence_loan SET access_claimed_until = NULL WHERE id = $1", Id(loan));
        await Catalog.Get<GiveAccess>().RunDueAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Twelve_members_at_once_never_get_more_than_three_licences()
    {
        for (var round = 0; round < 3; round++)
        {
            var record = await TitleAsync(seats: 2);
            await TitleAsync(seats: 1, record: record);
            var readers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Catalog.ReaderAsync()));
            var answers = await Task.WhenAll(readers.Select(reader => LendAsync(record, reader)));
            Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.OK));
            Assert.Equal(9, answers.Count(answer => answer.Status == HttpStatusCode.BadRequest && answer.Reason == "LICENCES_EXHAUSTED"));
            Assert.Equal(3, await Catalog.ScalarAsync<long>("SELECT count(DISTINCT (package, seat)) FROM licence_loan WHERE record = $1", Id(record)));
        }
    }

    [Fact]
    public async Task A_number_of_loans_is_not_exceeded_by_a_race()
    {
        var record = await TitleAsync(seats: 6, kind: "NUMBER_OF_LOANS", loansBought: 2);
        var readers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Catalog.ReaderAsync()));
        var answers = await Task.WhenAll(readers.Select(reader => LendAsync(record, reader)));
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(2, await Catalog.ScalarAsync<int>("SELECT loans_used FROM licence_package WHERE record = $1", Id(record)));
    }

    [Fact]
    public async Task The_database_itself_refuses_a_second_loan_of_a_seat_a_seat_too_many_and_a_title_twice()
    {
        var record = await TitleAsync(seats: 2);
        var reader = await Catalog.ReaderAsync();
        (await LendAsync(record, reader)).Succeeded();
        var package = await Catalog.ScalarAsync<Guid>("SELECT id FROM licence_package WHERE record = $1", Id(record));
        async Task<string?> BreaksAsync(int seat, Guid member) => (await Assert.ThrowsAsync<PostgresException>(() => Catalog.ExecuteAsync("""
            INSERT INTO licence_loan (id, record, package, seat, member, state, lent_at, ends_at, rulebook_version, category, age_section, municipality)
            VALUES (gen_random_uuid(), $1, $2, $3, $4, 'PENDING_ACCESS', now(), now() + interval '1 day', '', '', 'ADULT', '')
            """, Id(record), package, seat, member))).ConstraintName;
        Assert.Equal("licence_loan_one_open_per_seat", await BreaksAsync(1, Guid.NewGuid()));
        Assert.Equal("licence_loan_package_seat_fkey", await BreaksAsync(3, Guid.NewGuid()));
        Assert.Equal("licence_loan_one_open_per_member_and_title", await BreaksAsync(2, reader.Id));
    }

    [Fact]
    public async Task An_e_only_member_reads_for_fourteen_days_and_staff_do_not_see_the_link()
    {
        var (record, reader, key) = (await TitleAsync(), await Catalog.ReaderAsync(membership: "E_ONLY"), Guid.NewGuid().ToString("N"));
        var loan = (await LendAsync(record, reader, key)).Succeeded();
        Assert.Equal("OPEN", loan.Text("state"));
        Assert.StartsWith("https://provider.test/", loan.Text("link"), StringComparison.Ordinal);
        var (lent, ends) = (loan.Body.GetProperty("lentAt").GetDateTimeOffset(), loan.Body.GetProperty("endsAt").GetDateTimeOffset());
        Assert.Equal(
            Instant.FromDateTimeOffset(lent).InZone(Catalog.Clock.Zone).LocalDateTime.PlusDays(14), Instant.FromDateTimeOffset(ends).InZone(Catalog.Clock.Zone).LocalDateTime);
        Assert.Equal(loan.Text("name"), (await LendAsync(record, reader, key)).Succeeded().Text("name"));
        Assert.Equal(1, await Catalog.ToldAsync<LicenceLent>(loan.Text("name")));

        using var staff = Catalog.Rest("librarian");
        var seen = (await staff.AskAsync(loan.Text("name"))).Succeeded();
        Assert.Equal(("", reader.Name), (seen.Text("link"), seen.Text("member")));
        Assert.Single((await staff.AskAsync($"licenceLoans?member={reader.Name}")).Succeeded().Body.GetProperty("licenceLoans").EnumerateArray());
        using var other = Catalog.RestAsMember($"members/{Guid.NewGuid():D}");
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync(loan.Text("name"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync($"{loan.Text("name")}:end", new { })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync("licenceLoans", new { record, member = reader.Name })).Status);
        using var accountant = Catalog.Rest("accountant");
        Assert.Equal(HttpStatusCode.Forbidden, (await accountant.AskAsync(loan.Text("name"))).Status);
    }

    [Fact]
    public async Task A_loan_is_counted_once_access_is_given_and_staff_say_why_they_read_it_when_it_is_over()
    {
        var reference = $"late-{Guid.NewGuid():N}";
        network.Provider.Away[reference] = true;
        using var admin = Catalog.Rest("admin");
        var (record, ana) = (await TitleAsync(reference: reference), await Catalog.ReaderAsync());
        await Catalog.ExecuteAsync("UPDATE borrower SET municipality = $2 WHERE member = $1", ana.Id, ana.Card);
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        Assert.Equal(0, await CountedAsync(ana.Card)); // it may be given back yet
        network.Provider.Away.TryRemove(reference, out _);
        await Task.WhenAll(AskProviderAgainAsync(loan), AskProviderAgainAsync(loan));
        Assert.Equal(1, await CountedAsync(ana.Card));

        using var staff = Catalog.Rest("librarian");
        Assert.Equal("ENDED", (await staff.SendAsync($"{loan}:end", new { })).Succeeded().Text("state"));
        Assert.Equal(["purpose:REQUIRED"], (await staff.AskAsync(loan)).Violations);
        Assert.Equal(["purpose:REQUIRED"], (await staff.AskAsync($"licenceLoans?member={ana.Name}&state=ENDED")).Violations);
        Assert.Equal(ana.Name, (await staff.AskAsync($"{loan}?purpose=DISPUTE")).Succeeded().Text("member"));
        Assert.Single((await staff.AskAsync($"licenceLoans?member={ana.Name}&state=ENDED&purpose=DISPUTE")).Succeeded().Body.GetProperty("licenceLoans").EnumerateArray());
        var log = (await admin.AskAsync("archiveReadings?pageSize=200")).Succeeded().Body.GetProperty("archiveReadings").EnumerateArray().Select(line => line.GetProperty("about").GetString());
        Assert.Equal([ana.Name, loan], log.Where(about => about == ana.Name || about == loan));

        async Task<long> CountedAsync(string municipality)
        {
            var (from, to) = (Catalog.Clock.Today.PlusDays(-1).Iso(), Catalog.Clock.Today.Iso());
            var rows = (await admin.AskAsync($"circulationStatistics?from={from}&to={to}&kind=LICENCE_LOAN&groupBy=MUNICIPALITY")).Succeeded();
            return rows.Body.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("municipality").GetString() == municipality).Sum(row => row.GetProperty("count").GetInt64());
        }
    }

    [Fact]
    public async Task The_reasons_of_the_desk_hold_here_and_a_title_is_had_once()
    {
        var record = await TitleAsync(seats: 2);
        var ana = await Catalog.ReaderAsync();
        (await LendAsync(record, ana)).Succeeded();
        Assert.Equal("ALREADY_LENT_TO_MEMBER", (await LendAsync(record, ana)).Reason);
        Assert.Equal("ALREADY_LENT_TO_MEMBER", (await QueueAsync(record, ana)).Reason);
        var refused = await LendAsync(record, await Catalog.ReaderAsync(state: "LAPSED", debtMinor: 2101, youth: true));
        Assert.Equal(("MEMBERSHIP_LAPSED", "MEMBERSHIP_LAPSED,DEBT_OVER_LIMIT,AGE_SECTION", "membership,finance"), (refused.Reason, refused.Metadata("all"), refused.Metadata("stale")));
        (await LendAsync(await TitleAsync(youth: true), await Catalog.ReaderAsync(youth: true))).Succeeded();
        Assert.Equal("OPEN_CLAIMS", (await QueueAsync(record, await Catalog.ReaderAsync(debtMinor: 1))).Reason);
        Assert.Equal("licensedTitle", (await LendAsync(await Catalog.RecordAsync(), ana)).Metadata("kind"));
        Assert.Equal("member", (await LendAsync(record, new Reader(Guid.NewGuid(), "X"))).Metadata("kind"));
    }

    [Fact]
    public async Task A_loan_is_over_at_its_instant_before_anything_has_run_and_ends_once_on_two_machines()
    {
        var (record, ana, bine) = (await TitleAsync(), await Catalog.ReaderAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        await using (var connection = await Catalog.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // while this is held no worker gets at the title
            await using (var hold = new NpgsqlCommand("SELECT FROM licensed_title WHERE record = $1 FOR UPDATE", connection, transaction) { Parameters = { new() { Value = Id(record) } } })
                await hold.ExecuteNonQueryAsync();
            await PassAsync(loan);
            using var member = Catalog.RestAsMember(ana.Name);
            var seen = (await member.AskAsync(loan)).Succeeded();
            Assert.Equal(("ENDED", "EXPIRED", ""), (seen.Text("state"), seen.Text("endReason"), seen.Text("link")));
            Assert.Empty((await member.AskAsync("licenceLoans")).Succeeded().Body.GetProperty("licenceLoans").EnumerateArray());
            Assert.Single((await member.AskAsync("licenceLoans?state=ENDED")).Succeeded().Body.GetProperty("licenceLoans").EnumerateArray());
            Assert.Equal(1, (await member.AskAsync($"licensedTitles/{Id(record):D}")).Succeeded().Number("licencesAvailable"));
            Assert.Equal("OPEN", await Catalog.ScalarAsync<string>("SELECT state FROM licence_loan WHERE id = $1", Id(loan)));
        }
        var beside = await network.BesideAsync();
        var settle = new[] { Catalog, beside, Catalog, beside }.Select(host => host.Get<SettleLicences>().RunDueAsync(CancellationToken.None));
        await Task.WhenAll(settle.Append(LendAsync(record, bine)));
        Assert.Equal(1, await Catalog.ToldAsync<LicenceEnded>(loan));
        Assert.True(await Catalog.ScalarAsync<bool>("SELECT ended_at = ends_at FROM licence_loan WHERE id = $1", Id(loan)));
        Assert.Equal("ALREADY_LENT_TO_MEMBER", (await LendAsync(record, bine)).Reason);
    }

    [Fact]
    public async Task What_is_free_is_offered_in_order_for_three_days_and_then_to_the_next()
    {
        var record = await TitleAsync();
        var (ana, bine, cene, dana) = (await Catalog.ReaderAsync(), await Catalog.ReaderAsync(), await Catalog.ReaderAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        var first = (await QueueAsync(record, bine)).Succeeded();
        var second = (await QueueAsync(record, cene)).Succeeded();
        Assert.Equal(("WAITING", 1, "WAITING", 2), (first.Text("state"), first.Number("queuePosition"), second.Text("state"), second.Number("queuePosition")));
        Assert.Equal("ALREADY_HELD", (await QueueAsync(record, bine)).Reason);

        using (var member = Catalog.RestAsMember(ana.Name)) Assert.Equal("RETURNED", (await member.SendAsync($"{loan}:end", new { })).Succeeded().Text("endReason"));
        Assert.Equal(("OFFERED", "WAITING"), (await StateAsync(first.Text("name"), bine), await StateAsync(second.Text("name"), cene)));
        Assert.Equal(1, await Catalog.ToldAsync<LicenceOffered>(first.Text("name")));
        Assert.Equal("LICENCES_EXHAUSTED", (await LendAsync(record, dana)).Reason);
        Assert.Equal("LICENCES_EXHAUSTED", (await LendAsync(record, cene)).Reason);
        var until = await Catalog.ScalarAsync<Instant>("SELECT offered_until FROM licence_hold WHERE id = $1", Id(first.Text("name")));
        Assert.InRange(until - Catalog.Clock.Now, Duration.FromDays(2.9), Duration.FromDays(3));
        using var channel = Catalog.Grpc("notifications");
        var directory = new V1.CatalogDirectory.CatalogDirectoryClient(channel);
        var offer = await directory.GetLicenceOfferAsync(new V1.GetLicenceOfferRequest { Name = first.Text("name") });
        Assert.Equal(until, Instant.FromDateTimeOffset(offer.OfferedUntil.ToDateTimeOffset()));

        await Catalog.ExecuteAsync("UPDATE licence_hold SET offered_until = $2 WHERE id = $1", Id(first.Text("name")), Catalog.Clock.Now);
        Assert.Equal("EXPIRED", await StateAsync(first.Text("name"), bine));
        var over = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => directory.GetLicenceOfferAsync(new V1.GetLicenceOfferRequest { Name = first.Text("name") }).ResponseAsync);
        Assert.Equal(Grpc.Core.StatusCode.NotFound, over.StatusCode);
        Assert.Equal("LICENCES_EXHAUSTED", (await LendAsync(record, bine)).Reason);
        (await LendAsync(record, cene)).Succeeded();
        Assert.Equal("FULFILLED", await StateAsync(second.Text("name"), cene));
        Assert.Equal(1, await Catalog.ToldAsync<LicenceOffered>(second.Text("name")));
    }

    [Fact]
    public async Task A_place_given_up_and_a_new_package_go_to_the_next()
    {
        var record = await TitleAsync();
        var (ana, bine, cene) = (await Catalog.ReaderAsync(), await Catalog.ReaderAsync(), await Catalog.ReaderAsync());
        var first = (await QueueAsync(record, ana)).Succeeded();
        Assert.Equal("OFFERED", first.Text("state"));
        var second = (await QueueAsync(record, bine)).Succeeded().Text("name");
        var third = (await QueueAsync(record, cene)).Succeeded().Text("name");
        using (var member = Catalog.RestAsMember(ana.Name))
            for (var again = 0; again < 2; again++)
                Assert.Equal("CANCELLED", (await member.SendAsync($"{first.Text("name")}:cancel", new { })).Succeeded().Text("state"));
        Assert.Equal(("OFFERED", "WAITING"), (await StateAsync(second, bine), await StateAsync(third, cene)));
        await TitleAsync(record: record);
        Assert.Equal("OFFERED", await StateAsync(third, cene));
        using var anyone = Catalog.Rest("partner");
        var title = (await anyone.AskAsync($"licensedTitles/{Id(record):D}")).Succeeded();
        Assert.Equal((2, 0, 0), (title.Number("licencesTotal"), title.Number("licencesAvailable"), title.Number("waiting")));
    }

    [Fact]
    public async Task Who_has_left_keeps_neither_loan_nor_place()
    {
        var record = await TitleAsync();
        var (ana, bine, cene) = (await Catalog.ReaderAsync(), await Catalog.ReaderAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        var gone = (await QueueAsync(record, bine)).Succeeded().Text("name");
        var next = (await QueueAsync(record, cene)).Succeeded().Text("name");
        await Catalog.ExecuteAsync("UPDATE borrower SET state = 'LEFT' WHERE member IN ($1, $2)", ana.Id, bine.Id);
        for (var twice = 0; twice < 2; twice++) await Catalog.Get<SettleLicences>().RunAsync(Catalog.Clock.Today, CancellationToken.None);
        Assert.Equal("MEMBERSHIP_ENDED", await Catalog.ScalarAsync<string>("SELECT end_reason FROM licence_loan WHERE id = $1", Id(loan)));
        Assert.Equal(("CANCELLED", "OFFERED"), (await StateAsync(gone, bine), await StateAsync(next, cene)));
        Assert.Equal((1, 1, 0), (await Catalog.ToldAsync<LicenceEnded>(loan), await Catalog.ToldAsync<LicenceOffered>(next), await Catalog.ToldAsync<LicenceOffered>(gone)));
    }

    [Fact]
    public async Task A_provider_that_is_away_loses_no_loan_and_gives_access_once_it_is_back()
    {
        var reference = $"away-{Guid.NewGuid():N}";
        network.Provider.Away[reference] = true;
        var (record, ana, bine) = (await TitleAsync(reference: reference), await Catalog.ReaderAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded();
        Assert.Equal(("PENDING_ACCESS", ""), (loan.Text("state"), loan.Text("link")));
        Assert.Equal("LICENCES_EXHAUSTED", (await LendAsync(record, bine)).Reason);
        Assert.Equal(0, await Catalog.ToldAsync<LicenceLent>(loan.Text("name")));
        await AskProviderAgainAsync(loan.Text("name"));
        Assert.Equal("PENDING_ACCESS", await StateAsync(loan.Text("name"), ana));

        network.Provider.Away.Clear();
        await AskProviderAgainAsync(loan.Text("name"));
        Assert.Equal("OPEN", await StateAsync(loan.Text("name"), ana));
        Assert.Equal(1, await Catalog.ToldAsync<LicenceLent>(loan.Text("name")));
        Assert.Equal(3, network.Provider.Asked[Id(loan.Text("name"))]);
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_asked_for_again_and_there_is_one_access()
    {
        var reference = $"late-{Guid.NewGuid():N}";
        network.Provider.LosesAnswers[reference] = true;
        var (record, ana) = (await TitleAsync(reference: reference), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        Assert.Equal("PENDING_ACCESS", await StateAsync(loan, ana));
        network.Provider.LosesAnswers.TryRemove(reference, out _);
        await Task.WhenAll(AskProviderAgainAsync(loan), AskProviderAgainAsync(loan));
        using var member = Catalog.RestAsMember(ana.Name);
        Assert.Equal(network.Provider.Accesses[Id(loan)], (await member.AskAsync(loan)).Succeeded().Text("link"));
        Assert.Equal(1, await Catalog.ToldAsync<LicenceLent>(loan));
    }

    [Fact]
    public async Task A_loan_without_access_for_a_day_is_given_back_and_the_provider_is_told()
    {
        var reference = $"gone-{Guid.NewGuid():N}";
        network.Provider.Away[reference] = true;
        var record = await TitleAsync(kind: "NUMBER_OF_LOANS", loansBought: 1, reference: reference);
        var (ana, bine) = (await Catalog.ReaderAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        var hold = (await QueueAsync(record, bine)).Succeeded().Text("name");
        await Catalog.ExecuteAsync("UPDATE licence_loan SET lent_at = $2 WHERE id = $1", Id(loan), Catalog.Clock.Now - Duration.FromDays(1));
        await AskProviderAgainAsync(loan);
        using (var member = Catalog.RestAsMember(ana.Name)) Assert.Equal("NO_ACCESS", (await member.AskAsync(loan)).Succeeded().Text("endReason"));
        Assert.Equal(0, await Catalog.ScalarAsync<int>("SELECT loans_used FROM licence_package WHERE record = $1", Id(record)));
        Assert.Equal("OFFERED", await StateAsync(hold, bine));
        await AskProviderAgainAsync(loan);
        Assert.Equal(1, network.Provider.Ended[Id(loan)]);
        await AskProviderAgainAsync(loan);
        Assert.Equal(1, network.Provider.Ended[Id(loan)]);
        Assert.Equal((0, 0), (await Catalog.ToldAsync<LicenceLent>(loan), await Catalog.ToldAsync<LicenceEnded>(loan)));
    }

    [Fact]
    public async Task An_end_does_not_overtake_the_access_that_is_being_given()
    {
        var reference = $"slow-{Guid.NewGuid():N}";
        var gate = network.Provider.Gates[reference] = new TaskCompletionSource();
        var (record, ana) = (await TitleAsync(reference: reference), await Catalog.ReaderAsync());
        var lending = LendAsync(record, ana);
        var id = await Eventually.SeesAsync(
            () => Catalog.ScalarAsync<Guid>("SELECT coalesce((SELECT id FROM licence_loan WHERE record = $1), $2)", Id(record), Guid.Empty),
            found => found != Guid.Empty && network.Provider.Asked.ContainsKey(found), "the provider is asked");
        using (var member = Catalog.RestAsMember(ana.Name)) Assert.Equal("RETURNED", (await member.SendAsync($"licenceLoans/{id:D}:end", new { })).Succeeded().Text("endReason"));
        await Catalog.Get<GiveAccess>().RunDueAsync(CancellationToken.None);
        Assert.False(network.Provider.Ended.ContainsKey(id)); // the question is still on its way
        gate.SetResult();
        Assert.Equal("ENDED", (await lending).Succeeded().Text("state"));
        await AskProviderAgainAsync($"licenceLoans/{id:D}");
        Assert.Equal((1, 1), (network.Provider.Ended[id], network.Provider.Asked[id]));
        Assert.Equal((0, 0), (await Catalog.ToldAsync<LicenceLent>($"licenceLoans/{id:D}"), await Catalog.ToldAsync<LicenceEnded>($"licenceLoans/{id:D}")));
    }

    [Fact]
    public async Task A_title_that_the_provider_does_not_have_is_given_back_at_once()
    {
        var record = await TitleAsync(reference: "unknown");
        var loan = (await LendAsync(record, await Catalog.ReaderAsync())).Succeeded();
        Assert.Equal(("ENDED", "NO_ACCESS"), (loan.Text("state"), loan.Text("endReason")));
    }

    [Fact]
    public async Task Our_own_link_gives_the_file_while_the_loan_is_open_and_to_nobody_who_changed_it()
    {
        var (record, ana) = (await TitleAsync(provider: "files"), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded();
        var link = new Uri(loan.Text("link"));
        Assert.Equal($"{TestTokens.Issuer}/api/v1/licenceFiles/cvetje.epub", link.GetLeftPart(UriPartial.Path));
        Assert.DoesNotContain(ana.Id.ToString("D"), link.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(ana.Card, link.ToString(), StringComparison.Ordinal);
        using var reading = Catalog.RestWithoutToken();
        using (var file = await reading.GetAsync(new Uri(link.PathAndQuery, UriKind.Relative)))
        {
            Assert.Equal((HttpStatusCode.OK, "application/epub+zip"), (file.StatusCode, file.Content.Headers.ContentType?.MediaType));
            Assert.Equal("Bilo je na cvetno nedeljo", await file.Content.ReadAsStringAsync());
        }
        async Task<HttpStatusCode> GetAsync(string address)
        {
            using var answer = await reading.GetAsync(new Uri(address, UriKind.Relative));
            return answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(link.PathAndQuery.Replace("cvetje.epub", "drugo.epub", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(link.PathAndQuery.Replace("expires=1", "expires=2", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(link.AbsolutePath));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(link.PathAndQuery.Replace("signature=", "signature=%C5%A1", StringComparison.Ordinal)));
        using (var member = Catalog.RestAsMember(ana.Name)) (await member.SendAsync($"{loan.Text("name")}:end", new { })).Succeeded();
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(link.PathAndQuery));
    }

    [Fact]
    public async Task The_link_to_the_person_is_cut_after_the_days_of_the_rulebook()
    {
        var (record, ana) = (await TitleAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        await PassAsync(loan, daysAgo: 3_000);
        for (var twice = 0; twice < 2; twice++) await Catalog.Get<SettleLicences>().RunAsync(Catalog.Clock.Today, CancellationToken.None);
        Assert.Equal("EMPLOYED", await Catalog.ScalarAsync<string>("SELECT category FROM licence_loan WHERE id = $1 AND member IS NULL AND ended_at IS NOT NULL", Id(loan)));
    }

    [Fact]
    public async Task The_worker_ends_what_is_over_and_tells_the_provider_by_itself()
    {
        var (record, ana) = (await TitleAsync(), await Catalog.ReaderAsync());
        var loan = (await LendAsync(record, ana)).Succeeded().Text("name");
        await PassAsync(loan);
        var worker = Catalog.Get<SettleLicences>();
        await worker.StartAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(() => Task.FromResult(network.Provider.Ended.ContainsKey(Id(loan))), "the provider is told");
        await worker.StopAsync(CancellationToken.None);
        Assert.Equal("EXPIRED", await Catalog.ScalarAsync<string>("SELECT end_reason FROM licence_loan WHERE id = $1", Id(loan)));
    }

    [Fact]
    public async Task A_fortnight_of_the_clock_ends_a_loan_at_its_own_minute_and_offers_it_on()
    {
        await using var alone = new LicensingNetwork();
        await alone.InitializeAsync();
        var tests = new LicenceTests(alone);
        var (record, ana, bine) = (await tests.TitleAsync(), await alone.Catalog.ReaderAsync(), await alone.Catalog.ReaderAsync());
        var loan = (await tests.LendAsync(record, ana)).Succeeded().Text("name");
        var hold = (await tests.QueueAsync(record, bine)).Succeeded().Text("name");
        using var admin = alone.Catalog.Rest("admin");
        (await admin.SendAsync("clock:advance", new { days = 13 })).Succeeded();
        Assert.Equal(("OPEN", "WAITING"), (await tests.StateAsync(loan, ana), await tests.StateAsync(hold, bine)));
        (await admin.SendAsync("clock:advance", new { days = 2 })).Succeeded();
        Assert.Equal(("ENDED", "OFFERED"), (await tests.StateAsync(loan, ana), await tests.StateAsync(hold, bine)));
        Assert.True(await alone.Catalog.ScalarAsync<bool>("SELECT ended_at = ends_at FROM licence_loan WHERE id = $1", Id(loan)));
        (await admin.SendAsync("clock:advance", new { days = 4 })).Succeeded();
        Assert.Equal("EXPIRED", await tests.StateAsync(hold, bine));
        Assert.Equal((1, 1), (await alone.Catalog.ToldAsync<LicenceEnded>(loan), await alone.Catalog.ToldAsync<LicenceOffered>(hold)));
        Assert.Equal(1, alone.Provider.Ended[Id(loan)]);
    }

    [Fact]
    public async Task A_package_says_what_its_kind_needs_and_a_title_has_one_material()
    {
        using var staff = Catalog.Rest("librarian");
        var bad = await staff.SendAsync("licences", new { record = "x", material = "BOOK", provider = "nobody", reference = "", kind = "UNTIL_DATE", seats = 0, loansBought = 1 });
        Assert.Equal(
            ["record:FORMAT", "material:ENUM", "provider:UNKNOWN", "reference:REQUIRED", "seats:RANGE", "loansBought:RANGE", "validTo:REQUIRED"], bad.Violations);
        var record = await TitleAsync(kind: "UNTIL_DATE", validTo: "2090-12-31");
        var package = new { record, provider = "files", reference = "../etc/passwd", kind = "PERPETUAL", seats = 1 };
        Assert.Equal(["material:ENUM", "reference:FORMAT"], (await staff.SendAsync("licences", package)).Violations);
        var other = new { record, material = "E_AUDIOBOOK", reference = "cvetje.epub", kind = "PERPETUAL", seats = 1 };
        Assert.Equal(["material:ENUM"], (await staff.SendAsync("licences", other)).Violations);
        Assert.Equal("record", (await staff.SendAsync("licences", new { record = $"records/{Guid.NewGuid():D}", material = "E_BOOK", reference = "a", kind = "PERPETUAL", seats = 1 })).Metadata("kind"));
        var listed = (await staff.AskAsync($"licences?record={record}")).Succeeded().Body.GetProperty("licences")[0];
        Assert.Equal(("UNTIL_DATE", "2090-12-31", 4500), (listed.GetProperty("kind").GetString(), listed.GetProperty("validTo").GetString(), listed.GetProperty("priceMinor").GetInt64()));
        using var member = Catalog.RestAsMember($"members/{Guid.NewGuid():D}");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.SendAsync("licences", other)).Status);
    }
}

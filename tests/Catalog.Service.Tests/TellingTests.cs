using Library.Catalog.Features.Overdue;
using Library.Catalog.Features.Reminding;
using Library.Catalog.Messages;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;

namespace Library.Catalog.Service.Tests;

/// <summary>What readers are told of before it costs anything: loans that fall due, reminders that are imminent (art. 41).</summary>
public sealed class TellingTests(CatalogNetwork network)
{
    [Fact]
    public async Task Who_has_loans_due_in_three_days_is_told_once_for_that_day_art_41()
    {
        var catalog = await network.HostAsync();
        var (ana, bine) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        foreach (var (reader, inDays) in new[] { (ana, 3), (ana, 3), (ana, 4), (bine, 2), (bine, 5) }) await catalog.WasDueAsync(await catalog.LentAsync(reader), -inDays);
        var (job, today) = (Job<TellDueSoon>(catalog), catalog.Clock.Today);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => job.RunAsync(today, TestContext.Current.CancellationToken)));
        await job.RunAsync(today, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (await ToldOfAsync<LoansDueSoon>(catalog, ana), await ToldOfAsync<LoansDueSoon>(catalog, bine)));
        Assert.Equal(1, await catalog.ScalarAsync<long>(
            "SELECT count(*) FROM outbox WHERE type LIKE '%.LoansDueSoon' AND body::jsonb ->> 'member' = $1 AND body::jsonb ->> 'dueOn' = $2 AND body::jsonb ->> 'branch' = 'RAD'",
            ana.Name, today.PlusDays(3).Iso()));

        await job.RunAsync(today.PlusDays(1), TestContext.Current.CancellationToken); // the next day is another due day of hers
        Assert.Equal((2, 0), (await ToldOfAsync<LoansDueSoon>(catalog, ana), await ToldOfAsync<LoansDueSoon>(catalog, bine)));
    }

    [Fact]
    public async Task What_is_returned_is_not_told_of_and_a_renewed_loan_for_its_new_day_art_41()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var (ana, bine, back) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), await catalog.ItemAsync());
        var day = catalog.Clock.Today.PlusDays(40);
        var loan = await catalog.LentAsync(ana);
        await catalog.WasDueAsync(loan, -43);
        await catalog.WasDueAsync(await catalog.LentAsync(bine, back), -43);
        (await desk.ReturnAsync(back)).Succeeded();
        var job = Job<TellDueSoon>(catalog);
        await job.RunAsync(day, TestContext.Current.CancellationToken);
        await catalog.WasDueAsync(loan, -50);
        await job.RunAsync(day, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (await ToldOfAsync<LoansDueSoon>(catalog, ana), await ToldOfAsync<LoansDueSoon>(catalog, bine)));
        await job.RunAsync(day.PlusDays(7), TestContext.Current.CancellationToken);
        Assert.Equal(2, await ToldOfAsync<LoansDueSoon>(catalog, ana));
    }

    [Fact]
    public async Task The_day_before_reminders_go_out_who_would_get_one_is_told_once_art_41()
    {
        var catalog = await network.HostAsync();
        var sunday = catalog.Clock.Today.PlusDays(60).Next(IsoDayOfWeek.Sunday);
        // due on the Sunday itself is overdue on Monday; due on Monday is not; the fourth reminder was the last; reminded on this Monday already
        var (late, justDue, inTime, last, reminded) =
            (await LateAsync(sunday.PlusDays(-10)), await LateAsync(sunday), await LateAsync(sunday.PlusDays(1)), await LateAsync(sunday.PlusDays(-40)), await LateAsync(sunday.PlusDays(-5)));
        await SpellAsync(last, level: 4, lastRemindedOn: sunday.PlusDays(-6));
        await SpellAsync(reminded, level: 1, lastRemindedOn: sunday.PlusDays(1));
        var job = Job<AnnounceReminders>(catalog);
        await job.RunAsync(sunday.PlusDays(-1), TestContext.Current.CancellationToken); // not the day before
        Assert.Equal(0, await ToldOfAsync<ReminderImminent>(catalog, late));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => job.RunAsync(sunday, TestContext.Current.CancellationToken)));
        await job.RunAsync(sunday, TestContext.Current.CancellationToken);
        var told = new List<long>();
        foreach (var reader in new[] { late, justDue, inTime, last, reminded }) told.Add(await ToldOfAsync<ReminderImminent>(catalog, reader));
        Assert.Equal([1L, 1, 0, 0, 0], told);
        // nothing is charged and no spell begins by it
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM reminder_spell WHERE member = $1", justDue.Id));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM pending_charge WHERE member = $1", late.Id));

        async Task<Reader> LateAsync(LocalDate dueOn)
        {
            var reader = await catalog.ReaderAsync();
            await catalog.LentAsync(reader);
            await catalog.ExecuteAsync("UPDATE loan SET due_on = $2 WHERE member = $1", reader.Id, dueOn);
            return reader;
        }

        Task<int> SpellAsync(Reader reader, int level, LocalDate lastRemindedOn) => catalog.ExecuteAsync(
            "INSERT INTO reminder_spell (member, version, level, last_reminded_on, spell_started_on) VALUES ($1, 1, $2, $3, $4)", reader.Id, level, lastRemindedOn, sunday.PlusDays(-39));
    }

    [Fact]
    public async Task The_database_takes_a_telling_once_whoever_writes_it()
    {
        var catalog = await network.HostAsync();
        var ana = await catalog.ReaderAsync();
        var id = Tellings.IdOf("due-soon", ana.Id, catalog.Clock.Today);
        Assert.Equal((8, id), (id.Version, Tellings.IdOf("due-soon", ana.Id, catalog.Clock.Today)));
        Assert.NotEqual(id, Tellings.IdOf("due-soon", ana.Id, catalog.Clock.Today.PlusDays(1)));
        Assert.NotEqual(id, Tellings.IdOf("reminder-imminent", ana.Id, catalog.Clock.Today));
        var message = new LoansDueSoon { Aggregate = $"loanNotices/{id:D}", Version = 1, Member = ana.Name, DueOn = catalog.Clock.Today.ToDateOnly(), Branch = "RAD" };
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WriteAsync()));
        Assert.Equal(1, await catalog.ToldAsync<LoansDueSoon>(message.Aggregate));
        var twice = await Assert.ThrowsAsync<PostgresException>(() => catalog.ExecuteAsync(
            "INSERT INTO outbox (id, aggregate, type, body) SELECT id, aggregate, type, body FROM outbox WHERE id = $1", id));
        Assert.Equal("outbox_pkey", twice.ConstraintName);

        async Task WriteAsync()
        {
            await using var connection = await catalog.Database.OpenConnectionAsync();
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { catalog.Get<Outbox>().WriteOnce(id, message) } };
            await batch.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task What_a_partner_sent_is_told_of_while_it_waits_and_what_it_cannot_send_too_art_34()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var channel = catalog.Grpc("notifications");
        var directory = new CatalogDirectory.CatalogDirectoryClient(channel);
        var ana = await catalog.ReaderAsync();
        var agency = Desk.New("P");
        var partner = (await desk.SendAsync("partnerLibraries", new { agencyId = agency[..Math.Min(16, agency.Length)], displayName = "Knjižnica Kranj" })).Succeeded().Text("name");
        var arriving = await RequestAsync();
        Assert.Equal(Grpc.Core.StatusCode.NotFound, await MissingAsync(arriving));
        var lenderDue = catalog.Clock.Today.PlusDays(40);
        (await desk.SendAsync($"{arriving}:supply", new { partner, dueOn = lenderDue.Iso(), libraryUseOnly = true })).Succeeded();
        var barcode = Stock.NewBarcode();
        (await desk.SendAsync($"{arriving}:arrive", new { barcode })).Succeeded();
        Assert.Equal(1, await catalog.ToldAsync<InterlibraryArrived>(arriving));
        var rules = catalog.Get<Rules.NetworkRules>();
        var until = Domain.Holds.HoldRules.ReadyUntil(catalog.Clock.Today, prepared: false, rules.On(catalog.Clock.Today).Hold, rules.Calendar("RAD"));
        var news = await directory.GetInterlibraryNewsAsync(new GetInterlibraryNewsRequest { Name = arriving });
        Assert.Equal(("Zgodovina čebelarstva", "RAD", until.Iso(), lenderDue.Iso(), true, ""),
            (news.Title, news.Branch, news.WaitsUntil, news.LenderDueOn, news.LibraryUseOnly, news.UnfilledReason));
        (await desk.SendAsync($"{arriving}:sendBack", new { })).Succeeded();
        Assert.Equal(Grpc.Core.StatusCode.NotFound, await MissingAsync(arriving));

        var unfilled = await RequestAsync();
        (await desk.SendAsync($"{unfilled}:unfill", new { reason = "NOT_LENT" })).Succeeded();
        Assert.Equal("NOT_LENT", (await directory.GetInterlibraryNewsAsync(new GetInterlibraryNewsRequest { Name = unfilled })).UnfilledReason);

        async Task<string> RequestAsync() =>
            (await desk.SendAsync("interlibraryRequests", new { role = "REQUESTER", member = ana.Name, branch = "RAD", title = "Zgodovina čebelarstva" })).Succeeded().Text("name");

        async Task<Grpc.Core.StatusCode> MissingAsync(string request) =>
            (await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => directory.GetInterlibraryNewsAsync(new GetInterlibraryNewsRequest { Name = request }).ResponseAsync)).StatusCode;
    }

    private static T Job<T>(TestHost catalog) where T : IPeriodicJob => catalog.App.Services.GetServices<IPeriodicJob>().OfType<T>().Single();

    private static Task<long> ToldOfAsync<T>(TestHost catalog, Reader reader) =>
        catalog.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE type = $1 AND body::jsonb ->> 'member' = $2", typeof(T).FullName!, reader.Name);
}

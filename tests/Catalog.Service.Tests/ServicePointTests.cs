using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Networks;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;
using static Library.Catalog.Service.Tests.Holds;

namespace Library.Catalog.Service.Tests;

/// <summary>Service points of Ignalina and stops of a mobile library are branches: what is lent there goes by their own days (ADR 29).</summary>
public sealed class ServicePointTests
{
    private const string Stop = "LIPNICA";
    private static readonly NetworkRules Ignalina =
        new(Assert.IsType<NetworkLoad.Loaded>(NetworkLoader.Load(Path.Combine(AppContext.BaseDirectory, "networks", "ignalina"))).Network);

    private static readonly ItemFacts Book = new() { Material = Material.Book, Lending = LendingClass.Lendable };

    /// <summary>Antalksnė opens on Tuesdays; Švedriškė on request and Taujūnai as home delivery, of which no opening day is known.</summary>
    [Theory]
    [InlineData("ANT", "2026-03-02", "2026-04-07")] // Wednesday 1 April gives way to the next Tuesday, after Easter Monday
    [InlineData("SVE", "2026-03-02", "2026-04-01")]
    [InlineData("TAU", "2026-03-02", "2026-04-01")]
    [InlineData("ANT", "2026-02-01", "2026-03-03")] // a Tuesday already
    public void A_loan_of_a_service_point_is_due_on_its_next_opening_day_where_one_is_known(string point, string lentOn, string dueOn)
    {
        var due = DueDates.ForLoan(Book, Ignalina.On(Date(lentOn)), Ignalina.Calendar(point), Date(lentOn));
        Assert.Equal(Date(dueOn), due!.On);
    }

    [Theory]
    [InlineData("ANT", "2026-03-03", true, "2026-03-10")] // ready on a Tuesday: until the next one, though two working days end on Thursday
    [InlineData("ANT", "2026-03-02", false, "2026-03-07")] // five working days, Saturday is one; the first opening day lies before
    [InlineData("SVE", "2026-03-03", true, "2026-03-05")] // no opening day is known: the working days alone
    [InlineData("SVE", "2026-03-02", false, "2026-03-07")]
    public void A_hold_waits_at_a_service_point_until_its_next_opening_day_where_one_is_known(string point, string readyOn, bool prepared, string until) =>
        Assert.Equal(Date(until), HoldRules.ReadyUntil(Date(readyOn), prepared, Ignalina.On(Date(readyOn)).Hold, Ignalina.Calendar(point)));

    [Theory]
    [InlineData("ANT")]
    [InlineData("SVE")]
    public async Task A_service_point_lends_takes_back_keeps_holds_and_is_counted_by_its_name(string point)
    {
        await using var catalog = await IgnalinaAsync();
        using var desk = catalog.Rest("librarian", point);
        var (rasa, jonas) = (await catalog.ReaderAsync(), await catalog.ReaderAsync());
        var record = await catalog.RecordAsync();
        var barcode = await catalog.ItemAsync(point, record);
        var lent = (await desk.LendAsync(barcode, rasa.Card, point)).Succeeded();
        Assert.Equal(point, lent.Text("branch"));
        (await HoldAsync(desk, record, jonas, point)).Succeeded();
        await catalog.WasDueAsync(lent.Text("name"), daysAgo: 3);

        var back = (await desk.ReturnAsync(barcode, point)).Succeeded();
        Assert.Equal((3L, 18L, "HOLD_SHELF"), (back.Number("overdueDays"), back.Number("fineMinor"), back.Text("next"))); // 0.06 a day, by no weekly hours
        (await desk.LendAsync(barcode, jonas.Card, point)).Succeeded();
        Assert.Equal((2L, 1L), (
            await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact WHERE kind = 'LOAN' AND branch = $1", point),
            await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact WHERE kind = 'RETURN' AND branch = $1", point)));
    }

    [Fact]
    public async Task At_a_stop_the_mobile_librarys_copies_are_lent_taken_back_at_home_and_counted_there()
    {
        await using var catalog = await WithStopAsync();
        using var desk = catalog.Rest("librarian");
        var ana = await catalog.ReaderAsync();
        var barcode = await catalog.ItemAsync("MOB");
        var lent = (await desk.LendAsync(barcode, ana.Card, Stop)).Succeeded();
        await catalog.WasDueAsync(lent.Text("name"), daysAgo: 3);
        var back = (await desk.ReturnAsync(barcode, Stop)).Succeeded();
        Assert.Equal(("SHELVE", "", 35L), (back.Text("next"), back.Text("toBranch"), back.Number("fineMinor"))); // an hour a week: a started week, art. 36
        Assert.Equal("MOB", (await desk.AskAsync($"items/{barcode}")).Text("location"));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM circulation_fact WHERE kind = 'RETURN' AND branch = $1", Stop));

        // handed in elsewhere it goes back to the mobile library, and has arrived where that stops
        await catalog.LentAsync(ana, barcode, "RAD");
        Assert.Equal(("TRANSIT", "MOB"), ((await desk.ReturnAsync(barcode)).Succeeded() is var away ? (away.Text("next"), away.Text("toBranch")) : default));
        Assert.Equal("SHELVE", (await desk.ReturnAsync(barcode, Stop)).Succeeded().Text("next"));
        Assert.Equal(("AVAILABLE", "MOB"), ((await desk.AskAsync($"items/{barcode}")) is var home ? (home.Text("state"), home.Text("location")) : default));
    }

    [Fact]
    public async Task A_hold_is_collected_at_a_stop_until_its_next_visit()
    {
        await using var catalog = await WithStopAsync();
        using var desk = catalog.Rest("librarian");
        var title = await LentTitleAsync(catalog);
        (await HoldAsync(desk, title.Record, await catalog.ReaderAsync(), Stop)).Succeeded();
        Assert.Equal(("TRANSIT", Stop), ((await desk.ReturnAsync(title.Barcode)).Succeeded() is var sent ? (sent.Text("next"), sent.Text("toBranch")) : default));
        var ready = (await desk.ReturnAsync(title.Barcode, Stop)).Succeeded();
        Assert.Equal("HOLD_SHELF", ready.Text("next"));
        var (until, calendars) = (Date(ready.Text("readyUntil")), catalog.Get<NetworkRules>());
        Assert.Equal(calendars.Calendar(Stop).NextOpenDay(catalog.Clock.Today), until);
        Assert.Equal(0, Period.DaysBetween(catalog.Clock.Today, until) % 14);
        // the mobile library works on the days of its stops
        Assert.Equal(until, calendars.Calendar("MOB").NextOpenDay(catalog.Clock.Today));
    }

    private static Task<TestHost> IgnalinaAsync() => StartAsync("ignalina", network => network);

    /// <summary>Radovljica with a stop of its mobile library, visited every two weeks from today on for two hours.</summary>
    private static Task<TestHost> WithStopAsync() => StartAsync("radovljica", network =>
    {
        var today = SystemClock.Instance.GetCurrentInstant().InZone(network.TimeZone).Date;
        var visit = new BranchVisit(today, 2, [new OpenInterval(new LocalTime(13, 0), new LocalTime(15, 0))]);
        var stop = network.Branches["MOB"] with { Code = Stop, Name = "Lipnica", StopOf = "MOB", Visits = [visit] };
        return network with { Branches = network.Branches.Values.Append(stop).ToDictionary(branch => branch.Code) };
    });

    private static Task<TestHost> StartAsync(string name, Func<Network, Network> change) => TestHost.StartAsync(
        "catalog", CatalogApp.Build,
        new Dictionary<string, string>(new[] { "membership", "finance", "events", "notifications" }.ToDictionary(peer => $"services:{peer}:grpc:0", _ => TestHost.Nobody)) { ["Network"] = name },
        builder =>
        {
            var shipped = (Network)builder.Services.Single(service => service.ServiceType == typeof(Network)).ImplementationInstance!;
            builder.Services.Replace(ServiceDescriptor.Singleton(change(shipped)));
        });

    private static LocalDate Date(string iso) => NodaTime.Text.LocalDatePattern.Iso.Parse(iso).Value;
}

using System.Net.Http.Json;
using Grpc.Core;
using Library.Events.Jobs;
using Library.Events.V1;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.Events.Service.Tests;

[Collection(nameof(EventsHost))]
public sealed class ProgrammeTests(EventsHost events)
{
    private static readonly object Evening = new
    {
        title = "Potopis", category = "TRAVEL_TALK", audience = "ADULTS", branch = "BLE", startsAt = "2031-03-12T18:00:00Z", endsAt = "2031-03-12T19:30:00Z", capacity = 40,
    };

    [Fact]
    public async Task An_event_is_announced_and_read_again()
    {
        var made = await Answer.OkAsync(await events.Organiser.PostAsJsonAsync("/api/v1/events", Evening));
        Assert.StartsWith("events/", made.Text("name"), StringComparison.Ordinal);
        Assert.Equal((40, 40), (made.GetProperty("capacity").GetInt32(), made.GetProperty("seatsLeft").GetInt32()));
        Assert.Equal("2031-03-12T18:00:00Z", made.Text("startsAt"));
        Assert.Equal(made.GetRawText(), (await Answer.OkAsync(await events.Organiser.GetAsync($"/api/v1/{made.Text("name")}"))).GetRawText());
        Assert.Equal(1L, await events.Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE aggregate = $1", made.Text("name")));
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        var refusal = await Answer.RefusedAsync(await events.Organiser.PostAsJsonAsync("/api/v1/events", new
        {
            title = " ", category = "CIRCUS", branch = "XYZ", startsAt = "2031-03-12T18:00:00Z", endsAt = "2031-03-12T18:00:00Z", capacity = 10_001,
        }));
        Assert.Equal((400, "INVALID_REQUEST"), (refusal.Status, refusal.Reason));
        Assert.Equal(["title", "category", "audience", "branch", "endsAt", "capacity"], refusal.Fields);
    }

    [Theory]
    [InlineData("""{"seats":1}""", "member")] // neither member nor guest
    [InlineData("""{"member":"members/0198c0de-0000-7000-8000-000000000001","guest":{"name":"Ana","email":"ana@novak.example"}}""", "member")]
    [InlineData("""{"member":"ana"}""", "member")]
    [InlineData("""{"guest":{"name":"","email":"ana.novak.example"}}""", "guest.name,guest.email")]
    [InlineData("""{"guest":{"name":"Ana","email":"ana@novak.example"},"language":"xx","seats":21}""", "language,seats")]
    [InlineData("""{"guest":{"name":"Ana","email":"ana@novak.example"},"seats":-1}""", "seats")]
    [InlineData("""{"guest":{"name":"Ana","email":"Ana <ana@novak.example>"}}""", "guest.email")]
    public async Task A_registration_that_is_malformed_names_the_field_and_repeats_nothing_personal(string body, string fields)
    {
        var evening = await events.AnnounceAsync(capacity: 5);
        var answer = await events.Organiser.PostAsync($"/api/v1/{evening}/registrations", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        var refusal = await Answer.RefusedAsync(answer);
        Assert.Equal((400, fields), (refusal.Status, string.Join(',', refusal.Fields)));
        Assert.DoesNotContain("novak", refusal.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_programme_is_listed_by_days_of_the_networks_zone()
    {
        // in summer 22:30Z is half past midnight of the next day in Ljubljana
        var nights = new[] { "2032-07-10T21:30:00Z", "2032-07-10T22:30:00Z", "2032-07-11T21:59:00Z", "2032-07-11T22:00:00Z" };
        foreach (var start in nights)
            await Answer.OkAsync(await events.Organiser.PostAsJsonAsync("/api/v1/events", new
            {
                title = $"Noč {start}", category = "TALK", audience = "YOUTH", branch = "KRO", startsAt = start, endsAt = "2032-07-12T03:00:00Z", capacity = 5,
            }));
        Assert.Equal(nights[1..3], await StartsAsync("from=2032-07-11&to=2032-07-11&branch=KRO&audience=YOUTH"));
        Assert.Equal(nights, await StartsAsync("from=2032-07-10&to=2032-07-12&branch=KRO"));
        Assert.Empty(await StartsAsync("from=2032-07-10&to=2032-07-12&branch=KRO&audience=ALL"));
        Assert.Empty(await StartsAsync("from=2032-07-10&to=2032-07-12&branch=RAD"));

        // four evenings on pages of three
        var first = await ListAsync("from=2032-07-10&to=2032-07-12&pageSize=3");
        Assert.Equal(3, first.GetProperty("events").GetArrayLength());
        var second = await ListAsync($"from=2032-07-10&to=2032-07-12&pageSize=3&pageToken={first.Text("nextPageToken")}");
        Assert.Equal(nights[3], second.GetProperty("events")[0].Text("startsAt"));
        Assert.Equal("", second.Text("nextPageToken"));
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2024-02-02&to=2024-02-01", "to")]
    [InlineData("to=9999-12-31", "to")]
    [InlineData("branch=XYZ&pageSize=101", "branch,pageSize")]
    [InlineData("pageToken=abc", "pageToken")]
    public async Task A_list_that_is_asked_wrongly_names_the_field(string query, string fields) =>
        Assert.Equal(fields, string.Join(',', (await Answer.RefusedAsync(await events.Organiser.GetAsync($"/api/v1/events?{query}"))).Fields));

    [Fact]
    public async Task A_member_registers_sees_and_cancels_only_for_themselves()
    {
        var evening = await events.AnnounceAsync(capacity: 5);
        var (ana, bor) = (EventsHost.NewMember(), EventsHost.NewMember());
        using var asAna = events.Host.RestAsMember(ana);
        using var asBor = events.Host.RestAsMember(bor);
        var made = await Answer.OkAsync(await events.RegisterAsync(evening, new { }, client: asAna));
        Assert.Equal((ana, "CONFIRMED", 1), (made.Text("member"), made.Text("state"), made.GetProperty("seats").GetInt32()));

        Assert.Equal(404, (await Answer.RefusedAsync(await asBor.GetAsync($"/api/v1/{made.Text("name")}"))).Status);
        Assert.Equal(404, (await Answer.RefusedAsync(await events.CancelAsync(made.Text("name"), asBor))).Status);
        Assert.Equal(404, (await Answer.RefusedAsync(await events.RegisterAsync(evening, new { member = ana }, client: asBor))).Status);
        var guest = await Answer.RefusedAsync(await events.RegisterAsync(evening, new { guest = new { name = "Ana", email = "ana@novak.example" } }, client: asBor));
        Assert.Equal("guest", Assert.Single(guest.Fields));
        Assert.Equal("CANCELLED", (await Answer.OkAsync(await events.CancelAsync(made.Text("name"), asAna))).Text("state"));
        // and may come again
        Assert.Equal("CONFIRMED", (await Answer.OkAsync(await events.RegisterAsync(evening, new { }, client: asAna))).Text("state"));
    }

    [Fact]
    public async Task Who_has_no_business_there_is_refused()
    {
        using var nobody = events.Host.RestWithoutToken();
        Assert.Equal(401, (await Answer.RefusedAsync(await nobody.PostAsJsonAsync("/api/v1/events", Evening))).Status);
        Assert.Equal(403, (await Answer.RefusedAsync(await events.Host.Rest("librarian").PostAsJsonAsync("/api/v1/events", Evening))).Status);
        Assert.Equal(403, (await Answer.RefusedAsync(await events.Host.Rest("organiser", "RAD").PostAsJsonAsync("/api/v1/events", Evening))).Status);
        await Answer.OkAsync(await events.Host.Rest("organiser", "BLE").PostAsJsonAsync("/api/v1/events", Evening));
        var unknown = await Answer.RefusedAsync(await events.Organiser.GetAsync($"/api/v1/events/{Guid.NewGuid():D}"));
        Assert.Equal((404, "event"), (unknown.Status, unknown.Figures["kind"]));
        Assert.Equal(404, (await Answer.RefusedAsync(await events.RegisterAsync($"events/{Guid.NewGuid():D}", new { member = EventsHost.NewMember() }))).Status);
    }

    [Fact]
    public async Task An_unknown_member_is_not_registered_but_membership_that_is_away_stops_nobody()
    {
        var evening = await events.AnnounceAsync(capacity: 5);
        var unknown = EventsHost.NewMember();
        events.Membership.Unknown.Add(unknown);
        Assert.Equal((404, "member"), await RefusedAsync(await events.RegisterAsync(evening, new { member = unknown })));

        await using var alone = await TestHost.StartAsync("events", EventsApp.Build, EventsHost.Settings($"http://localhost:{TestHost.FreePort()}"));
        var startsAt = alone.Clock.Now.ToDateTimeOffset().AddDays(2);
        var made = await Answer.OkAsync(await alone.Rest("organiser").PostAsJsonAsync("/api/v1/events", new
        {
            title = "Pravljična ura", category = "STORY_HOUR", audience = "YOUTH", branch = "RAD", startsAt, endsAt = startsAt.AddHours(1), capacity = 5,
        }));
        var taken = await Answer.OkAsync(await events.RegisterAsync(made.Text("name"), new { member = unknown }, client: alone.Rest("organiser")));
        Assert.Equal("CONFIRMED", taken.Text("state"));
    }

    [Fact]
    public async Task A_guests_name_is_told_to_our_own_services_only_and_forgotten_after_thirty_days()
    {
        var evening = await events.AnnounceAsync(capacity: 5, inHours: 1);
        var name = (await Answer.OkAsync(await events.RegisterAsync(
            evening, new { guest = new { name = "Zofka Kveder", email = "zofka@kveder.example" }, seats = 2, language = "en" }))).Text("name");
        using var channel = events.Host.Grpc("notifications");
        var directory = new EventsDirectory.EventsDirectoryClient(channel);
        var contact = await directory.GetRegistrationContactAsync(new GetRegistrationContactRequest { Name = name });
        Assert.Equal(("Zofka Kveder", "zofka@kveder.example", "en", 2, Registration.Types.State.Confirmed, evening),
            (contact.GuestName, contact.GuestEmail, contact.Language, contact.Seats, contact.State, contact.Event.Name));

        var job = events.Host.App.Services.GetServices<Library.ServiceDefaults.Jobs.IPeriodicJob>().OfType<ForgetGuests>().Single();
        var endsOn = (events.Host.Clock.Now + Duration.FromHours(3)).InZone(events.Host.Clock.Zone).Date;
        await job.RunAsync(endsOn.PlusDays(29), CancellationToken.None);
        Assert.Equal("Zofka Kveder", (await directory.GetRegistrationContactAsync(new GetRegistrationContactRequest { Name = name })).GuestName);
        await job.RunAsync(endsOn.PlusDays(30), CancellationToken.None);
        await job.RunAsync(endsOn.PlusDays(30), CancellationToken.None);
        Assert.Equal("", (await directory.GetRegistrationContactAsync(new GetRegistrationContactRequest { Name = name })).GuestEmail);
        Assert.Equal("CONFIRMED", (await Answer.OkAsync(await events.Organiser.GetAsync($"/api/v1/{name}"))).Text("state"));

        var missing = await Assert.ThrowsAsync<RpcException>(async () => await directory.GetRegistrationContactAsync(
            new GetRegistrationContactRequest { Name = $"{evening}/registrations/{Guid.NewGuid():D}" }));
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);
    }

    private static async Task<(int, string)> RefusedAsync(HttpResponseMessage response)
    {
        var refusal = await Answer.RefusedAsync(response);
        return (refusal.Status, refusal.Figures["kind"]);
    }

    private async Task<System.Text.Json.JsonElement> ListAsync(string query) =>
        await Answer.OkAsync(await events.Host.Rest("partner").GetAsync($"/api/v1/events?{query}"));

    private async Task<IReadOnlyList<string>> StartsAsync(string query) =>
        [.. (await ListAsync(query)).GetProperty("events").EnumerateArray().Select(found => found.Text("startsAt"))];
}

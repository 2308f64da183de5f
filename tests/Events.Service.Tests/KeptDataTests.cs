using System.Net.Http.Json;
using Library.Testing;

namespace Library.Events.Service.Tests;

/// <summary>Today's Events over what earlier versions left.</summary>
public sealed class KeptDataTests
{
    public static TheoryData<string> Versions => KeptData.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_programme_of_an_earlier_version_stands_and_seats_are_given_up(string version)
    {
        await using var kept = await KeptData.UpgradeAsync("events", version, typeof(EventsApp).Assembly);
        await using var membership = await FakePeer.StartAsync(new FakeMembership());
        await using var events = await TestHost.StartAsync("events", EventsApp.Build, EventsHost.Settings(membership.Address), sharedDatabase: kept.DatabaseName);
        using var organiser = events.Rest("organiser");

        var id = await events.ScalarAsync<Guid>("SELECT event_id FROM registration WHERE state = 'CONFIRMED' AND member IS NOT NULL LIMIT 1");
        var announced = await Answer.OkAsync(await organiser.GetAsync(new Uri($"/api/v1/events/{id:D}", UriKind.Relative)));
        Assert.Equal("Večer s pesnico", announced.Text("title"));
        var starts = events.Clock.Now.ToDateTimeOffset().AddDays(3);
        var another = await Answer.OkAsync(await organiser.PostAsJsonAsync("/api/v1/events", new
        {
            title = "Še en večer", category = "LITERARY_EVENING", audience = "ADULTS", branch = "RAD", startsAt = starts, endsAt = starts.AddHours(2), capacity = 5,
        }));
        var registration = await Answer.OkAsync(await organiser.PostAsJsonAsync(
            $"/api/v1/{another.Text("name")}/registrations", new { member = await events.ScalarAsync<string>("SELECT member FROM registration WHERE member IS NOT NULL LIMIT 1"), seats = 1 }));
        Assert.Equal("CONFIRMED", registration.Text("state"));
        Assert.Equal(0, await events.ScalarAsync<long>("""
            SELECT count(*) FROM event WHERE seats_taken <> (SELECT coalesce(sum(seats), 0) FROM registration WHERE event_id = event.id AND state = 'CONFIRMED')
            """));
    }
}

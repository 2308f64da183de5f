using Library.Testing;
using Npgsql;

namespace Library.Events.Service.Tests;

[Collection(nameof(EventsHost))]
public sealed class RegisteringTests(EventsHost events)
{
    [Fact]
    public async Task Twenty_who_want_five_seats_make_five_confirmed_and_fifteen_waiting_in_order()
    {
        var evening = await events.AnnounceAsync(capacity: 5);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            await Answer.OkAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember(), seats = 1 }))));

        Assert.Equal(5, answers.Count(answer => answer.Text("state") == "CONFIRMED"));
        var waiting = answers.Where(answer => answer.Text("state") == "WAITLISTED").ToDictionary(answer => answer.GetProperty("position").GetInt32(), answer => answer.Text("name"));
        Assert.Equal(Enumerable.Range(1, 15), waiting.Keys.Order());
        Assert.Equal((5, 5L, 15L), await SeatsAsync(evening));

        // one gives up: the first in the queue has the seat, everybody else moves up by one
        Assert.Equal("CANCELLED", (await Answer.OkAsync(await events.CancelAsync(answers.First(answer => answer.Text("state") == "CONFIRMED").Text("name")))).Text("state"));
        Assert.Equal(("CONFIRMED", 0), await StateAsync(waiting[1]));
        Assert.Equal(("WAITLISTED", 1), await StateAsync(waiting[2]));
        Assert.Equal(("WAITLISTED", 14), await StateAsync(waiting[15]));
        Assert.Equal((5, 5L, 14L), await SeatsAsync(evening));
        Assert.Equal(1, await ToldAsync(waiting[1], "RegistrationPromoted"));
        Assert.Equal(0, await ToldAsync(waiting[2], "RegistrationPromoted"));
    }

    [Fact]
    public async Task Ten_who_give_up_at_once_make_room_for_ten_and_never_for_more()
    {
        var evening = await events.AnnounceAsync(capacity: 10);
        var names = new List<string>();
        for (var n = 0; n < 22; n++) names.Add((await Answer.OkAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember() }))).Text("name"));
        await Task.WhenAll(names.Take(10).Select(async name => await Answer.OkAsync(await events.CancelAsync(name))));
        Assert.Equal((10, 10L, 2L), await SeatsAsync(evening));
        Assert.All(await Task.WhenAll(names.Skip(10).Take(10).Select(StateAsync)), state => Assert.Equal(("CONFIRMED", 0), state));
    }

    [Fact]
    public async Task A_cancelled_registration_stays_cancelled_and_frees_its_seats_once()
    {
        var evening = await events.AnnounceAsync(capacity: 3);
        var name = (await Answer.OkAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember(), seats = 3 }))).Text("name");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
            Assert.Equal("CANCELLED", (await Answer.OkAsync(await events.CancelAsync(name))).Text("state"))));
        Assert.Equal((0, 0L, 0L), await SeatsAsync(evening));
        Assert.Equal(1, await ToldAsync(name, "RegistrationCancelled"));
    }

    [Fact]
    public async Task A_small_party_behind_a_large_one_moves_up_when_the_large_one_gives_up()
    {
        var evening = await events.AnnounceAsync(capacity: 4);
        await Answer.OkAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember(), seats = 3 }));
        var large = (await Answer.OkAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember(), seats = 2 }))).Text("name");
        var small = (await Answer.OkAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember(), seats = 1 }))).Text("name");
        Assert.Equal(("WAITLISTED", 2), await StateAsync(small));
        await Answer.OkAsync(await events.CancelAsync(large));
        Assert.Equal(("CONFIRMED", 0), await StateAsync(small));
        Assert.Equal((4, 4L, 0L), await SeatsAsync(evening));
    }

    [Fact]
    public async Task The_database_itself_refuses_a_seat_too_many_and_a_second_open_registration()
    {
        var evening = await events.AnnounceAsync(capacity: 5);
        var id = Guid.Parse(evening.Split('/')[1]);
        foreach (var seats in new[] { 6, -1 })
        {
            var broken = await Assert.ThrowsAsync<PostgresException>(() => events.Host.ExecuteAsync("UPDATE event SET seats_taken = $2 WHERE id = $1", id, seats));
            Assert.Equal("event_seats_within_capacity", broken.ConstraintName);
        }
        var member = EventsHost.NewMember();
        const string insert = "INSERT INTO registration (id, event_id, version, state, member, seats, registered_at) VALUES ($1, $2, 1, 'CONFIRMED', $3, 1, now())";
        await events.Host.ExecuteAsync(insert, Guid.NewGuid(), id, member);
        var second = await Assert.ThrowsAsync<PostgresException>(() => events.Host.ExecuteAsync(insert, Guid.NewGuid(), id, member));
        Assert.Equal("registration_one_open_per_member", second.ConstraintName);
    }

    [Fact]
    public async Task One_member_who_registers_eight_times_at_once_is_registered_once()
    {
        var evening = await events.AnnounceAsync(capacity: 20);
        var member = EventsHost.NewMember();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => events.RegisterAsync(evening, new { member })));
        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        foreach (var answer in answers.Where(answer => !answer.IsSuccessStatusCode))
        {
            var refusal = await Answer.RefusedAsync(answer);
            Assert.Equal((409, "ALREADY_REGISTERED"), (refusal.Status, refusal.Reason));
        }
        Assert.Equal((1, 1L, 0L), await SeatsAsync(evening));
    }

    [Fact]
    public async Task One_key_three_times_is_one_registration_and_one_answer()
    {
        var evening = await events.AnnounceAsync(capacity: 20);
        foreach (var body in new object[] { new { member = EventsHost.NewMember() }, new { guest = new { name = "Ana Novak", email = "ana@novak.example" } } })
        {
            var key = Guid.NewGuid().ToString();
            var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ => (await Answer.OkAsync(await events.RegisterAsync(evening, body, key))).GetRawText()));
            Assert.Single(answers.Distinct());
            var other = await Answer.RefusedAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember() }, key));
            Assert.Equal((409, "IDEMPOTENCY_KEY_REUSED"), (other.Status, other.Reason));
        }
        Assert.Equal((2, 2L, 0L), await SeatsAsync(evening));
    }

    [Theory]
    [InlineData("sl", "sl", "Na dogodku in čakalni listi ni prostora za toliko oseb.")]
    [InlineData("en-GB", "en", "The event and its waiting list have no room for this many seats.")]
    public async Task Too_many_seats_are_refused_in_the_callers_language(string accept, string locale, string message)
    {
        var evening = await events.AnnounceAsync(capacity: 2);
        var refusal = await Answer.RefusedAsync(await events.RegisterAsync(
            evening, new { member = EventsHost.NewMember(), seats = 3 }, client: events.Host.Rest("librarian", "RAD", accept)));
        Assert.Equal((400, "EVENT_FULL", "events", locale, message), (refusal.Status, refusal.Reason, refusal.Domain, refusal.Locale, refusal.Message));
        Assert.Equal("2", refusal.Figures["capacity"]);
    }

    [Fact]
    public async Task Registration_closes_when_the_event_begins()
    {
        var evening = await events.AnnounceAsync(capacity: 2, inHours: -0.01);
        var closed = await Answer.RefusedAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember() }));
        Assert.Equal((400, "REGISTRATION_CLOSED", "REGISTRATION_CLOSED"), (closed.Status, closed.Reason, closed.Figures["all"]));
        var both = await Answer.RefusedAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember(), seats = 3 }));
        Assert.Equal(("EVENT_FULL", "EVENT_FULL,REGISTRATION_CLOSED"), (both.Reason, both.Figures["all"]));
    }

    [Fact]
    public async Task A_full_waiting_list_refuses()
    {
        var evening = await events.AnnounceAsync(capacity: 1);
        await events.Host.ExecuteAsync("""
            INSERT INTO registration (id, event_id, version, state, member, seats, waiting_order, registered_at)
            SELECT gen_random_uuid(), $1, 1, 'WAITLISTED', 'members/' || n, 1, n, now() FROM generate_series(1, 100) n
            """, Guid.Parse(evening.Split('/')[1]));
        Assert.Equal("EVENT_FULL", (await Answer.RefusedAsync(await events.RegisterAsync(evening, new { member = EventsHost.NewMember() }))).Reason);
    }

    [Fact]
    public async Task What_is_told_bears_no_personal_data()
    {
        var evening = await events.AnnounceAsync(capacity: 20);
        var name = (await Answer.OkAsync(await events.RegisterAsync(evening, new { guest = new { name = "Zofka Kveder", email = "zofka@kveder.example" } }))).Text("name");
        Assert.Equal(1, await ToldAsync(name, "RegistrationConfirmed"));
        Assert.Equal(0L, await events.Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE body ILIKE '%zofka%' OR body ILIKE '%kveder%'"));
        Assert.Equal(0L, await events.Host.ScalarAsync<long>("SELECT count(*) FROM idempotency WHERE position('kveder'::bytea IN answer) > 0"));
    }

    private async Task<(string State, int Position)> StateAsync(string name)
    {
        var answer = await Answer.OkAsync(await events.Organiser.GetAsync($"/api/v1/{name}"));
        return (answer.Text("state"), answer.TryGetProperty("position", out var position) ? position.GetInt32() : 0);
    }

    private async Task<(int Taken, long Confirmed, long Waiting)> SeatsAsync(string evening)
    {
        var id = Guid.Parse(evening.Split('/')[1]);
        return (
            await events.Host.ScalarAsync<int>("SELECT seats_taken FROM event WHERE id = $1", id),
            await events.Host.ScalarAsync<long>("SELECT coalesce(sum(seats), 0) FROM registration WHERE event_id = $1 AND state = 'CONFIRMED'", id),
            await events.Host.ScalarAsync<long>("SELECT count(*) FROM registration WHERE event_id = $1 AND state = 'WAITLISTED'", id));
    }

    private Task<long> ToldAsync(string name, string message) =>
        events.Host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE aggregate = $1 AND type LIKE '%.' || $2", name, message);
}

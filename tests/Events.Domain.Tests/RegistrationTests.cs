using Library.Events.Domain.Registrations;
using NodaTime;
using static Library.Events.Domain.Registrations.RegistrationRefusal;

namespace Library.Events.Domain.Tests;

public sealed class RegistrationTests
{
    private static readonly Instant Start = Instant.FromUtc(2024, 3, 12, 18, 0);
    private static readonly Instant TheDayBefore = Instant.FromUtc(2024, 3, 11, 9, 0);

    /// <summary>A literary evening with five seats.</summary>
    private static readonly EventSeats Evening = new() { StartsAt = Start, Capacity = 5, Taken = 0, Waiting = 0 };

    [Theory]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(2, 3)]
    public void Seats_that_are_left_are_confirmed(int taken, int seats) =>
        Assert.Equal(new RegistrationDecision.Confirmed(), RegistrationRules.Decide(seats, Evening with { Taken = taken }, TheDayBefore));

    [Theory]
    [InlineData(5, 0, 1, 1)]
    [InlineData(4, 0, 2, 1)] // one seat is left, two are asked for
    [InlineData(4, 1, 1, 2)] // one seat is left, but somebody came before
    [InlineData(5, 99, 1, 100)]
    public void Who_does_not_fit_or_came_later_waits_in_order(int taken, int waiting, int seats, int position) =>
        Assert.Equal(
            new RegistrationDecision.Waitlisted(position),
            RegistrationRules.Decide(seats, Evening with { Taken = taken, Waiting = waiting }, TheDayBefore));

    [Theory]
    [InlineData(0, 0, 6)] // more than the event has at all: waiting would be in vain
    [InlineData(5, 100, 1)]
    [InlineData(4, 100, 1)]
    public void A_full_waiting_list_or_too_many_seats_are_refused(int taken, int waiting, int seats) =>
        Assert.Equal([EventFull], Refused(seats, Evening with { Taken = taken, Waiting = waiting }, TheDayBefore));

    [Fact]
    public void Registration_ends_at_the_start()
    {
        Assert.Equal(new RegistrationDecision.Confirmed(), RegistrationRules.Decide(1, Evening, Start - Duration.FromTicks(1)));
        Assert.Equal([RegistrationClosed], Refused(1, Evening, Start));
        Assert.Equal([RegistrationClosed], Refused(1, Evening, Start + Duration.FromTicks(1)));
    }

    [Fact]
    public void Full_stands_before_closed() => Assert.Equal([EventFull, RegistrationClosed], Refused(6, Evening, Start));

    [Fact]
    public void Every_reason_has_its_name_of_the_contract() =>
        Assert.Equal(["EVENT_FULL", "REGISTRATION_CLOSED"], Enum.GetValues<RegistrationRefusal>().Select(reason => reason.Code()));

    [Theory]
    [InlineData(4, "1,1", 1)] // one seat came free: the first has it
    [InlineData(3, "1,1", 2)]
    [InlineData(4, "2,1", 0)] // the first does not fit: nobody overtakes
    [InlineData(2, "2,2,1", 1)]
    [InlineData(0, "1,1,1", 3)]
    [InlineData(5, "1", 0)]
    [InlineData(0, "", 0)]
    public void Those_who_wait_move_up_strictly_in_order(int taken, string seats, int movedUp)
    {
        var waiting = seats.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select((count, n) => new WaitingRegistration(new Guid(n, 0, 0, new byte[8]), int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)))
            .ToList();
        var promoted = RegistrationRules.Promoted(Evening with { Taken = taken, Waiting = waiting.Count }, waiting, TheDayBefore);
        Assert.Equal(waiting.Take(movedUp), promoted);
    }

    [Fact]
    public void Nobody_moves_up_once_it_has_begun() =>
        Assert.Empty(RegistrationRules.Promoted(Evening with { Taken = 0, Waiting = 1 }, [new WaitingRegistration(Guid.Empty, 1)], Start));

    [Theory]
    [InlineData("2024-04-10", false)] // an evening of 12 March, the 29th day after
    [InlineData("2024-04-11", true)] // the 30th
    public void A_guest_is_forgotten_thirty_days_after_the_event(string day, bool forgotten)
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Ljubljana"];
        var lastMinute = zone.AtStrictly(new LocalDateTime(2024, 3, 12, 23, 59)).ToInstant();
        var limit = GuestRetention.ForgottenWhenEndedBefore(NodaTime.Text.LocalDatePattern.Iso.Parse(day).Value, zone);
        Assert.Equal(forgotten, lastMinute < limit);
    }

    private static IReadOnlyList<RegistrationRefusal> Refused(int seats, EventSeats facts, Instant now) =>
        Assert.IsType<RegistrationDecision.Refused>(RegistrationRules.Decide(seats, facts, now)).Reasons;
}

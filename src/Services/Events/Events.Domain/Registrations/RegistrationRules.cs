using NodaTime;

namespace Library.Events.Domain.Registrations;

/// <summary>The answer to a request for seats.</summary>
public abstract record RegistrationDecision
{
    private RegistrationDecision()
    {
    }

    /// <summary>The seats are theirs.</summary>
    public sealed record Confirmed : RegistrationDecision;

    /// <summary>They wait.</summary>
    /// <param name="Position">On the waiting list, counted from 1.</param>
    public sealed record Waitlisted(int Position) : RegistrationDecision;

    /// <summary>They are not registered.</summary>
    /// <param name="Reasons">Every reason, in order of precedence; never empty.</param>
    public sealed record Refused(IReadOnlyList<RegistrationRefusal> Reasons) : RegistrationDecision;
}

/// <summary>A registration that waits.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Seats">Seats that it asks for, at least 1.</param>
public sealed record WaitingRegistration(Guid Id, int Seats);

/// <summary>Who has a seat at an event and who waits for one: first come, first served.</summary>
public static class RegistrationRules
{
    /// <summary>
    /// Decides on a request for <paramref name="seats"/>. It is confirmed while they are left and nobody waits: a small party never overtakes a
    /// larger one that came before. Else it waits behind everybody, unless the list is full or the event has fewer seats than asked for.
    /// EVENT_FULL stands before REGISTRATION_CLOSED.
    /// </summary>
    /// <param name="seats">At least 1.</param>
    /// <param name="facts">The event as it is now.</param>
    /// <param name="now">Business time.</param>
    public static RegistrationDecision Decide(int seats, EventSeats facts, Instant now)
    {
        var fits = facts.Waiting == 0 && seats <= facts.Left;
        var mayWait = seats <= facts.Capacity && facts.Waiting < EventSeats.WaitingListLimit;
        var reasons = new List<RegistrationRefusal>();
        if (!fits && !mayWait) reasons.Add(RegistrationRefusal.EventFull);
        if (facts.HasBegun(now)) reasons.Add(RegistrationRefusal.RegistrationClosed);
        if (reasons.Count > 0) return new RegistrationDecision.Refused(reasons);
        return fits ? new RegistrationDecision.Confirmed() : new RegistrationDecision.Waitlisted(facts.Waiting + 1);
    }

    /// <summary>
    /// Those who move up when seats are free: from the head of the list for as long as each fits; the first who does not stops it, so that nobody is
    /// overtaken. Nobody moves up once the event has begun, because the notice would come too late.
    /// </summary>
    /// <param name="facts">The event without the seats of those who gave up theirs.</param>
    /// <param name="waiting">The waiting list, in order.</param>
    /// <param name="now">Business time.</param>
    public static IReadOnlyList<WaitingRegistration> Promoted(EventSeats facts, IReadOnlyList<WaitingRegistration> waiting, Instant now)
    {
        var promoted = new List<WaitingRegistration>();
        if (facts.HasBegun(now)) return promoted;
        var left = facts.Left;
        foreach (var next in waiting)
        {
            if (next.Seats > left) break;
            left -= next.Seats;
            promoted.Add(next);
        }
        return promoted;
    }
}

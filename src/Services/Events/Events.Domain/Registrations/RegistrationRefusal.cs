namespace Library.Events.Domain.Registrations;

/// <summary>Why a registration is refused. The order is the precedence: where several hold, the first is the reason and all are listed.</summary>
public enum RegistrationRefusal
{
    /// <summary>
    /// More seats are asked for than the event has at all, or it would have to wait and the waiting list is full.
    /// Remedy: ask for fewer seats, or try again when somebody has cancelled.
    /// </summary>
    EventFull = 1,

    /// <summary>The event has begun. Remedy: another event.</summary>
    RegistrationClosed,
}

/// <summary>What is known of <see cref="RegistrationRefusal"/> as such.</summary>
public static class RegistrationRefusals
{
    /// <summary>The outward contract's name, e.g. EVENT_FULL.</summary>
    public static string Code(this RegistrationRefusal refusal) => refusal switch
    {
        RegistrationRefusal.EventFull => "EVENT_FULL",
        RegistrationRefusal.RegistrationClosed => "REGISTRATION_CLOSED",
    };
}

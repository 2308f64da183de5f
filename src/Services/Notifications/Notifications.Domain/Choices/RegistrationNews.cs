namespace Library.Notifications.Domain.Choices;

/// <summary>What a notice says of a registration for an event.</summary>
public enum RegistrationNews
{
    /// <summary>It has its seats.</summary>
    Confirmed = 1,

    /// <summary>It waits for seats.</summary>
    Waitlisted,

    /// <summary>It waited and has its seats now.</summary>
    Promoted,
}

/// <summary>Whether a registration is still what a notice says of it when the notice is sent.</summary>
public static class RegistrationNewsRules
{
    /// <summary>The name under which templates and records know it, e.g. WAITLISTED.</summary>
    public static string Code(this RegistrationNews news) => news switch
    {
        RegistrationNews.Confirmed => "CONFIRMED",
        RegistrationNews.Waitlisted => "WAITLISTED",
        RegistrationNews.Promoted => "PROMOTED",
    };

    /// <summary>
    /// False where things have moved on, so that sending would tell what is not true any more: cancelled meanwhile, or moved up from the waiting list,
    /// of which a notice of its own tells.
    /// </summary>
    /// <param name="news">What the notice says.</param>
    /// <param name="state">The state of the registration as Events has it: CONFIRMED, WAITLISTED or CANCELLED.</param>
    public static bool IsStillTrue(this RegistrationNews news, string state) => news switch
    {
        RegistrationNews.Confirmed or RegistrationNews.Promoted => state == "CONFIRMED",
        RegistrationNews.Waitlisted => state == "WAITLISTED",
    };
}

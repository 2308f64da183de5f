namespace Library.Notifications.Domain.Sending;

/// <summary>Why a notice was not sent, or not yet. A code, never a server's words: they may hold an address.</summary>
public enum DeliveryProblem
{
    /// <summary>The member does not want notices of this kind by this channel. Remedy: none is needed.</summary>
    NotChosen = 1,

    /// <summary>What it would say is not true any more. Remedy: none is needed; another notice tells what is.</summary>
    Overtaken,

    /// <summary>The person has no e-mail. Remedy: a formal reminder goes by post; else the desk asks for one.</summary>
    NoAddress,

    /// <summary>The person or the registration is not known any more (erased, or a guest forgotten). Remedy: none.</summary>
    NoRecipient,

    /// <summary>No operator for text messages is configured. Remedy: the notice goes by another channel.</summary>
    NoOperator,

    /// <summary>The mail server refuses this address for good. Remedy: the desk asks for another.</summary>
    AddressRefused,

    /// <summary>The mail server refuses the letter for good. Remedy: the operator reads the mail server's log.</summary>
    MailRefused,

    /// <summary>The mail server cannot be reached or asks to come again. Passes by itself.</summary>
    MailAway,

    /// <summary>Membership, which knows names and addresses, cannot be reached. Passes by itself.</summary>
    MembershipAway,

    /// <summary>Events, which knows the registration, cannot be reached. Passes by itself.</summary>
    EventsAway,

    /// <summary>Catalog, which knows the titles, cannot be reached. Passes by itself.</summary>
    CatalogAway,

    /// <summary>A fault of our own; the log has where it arose. Tried again, because the next version may be without it.</summary>
    Fault,
}

/// <summary>Names of problems.</summary>
public static class DeliveryProblems
{
    /// <summary>For example NO_ADDRESS.</summary>
    public static string Code(this DeliveryProblem problem) => problem switch
    {
        DeliveryProblem.NotChosen => "NOT_CHOSEN",
        DeliveryProblem.Overtaken => "OVERTAKEN",
        DeliveryProblem.NoAddress => "NO_ADDRESS",
        DeliveryProblem.NoRecipient => "NO_RECIPIENT",
        DeliveryProblem.NoOperator => "NO_OPERATOR",
        DeliveryProblem.AddressRefused => "ADDRESS_REFUSED",
        DeliveryProblem.MailRefused => "MAIL_REFUSED",
        DeliveryProblem.MailAway => "MAIL_AWAY",
        DeliveryProblem.MembershipAway => "MEMBERSHIP_AWAY",
        DeliveryProblem.EventsAway => "EVENTS_AWAY",
        DeliveryProblem.CatalogAway => "CATALOG_AWAY",
        DeliveryProblem.Fault => "FAULT",
    };
}

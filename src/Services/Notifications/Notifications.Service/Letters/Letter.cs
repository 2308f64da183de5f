namespace Library.Notifications.Letters;

/// <summary>
/// What is written: each has templates of its own. Of the fixed kinds of notices, which members choose by, several letters may be of one: whatever can be collected, or
/// cannot be got, is HOLD_READY.
/// </summary>
public enum Letter
{
    /// <summary>A formal reminder.</summary>
    Reminder = 1,

    /// <summary>A formal reminder is due on the next day.</summary>
    ReminderImminent,

    /// <summary>Loans fall due soon.</summary>
    LoansDueSoon,

    /// <summary>What a visit came to.</summary>
    VisitReceipt,

    /// <summary>Reserved material waits at its branch.</summary>
    HoldReady,

    /// <summary>Reserved material waits until tomorrow only.</summary>
    HoldExpiring,

    /// <summary>Copies wait in a locker.</summary>
    LockerReady,

    /// <summary>A partner library's copy waits.</summary>
    InterlibraryArrived,

    /// <summary>No partner library can supply it.</summary>
    InterlibraryUnfilled,

    /// <summary>A licence is kept for the member.</summary>
    LicenceOffered,

    /// <summary>News of a registration for an event.</summary>
    EventRegistration,
}

using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Holds;
using NodaTime;

namespace Library.Catalog.Domain.Interlibrary;

/// <summary>On which side of a request this library stands.</summary>
public enum InterlibraryRole
{
    /// <summary>We borrow from a partner for our member (art. 34).</summary>
    Requester = 1,

    /// <summary>A partner borrows from us.</summary>
    Supplier,
}

/// <summary>Where a request is. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum InterlibraryState
{
    /// <summary>Asked for.</summary>
    Requested = 1,

    /// <summary>The partner has sent it, on its terms.</summary>
    Supplied,

    /// <summary>At the pick-up branch, waiting for the member.</summary>
    Arrived,

    /// <summary>With the member.</summary>
    Lent,

    /// <summary>Back from the member, still here.</summary>
    ReturnedByMember,

    /// <summary>On its way back to the partner.</summary>
    SentBack,

    /// <summary>Our copy is with the partner, or on its way there.</summary>
    Shipped,

    /// <summary>Our copy came back.</summary>
    Returned,

    /// <summary>Done.</summary>
    Closed,

    /// <summary>Whoever was asked cannot supply it.</summary>
    Unfilled,

    /// <summary>Withdrawn before anything was sent.</summary>
    Cancelled,

    /// <summary>The copy is gone.</summary>
    Lost,
}

/// <summary>What is done to a request.</summary>
public enum InterlibraryAction
{
    /// <summary>The partner says that it has sent it.</summary>
    Supply = 1,

    /// <summary>It is unpacked and labelled at the pick-up branch.</summary>
    Arrive,

    /// <summary>The desk lends it to the member.</summary>
    Lend,

    /// <summary>The desk takes it back from the member.</summary>
    TakeBack,

    /// <summary>It is sent back to the partner, lent or not.</summary>
    SendBack,

    /// <summary>Our copy is sent to the partner.</summary>
    Ship,

    /// <summary>Our copy has come back.</summary>
    ReceiveBack,

    /// <summary>Nothing is left to do.</summary>
    Close,

    /// <summary>Who asked does not want it any more.</summary>
    Cancel,

    /// <summary>It cannot be supplied.</summary>
    Unfill,

    /// <summary>The copy is given up; not while our member has it: that is a loan like any other (art. 42).</summary>
    ReportLost,
}

/// <summary>Why something is not done about a request. The contract's name is given by <see cref="ContractCode"/>.</summary>
public enum InterlibraryRefusal
{
    /// <summary>Not in this state, or not on this side. Remedy: read the request again.</summary>
    InterlibraryState = 1,

    /// <summary>The member has as many open requests as is allowed. Remedy: wait for one, or cancel one.</summary>
    InterlibraryLimit,

    /// <summary>The copy is not free to be sent away: not on the shelf of this branch, not lendable, or not ours. Remedy: another copy.</summary>
    ItemNotFree,
}

/// <summary>The life of an interlibrary loan (art. 34), in and out.</summary>
public static class InterlibraryRules
{
    /// <summary>Open requests of one member. Ours: the rulebook has no number.</summary>
    public const int OpenPerMember = 10;

    /// <summary>The longest time for which a partner lends or is lent to, in days. Ours: a bound against slips of the keyboard.</summary>
    public const int LongestLoanDays = 366;

    /// <summary>The state after the action, or null where it is not done in this state on this side.</summary>
    public static InterlibraryState? After(InterlibraryRole role, InterlibraryState state, InterlibraryAction action) => (role, state, action) switch
    {
        (_, InterlibraryState.Requested, InterlibraryAction.Cancel) => InterlibraryState.Cancelled,
        (_, InterlibraryState.Requested, InterlibraryAction.Unfill) => InterlibraryState.Unfilled,
        (InterlibraryRole.Requester, InterlibraryState.Requested, InterlibraryAction.Supply) => InterlibraryState.Supplied,
        (InterlibraryRole.Requester, InterlibraryState.Supplied, InterlibraryAction.Arrive) => InterlibraryState.Arrived,
        (InterlibraryRole.Requester, InterlibraryState.Arrived, InterlibraryAction.Lend) => InterlibraryState.Lent,
        (InterlibraryRole.Requester, InterlibraryState.Lent, InterlibraryAction.TakeBack) => InterlibraryState.ReturnedByMember,
        (InterlibraryRole.Requester, InterlibraryState.Arrived or InterlibraryState.ReturnedByMember, InterlibraryAction.SendBack) => InterlibraryState.SentBack,
        (InterlibraryRole.Requester, InterlibraryState.SentBack, InterlibraryAction.Close) => InterlibraryState.Closed,
        (InterlibraryRole.Requester,
            InterlibraryState.Supplied or InterlibraryState.Arrived or InterlibraryState.ReturnedByMember or InterlibraryState.SentBack,
            InterlibraryAction.ReportLost) => InterlibraryState.Lost,
        (InterlibraryRole.Supplier, InterlibraryState.Requested, InterlibraryAction.Ship) => InterlibraryState.Shipped,
        (InterlibraryRole.Supplier, InterlibraryState.Shipped, InterlibraryAction.ReceiveBack) => InterlibraryState.Returned,
        (InterlibraryRole.Supplier, InterlibraryState.Returned, InterlibraryAction.Close) => InterlibraryState.Closed,
        (InterlibraryRole.Supplier, InterlibraryState.Shipped, InterlibraryAction.ReportLost) => InterlibraryState.Lost,
        _ => null,
    };

    /// <summary>Whether nothing follows any more.</summary>
    public static bool IsOver(InterlibraryState state) =>
        state is InterlibraryState.Closed or InterlibraryState.Unfilled or InterlibraryState.Cancelled or InterlibraryState.Lost;

    /// <summary>Whether the lender's last day (inclusive, a date of the library's zone) has passed while the copy is still out.</summary>
    public static bool IsOverdue(InterlibraryState state, LocalDate? dueOn, LocalDate today) => dueOn < today
        && state is (InterlibraryState.Supplied or InterlibraryState.Arrived or InterlibraryState.Lent or InterlibraryState.ReturnedByMember or InterlibraryState.Shipped);

    /// <summary>The status that ISO 18626 gives the request: always the supplying library's, whichever of the two we are.</summary>
    public static string Iso18626Status(InterlibraryState state, bool isOverdue) => state switch
    {
        InterlibraryState.Requested => "RequestReceived",
        InterlibraryState.Supplied or InterlibraryState.Arrived or InterlibraryState.Lent or InterlibraryState.ReturnedByMember or InterlibraryState.Shipped =>
            isOverdue ? "Overdue" : "Loaned",
        InterlibraryState.SentBack => "Loaned",
        InterlibraryState.Returned or InterlibraryState.Closed => "LoanCompleted",
        InterlibraryState.Unfilled => "Unfilled",
        InterlibraryState.Cancelled => "Cancelled",
        InterlibraryState.Lost => "CompletedWithoutReturn",
    };

    /// <summary>
    /// Until when (inclusive) a partner's copy waits at the pick-up branch: as long as reserved material that was out does (art. 33, 34), but not beyond the last
    /// day on which the partner lends it.
    /// </summary>
    /// <param name="arrivedOn">The day on which it arrived.</param>
    /// <param name="lenderDueOn">The lender's last day.</param>
    /// <param name="policy">How long reserved material waits.</param>
    /// <param name="pickup">The calendar of the pick-up branch.</param>
    public static LocalDate WaitsUntil(LocalDate arrivedOn, LocalDate lenderDueOn, HoldPolicy policy, BranchCalendar pickup) =>
        LocalDate.Min(HoldRules.ReadyUntil(arrivedOn, prepared: false, policy, pickup), lenderDueOn);
}

using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Holds;

/// <summary>Where a hold stands. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum HoldState
{
    /// <summary>In the queue; a copy on a shelf may be set aside for it already.</summary>
    Waiting = 1,

    /// <summary>A copy is on its way to the pick-up branch.</summary>
    InTransit,

    /// <summary>A copy waits at the pick-up branch.</summary>
    Ready,

    /// <summary>The member has borrowed the title.</summary>
    Fulfilled,

    /// <summary>Given up by the member or the library.</summary>
    Cancelled,

    /// <summary>Not collected in time (art. 33).</summary>
    Expired,
}

/// <summary>What the library holds of a title, as far as a hold is concerned.</summary>
/// <param name="Lendable">Copies that are lent out at all, for the youth section and for everybody together.</param>
/// <param name="YouthLendable">Those of them that are fit for the youth section.</param>
/// <param name="OnOrder">Copies that are ordered and have not arrived.</param>
public sealed record TitleFacts(int Lendable, int YouthLendable, int OnOrder);

/// <summary>The facts on which a hold is placed or refused.</summary>
public sealed record HoldFacts
{
    /// <summary>The member who asks.</summary>
    public required BorrowerFacts Borrower { get; init; }

    /// <summary>The title; of a hold on one copy, that copy alone.</summary>
    public required TitleFacts Title { get; init; }

    /// <summary>The member's open hold on the title.</summary>
    public bool AlreadyHeld { get; init; }

    /// <summary>The member has a copy of the title on loan.</summary>
    public bool AlreadyLent { get; init; }
}

/// <summary>A place in the queue for which no copy is set aside yet.</summary>
/// <param name="Id">Of the hold.</param>
/// <param name="PickupBranch">Code of the branch where it is collected.</param>
/// <param name="OnlyBarcode">The copy that alone is wanted; null: any.</param>
/// <param name="Youth">Whether the member belongs to the youth section (art. 18).</param>
public sealed record WaitingHold(Guid Id, string PickupBranch, string? OnlyBarcode, bool Youth);

/// <summary>A copy that is lent out, stands in a branch, and is for nobody yet.</summary>
/// <param name="Barcode">Of the copy.</param>
/// <param name="At">Code of the branch where it stands.</param>
/// <param name="Youth">Fit for the youth section.</param>
public sealed record FreeCopy(string Barcode, string At, bool Youth);

/// <summary>A copy that is set aside for a hold.</summary>
/// <param name="Hold">Its id.</param>
/// <param name="Barcode">Of the copy.</param>
/// <param name="AtPickup">Whether it stands where it is collected.</param>
public sealed record SetAside(Guid Hold, string Barcode, bool AtPickup);

/// <summary>How long reserved material waits, and for whom first.</summary>
/// <param name="ShelfWorkingDays">For a title that was out (art. 33: 3).</param>
/// <param name="PreparedWorkingDays">For one that stood on the pick-up branch's shelf and was set aside on request (art. 33: 1).</param>
/// <param name="WorkingDays">Which weekdays count; a public holiday never does.</param>
/// <param name="UntilFirstOpenDay">At least until the end of the pick-up branch's first opening day after the notice.</param>
/// <param name="LocalFirst">A returned copy goes to who collects it at the branch of the return before others who placed earlier.</param>
/// <param name="Article">The rulebook's article.</param>
public sealed record HoldPolicy(
    int ShelfWorkingDays, int PreparedWorkingDays, IReadOnlySet<IsoDayOfWeek> WorkingDays, bool UntilFirstOpenDay, bool LocalFirst, string Article);

/// <summary>Reservations (art. 31, 33).</summary>
public static class HoldRules
{
    /// <summary>No estimate goes further than so many loans of each copy.</summary>
    private const int MostRounds = 100;

    /// <summary>
    /// Why a hold may not be placed, in order of precedence; empty: it may. What blocks a member from everything blocks this, any debt does (art. 31: open
    /// claims forbid reserving), and a title of which nothing is lent and nothing is ordered cannot be had.
    /// </summary>
    /// <param name="facts">The member and the title.</param>
    /// <param name="policy">What blocks.</param>
    /// <param name="pickupBranch">Code of the branch where it is to be collected: the smaller fee is good at the small branches only.</param>
    /// <param name="today">The business date in the library's zone.</param>
    public static IReadOnlyList<LoanRefusal> AgainstPlacing(HoldFacts facts, BlockPolicy policy, string pickupBranch, LocalDate today) =>
        [.. BlockRules.Blocks(facts.Borrower, policy, today).Concat(Others(facts, pickupBranch)).Order()];

    /// <summary>
    /// The last day (inclusive) on which a copy that became ready on <paramref name="readyOn"/> waits at the branch of the calendar: so many working days
    /// after that day, and in any case the branch's first opening day after it.
    /// </summary>
    /// <param name="readyOn">The day of the notice.</param>
    /// <param name="prepared">It was set aside from that branch's own shelf.</param>
    /// <param name="policy">The days.</param>
    /// <param name="pickup">The calendar of the pick-up branch.</param>
    public static LocalDate ReadyUntil(LocalDate readyOn, bool prepared, HoldPolicy policy, BranchCalendar pickup)
    {
        var until = readyOn;
        for (var left = prepared ? policy.PreparedWorkingDays : policy.ShelfWorkingDays; left > 0;)
        {
            until = until.PlusDays(1);
            if (policy.WorkingDays.Contains(until.DayOfWeek) && !pickup.IsHoliday(until)) left--;
        }
        return policy.UntilFirstOpenDay && pickup.NextOpenDay(readyOn) is { } open ? LocalDate.Max(until, open) : until;
    }

    /// <summary>Whether a hold that is ready has been waiting for too long: its last day has passed.</summary>
    public static bool HasExpired(LocalDate readyUntil, LocalDate today) => readyUntil < today;

    /// <summary>
    /// When a place in the queue may be served, if every copy comes back on its last day and goes out again for a whole period: an estimate, not a promise.
    /// Copies that are overdue are expected today. Null where there is no copy.
    /// </summary>
    /// <param name="position">In the queue, 1 is the first.</param>
    /// <param name="dueOn">The due dates of the copies on loan; for one that is free, today.</param>
    /// <param name="periodDays">For how long the title is lent.</param>
    /// <param name="today">The business date in the library's zone.</param>
    public static LocalDate? ExpectedOn(int position, IReadOnlyCollection<LocalDate> dueOn, int periodDays, LocalDate today)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, 1);
        if (dueOn.Count == 0) return null;
        var (rounds, copy) = Math.DivRem(position - 1, dueOn.Count);
        var first = dueOn.Order().ElementAt(copy);
        return LocalDate.Max(first, today).PlusDays(Math.Min(rounds, MostRounds) * periodDays);
    }

    /// <summary>
    /// Which free copy is set aside for which hold: the holds in their order, each with a copy at its own pick-up branch where there is one, else with the
    /// first that there is. A hold that none of them suits is passed over.
    /// </summary>
    /// <param name="waiting">In order of placing.</param>
    /// <param name="free">In any order that is the same every time.</param>
    public static IReadOnlyList<SetAside> SetAside(IReadOnlyList<WaitingHold> waiting, IReadOnlyList<FreeCopy> free)
    {
        var left = free.ToList();
        var aside = new List<SetAside>();
        foreach (var hold in waiting)
        {
            var copy = left.Where(copy => Suits(hold, copy)).OrderByDescending(copy => copy.At == hold.PickupBranch).FirstOrDefault();
            if (copy is null) continue;
            left.Remove(copy);
            aside.Add(new SetAside(hold.Id, copy.Barcode, copy.At == hold.PickupBranch));
        }
        return aside;
    }

    private static bool Suits(WaitingHold hold, FreeCopy copy) => (hold.OnlyBarcode ?? copy.Barcode) == copy.Barcode && (copy.Youth || !hold.Youth);

    private static IEnumerable<LoanRefusal> Others(HoldFacts facts, string pickupBranch)
    {
        var borrower = facts.Borrower;
        if (borrower.Kind == MembershipKind.EOnly) yield return LoanRefusal.MembershipEOnly;
        if (borrower.Kind == MembershipKind.SmallBranch && !borrower.SmallFeeBranches.Contains(pickupBranch)) yield return LoanRefusal.MembershipBranch;
        if (borrower.DebtMinor > 0) yield return LoanRefusal.OpenClaims;
        if (facts.AlreadyHeld) yield return LoanRefusal.AlreadyHeld;
        if (facts.AlreadyLent) yield return LoanRefusal.AlreadyLentToMember;
        if (facts.Title is { Lendable: 0, OnOrder: 0 }) yield return LoanRefusal.ItemNotForLoan;
        else if (borrower.Section == AgeSection.Youth && facts.Title is { YouthLendable: 0, OnOrder: 0 }) yield return LoanRefusal.AgeSection;
    }
}

/// <summary>Why an open hold is not changed. The contract's name is given by <see cref="ContractCode"/>.</summary>
public enum HoldRefusal
{
    /// <summary>The hold was fulfilled, cancelled, or has expired. Remedy: place a new one.</summary>
    HoldClosed = 1,

    /// <summary>A copy is on its way or waits already. Remedy: collect it, or cancel the hold.</summary>
    HoldReady,
}

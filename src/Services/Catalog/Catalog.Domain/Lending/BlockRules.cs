using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Reminders;
using NodaTime;

namespace Library.Catalog.Domain.Lending;

/// <summary>What blocks a member from every service, whichever item it is about (art. 16, 20, 27, 29, 40).</summary>
public static class BlockRules
{
    /// <summary>
    /// The refusals that hold against the member on <paramref name="today"/> (a date of the library's zone), in order of precedence. A term's last
    /// day is inside the term;
    /// a debt of exactly the limit and an obligation of exactly the permitted age do not block; a member who left or was erased counts as lapsed, an
    /// excluded one as restricted.
    /// </summary>
    public static IEnumerable<LoanRefusal> Blocks(BorrowerFacts borrower, BlockPolicy policy, LocalDate today)
    {
        if (borrower.State is MembershipState.Lapsed or MembershipState.Left or MembershipState.Erased || borrower.TermEndsOn < today)
        {
            yield return LoanRefusal.MembershipLapsed;
        }

        if (borrower.Restricted || borrower.State == MembershipState.Excluded)
        {
            yield return LoanRefusal.MemberRestricted;
        }

        if (borrower.DebtMinor > policy.DebtOverMinor)
        {
            yield return LoanRefusal.DebtOverLimit;
        }

        if (borrower.DebtMinor > 0 && borrower.OldestOpenObligationOn is { } since && Period.DaysBetween(since, today) > policy.ObligationOlderThanDays)
        {
            yield return LoanRefusal.DebtTooOld;
        }

        if (borrower.ReminderLevel >= policy.BlockingReminderLevel && !ReminderRules.SpellIsOver(borrower.AnythingOverdue, borrower.DebtMinor))
        {
            yield return LoanRefusal.UnreturnedNotice;
        }
    }
}

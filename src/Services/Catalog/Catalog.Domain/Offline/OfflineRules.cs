using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Offline;

/// <summary>What becomes of a loan that was made while the system was down.</summary>
public abstract record OfflineLoanDecision
{
    private OfflineLoanDecision()
    {
    }

    /// <summary>It is a loan.</summary>
    /// <param name="Loan">As the rules of that day make it.</param>
    /// <param name="Against">What would have spoken against it, in order of precedence: listed for the librarian; often empty.</param>
    public sealed record Lent(CheckOutDecision.Granted Loan, IReadOnlyList<LoanRefusal> Against) : OfflineLoanDecision;

    /// <summary>It cannot be one.</summary>
    /// <param name="Reasons">In order of precedence; never empty.</param>
    public sealed record NotLent(IReadOnlyList<LoanRefusal> Reasons) : OfflineLoanDecision;
}

/// <summary>How what was done while the system was down is applied afterwards (art. 28). What was done at the desk was done.</summary>
public static class OfflineRules
{
    /// <summary>How far a device's clock may be ahead (inclusive).</summary>
    public static readonly Duration MostAhead = Duration.FromMinutes(5);

    /// <summary>How far a line may lie behind the one before it (inclusive): a clock that was set meanwhile.</summary>
    public static readonly Duration MostBehindLineBefore = Duration.FromMinutes(2);

    /// <summary>How old a line may be when it comes in (inclusive).</summary>
    public static readonly Duration Oldest = Duration.FromDays(14);

    /// <summary>The instant that a line counts with: a little behind the line before, it counts as done at the same time.</summary>
    public static Instant Order(Instant at, Instant? before) => before is { } line && at < line && line - at <= MostBehindLineBefore ? line : at;

    /// <summary>Why a line is not applied at all, whatever it is about; null where nothing speaks against it.</summary>
    public static OfflineFinding? Judge(Instant at, Instant? before, Instant now) =>
        before is { } line && line - at > MostBehindLineBefore ? OfflineFinding.ClockSkew
        : now - at > Oldest ? OfflineFinding.TooOld
        : null;

    /// <summary>Whether something that is known of the item happened after the line, and stands against it. At the same instant it does not.</summary>
    /// <param name="at">The line's.</param>
    /// <param name="lastKnown">The last loan, return or move of the item; null: none.</param>
    public static bool IsOvertaken(Instant at, Instant? lastKnown) => lastKnown > at;

    /// <summary>
    /// Decides on a loan that was made on <paramref name="day"/>. What speaks against the member, or for another reader, does not undo it: the member has
    /// the item in hand. What the data cannot hold does: a second loan of one item, a loan of what is written off, lost or missing, or one without a due
    /// date.
    /// </summary>
    /// <param name="facts">Of the member, as known now, and of the item.</param>
    /// <param name="rulebook">The rules in force on that day.</param>
    /// <param name="desk">The calendar of the branch that lent.</param>
    /// <param name="day">The business date in the library's zone.</param>
    public static OfflineLoanDecision DecideLoan(CheckOutFacts facts, CirculationRulebook rulebook, BranchCalendar desk, LocalDate day)
    {
        var decision = CheckOutRules.Decide(facts, rulebook, desk, day);
        if (decision is CheckOutDecision.Granted granted) return new OfflineLoanDecision.Lent(granted, []);
        var reasons = ((CheckOutDecision.Refused)decision).Reasons;
        return reasons.Any(IsImpossible) || DueDates.ForLoan(facts.Item, rulebook, desk, day) is not { } due
            ? new OfflineLoanDecision.NotLent(reasons)
            : new OfflineLoanDecision.Lent(
                new CheckOutDecision.Granted(
                    due.On, facts.Item.LenderRenews ? RenewalRules.FreeRenewalsLeft(facts.Item.Material, facts.Item.Lending, 0, rulebook) : 0, rulebook.Version, desk.Version)
                {
                    Rule = due.Rule,
                },
                reasons);
    }

    private static bool IsImpossible(LoanRefusal reason) => reason is LoanRefusal.ItemOnLoan or LoanRefusal.ItemWithdrawn;
}

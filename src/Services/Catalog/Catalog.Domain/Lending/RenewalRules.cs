using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Lending;

/// <summary>The facts on which a loan is renewed or refused.</summary>
public sealed record RenewalFacts
{
    /// <summary>The member who has the loan.</summary>
    public required BorrowerFacts Borrower { get; init; }

    /// <summary>The material that is on loan.</summary>
    public required Material Material { get; init; }

    /// <summary>How the item may be used.</summary>
    public required LendingClass Lending { get; init; }

    /// <summary>The present due date.</summary>
    public required LocalDate DueOn { get; init; }

    /// <summary>How often the loan has been renewed, free or not.</summary>
    public required int RenewalsMade { get; init; }

    /// <summary>Whether the member agrees to pay for an exceptional renewal, if a free one is not left.</summary>
    public bool ExceptionalAsked { get; init; }

    /// <summary>Whether another member waits for the title.</summary>
    public bool TitleReservedByAnother { get; init; }

    /// <summary>Whether the member says that it is back.</summary>
    public bool ClaimedReturned { get; init; }

    /// <summary>Whether the member has said that it is lost (art. 42): what is lost is settled, not renewed.</summary>
    public bool DeclaredLost { get; init; }

    /// <summary>The last day (inclusive) on which another library lends it to us; null: it is our own (art. 34).</summary>
    public LocalDate? LenderDueOn { get; init; }

    /// <summary>Whether the library that lends it to us lets loans be renewed until then.</summary>
    public bool LenderRenews { get; init; } = true;
}

/// <summary>The answer to a request to renew.</summary>
public abstract record RenewalDecision
{
    private RenewalDecision()
    {
    }

    /// <summary>The loan is renewed.</summary>
    /// <param name="DueOn">The new last day (inclusive).</param>
    /// <param name="Exceptional">Whether this one is charged; a free one is used first, even if the exceptional was asked for.</param>
    /// <param name="RenewalsLeft">How many free renewals are left after this one.</param>
    /// <param name="RulebookVersion">The rules it was made under.</param>
    /// <param name="CalendarVersion">The calendars it was made under.</param>
    public sealed record Granted(LocalDate DueOn, bool Exceptional, int RenewalsLeft, string RulebookVersion, string CalendarVersion) : RenewalDecision
    {
        /// <summary>What gave the due date: the period from today, or the former day where that is later.</summary>
        public DueRule Rule { get; init; } = DueRule.Period;
    }

    /// <summary>The loan is not renewed.</summary>
    /// <param name="Reasons">Every reason, in order of precedence; never empty.</param>
    /// <param name="ExceptionalLeft">Whether a paid renewal is left that was not asked for.</param>
    public sealed record Refused(IReadOnlyList<LoanRefusal> Reasons, bool ExceptionalLeft) : RenewalDecision
    {
        /// <summary>The reason to give.</summary>
        public LoanRefusal Reason => Reasons[0];

        /// <summary>Whether newer facts from Membership and Finance could turn this into a renewal.</summary>
        public bool CouldBeLifted => Reasons.All(reason => reason.MayBeStale());
    }
}

/// <summary>Whether a loan is renewed, and until when (art. 29–31).</summary>
public static class RenewalRules
{
    /// <summary>
    /// Decides on renewing a loan. The new period counts from the day on which it is made and never shortens the loan. Besides what blocks a member
    /// from everything, any debt
    /// is an open claim, and another member's reservation refuses. An overdue loan may be renewed; its fine until <paramref name="today"/> is priced
    /// as at a return and charged with it. What another library lends to us is renewed until its day at the latest, where it allows that (art. 34).
    /// </summary>
    /// <param name="facts">The member and the loan.</param>
    /// <param name="rulebook">The rules in force on <paramref name="today"/>.</param>
    /// <param name="desk">The calendar of the branch that lent.</param>
    /// <param name="today">The business date in the library's zone.</param>
    public static RenewalDecision Decide(RenewalFacts facts, CirculationRulebook rulebook, BranchCalendar desk, LocalDate today)
    {
        var policy = facts.LenderRenews && !facts.DeclaredLost && !(facts.LenderDueOn <= facts.DueOn) ? Policy(facts.Material, facts.Lending, rulebook) : null;
        var freeLeft = policy is null ? 0 : FreeRenewalsLeft(facts.Material, facts.Lending, facts.RenewalsMade, rulebook);
        var exceptionalLeft = freeLeft == 0 && policy is not null && facts.RenewalsMade < policy.FreeRenewals + policy.ExceptionalRenewals;

        var reasons = BlockRules.Blocks(facts.Borrower, rulebook.Block, today)
            .Concat(AgainstLoan(facts, policy, freeLeft > 0 || (exceptionalLeft && facts.ExceptionalAsked)))
            .Order()
            .ToArray();
        if (reasons.Length > 0 || policy is null)
        {
            return new RenewalDecision.Refused(reasons, exceptionalLeft && !facts.ExceptionalAsked);
        }

        var period = DueDates.After(policy.PeriodDays, rulebook, desk, today);
        var due = facts.LenderDueOn is { } last ? LocalDate.Min(last, period) : period;
        return new RenewalDecision.Granted(LocalDate.Max(facts.DueOn, due), freeLeft == 0, Math.Max(0, freeLeft - 1), rulebook.Version, desk.Version)
        {
            Rule = facts.DueOn > due ? DueRule.Kept : DueRule.Period,
        };
    }

    /// <summary>How many free renewals a loan has left after <paramref name="renewalsMade"/>.</summary>
    public static int FreeRenewalsLeft(Material material, LendingClass lending, int renewalsMade, CirculationRulebook rulebook) =>
        Policy(material, lending, rulebook) is { } policy ? Math.Max(0, policy.FreeRenewals - renewalsMade) : 0;

    private static IEnumerable<LoanRefusal> AgainstLoan(RenewalFacts facts, LendingPolicy? policy, bool hasOneLeft)
    {
        if (policy is null)
        {
            yield return LoanRefusal.RenewalNotAllowed;
        }
        else if (!hasOneLeft)
        {
            yield return LoanRefusal.RenewalLimit;
        }

        if (facts.TitleReservedByAnother)
        {
            yield return LoanRefusal.TitleReserved;
        }

        if (facts.Borrower.DebtMinor > 0)
        {
            yield return LoanRefusal.OpenClaims;
        }

        if (facts.ClaimedReturned)
        {
            yield return LoanRefusal.ClaimedReturned;
        }
    }

    // Renewals stand in the table for every issue of a serial but the latest; a material that has none is never renewed.
    private static LendingPolicy? Policy(Material material, LendingClass lending, CirculationRulebook rulebook) =>
        lending == LendingClass.Lendable && rulebook.Lending.TryGetValue(material, out var policy) && policy.IsRenewable ? policy : null;
}

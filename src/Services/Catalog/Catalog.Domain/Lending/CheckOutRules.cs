using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Lending;

/// <summary>Where an item stands in the stock.</summary>
public enum StockStatus
{
    /// <summary>Ready for use.</summary>
    InStock = 1,

    /// <summary>On its way to another branch; who has it in hand may borrow it.</summary>
    InTransit,

    /// <summary>Damaged or being mended.</summary>
    UnderRepair,

    /// <summary>Recorded as lost.</summary>
    Lost,

    /// <summary>Not found on its shelf; whoever brings it has it recorded as found first.</summary>
    Missing,

    /// <summary>Written off.</summary>
    WrittenOff,
}

/// <summary>Who has the item on an open loan.</summary>
public enum LoanHolder
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>The member who asks.</summary>
    ThisMember,

    /// <summary>Another member.</summary>
    Another,
}

/// <summary>What the decision to lend needs to know of the item.</summary>
public sealed record ItemFacts
{
    /// <summary>The item's material.</summary>
    public required Material Material { get; init; }

    /// <summary>How the item may be used.</summary>
    public required LendingClass Lending { get; init; }

    /// <summary>Where the item stands.</summary>
    public StockStatus Status { get; init; } = StockStatus.InStock;

    /// <summary>The section that the item is for; null: for everybody.</summary>
    public AgeSection? Audience { get; init; }

    /// <summary>Who has it on loan now.</summary>
    public LoanHolder OnLoanTo { get; init; }

    /// <summary>Whether it waits for another member's reservation.</summary>
    public bool HeldForAnother { get; init; }

    /// <summary>The last day (inclusive) on which another library lends it to us; null: it is our own (art. 34).</summary>
    public LocalDate? LenderDueOn { get; init; }

    /// <summary>Whether the library that lends it to us lets loans be renewed until then.</summary>
    public bool LenderRenews { get; init; } = true;
}

/// <summary>The facts on which an item is lent or refused.</summary>
/// <param name="Borrower">The member.</param>
/// <param name="Item">The item.</param>
public sealed record CheckOutFacts(BorrowerFacts Borrower, ItemFacts Item);

/// <summary>The answer to a request to borrow.</summary>
public abstract record CheckOutDecision
{
    private CheckOutDecision()
    {
    }

    /// <summary>The item is lent.</summary>
    /// <param name="DueOn">The last day of the loan (inclusive).</param>
    /// <param name="RenewalsLeft">How many free renewals the loan has.</param>
    /// <param name="RulebookVersion">The rules it was made under.</param>
    /// <param name="CalendarVersion">The calendars it was made under.</param>
    public sealed record Granted(LocalDate DueOn, int RenewalsLeft, string RulebookVersion, string CalendarVersion) : CheckOutDecision
    {
        /// <summary>What gave the due date.</summary>
        public DueRule Rule { get; init; } = DueRule.Period;

        /// <summary>The refusals that were passed over, in order of precedence.</summary>
        public IReadOnlyList<LoanRefusal> Overridden { get; init; } = [];
    }

    /// <summary>The item is not lent.</summary>
    /// <param name="Reasons">Every reason, in order of precedence; never empty.</param>
    public sealed record Refused(IReadOnlyList<LoanRefusal> Reasons) : CheckOutDecision
    {
        /// <summary>The reason to give.</summary>
        public LoanRefusal Reason => Reasons[0];

        /// <summary>Whether newer facts from Membership and Finance could turn this into a loan: no reason rests on Catalog's own rows.</summary>
        public bool CouldBeLifted => Reasons.All(reason => reason.MayBeStale());
    }
}

/// <summary>Whether an item is lent, and until when (art. 13, 18–19, 24, 26–34).</summary>
public static class CheckOutRules
{
    /// <summary>
    /// Decides on lending an item at the desk of the calendar's branch. There is no limit on the number of loans (art. 29).
    /// Refusals are ordered as <see cref="LoanRefusal"/> is; an item that this very member has is refused as on loan and listed as already lent to the member.
    /// </summary>
    /// <param name="facts">The member and the item.</param>
    /// <param name="rulebook">The rules in force on <paramref name="today"/>.</param>
    /// <param name="desk">The calendar of the branch that lends.</param>
    /// <param name="today">The business date in the library's zone.</param>
    /// <param name="discretion">
    /// What the desk asks for beyond the rules (art. 9, 32), its due date within <see cref="DiscretionRules.DueBetween"/>; null: nothing. A copy that the rules do
    /// not lend needs a due date of its own.
    /// </param>
    public static CheckOutDecision Decide(
        CheckOutFacts facts, CirculationRulebook rulebook, BranchCalendar desk, LocalDate today, Discretion? discretion = null)
    {
        var ordinary = DueDates.ForLoan(facts.Item, rulebook, desk, today);
        var reasons = BlockRules.Blocks(facts.Borrower, rulebook.Block, today)
            .Concat(AgainstMembership(facts.Borrower, facts.Item.Material.IsElectronic(), desk.BranchCode))
            .Concat(AgainstAge(facts))
            .Concat(AgainstItem(facts.Item, ordinary?.On))
            .Order()
            .ToArray();
        var due = discretion?.DueOn is { } longer ? new Due(longer, DueRule.Discretion) : ordinary;
        LoanRefusal[] overridden = discretion is { Override: true } ? [.. reasons.Where(reason => rulebook.Discretion.MayOverride(reason, discretion.Roles))] : [];
        LoanRefusal[] left = [.. reasons.Except(overridden)];
        if (left is not []) return new CheckOutDecision.Refused(left);
        if (due is null) return new CheckOutDecision.Refused([LoanRefusal.ItemNotForLoan]);
        return new CheckOutDecision.Granted(
            due.On, facts.Item.LenderRenews ? RenewalRules.FreeRenewalsLeft(facts.Item.Material, facts.Item.Lending, 0, rulebook) : 0, rulebook.Version, desk.Version)
        {
            Rule = due.Rule,
            Overridden = overridden,
        };
    }

    /// <summary>
    /// What refuses every copy at a branch to the member, whichever it is, in order of precedence; empty: it depends on the copy. For who wants to know
    /// before a copy is chosen, as a self-check machine does.
    /// </summary>
    /// <param name="borrower">The member, by the card that was presented.</param>
    /// <param name="policy">What blocks.</param>
    /// <param name="branchCode">Where the member wants to borrow.</param>
    /// <param name="today">The business date in the library's zone.</param>
    public static IReadOnlyList<LoanRefusal> AgainstMember(BorrowerFacts borrower, BlockPolicy policy, string branchCode, LocalDate today) =>
        [.. BlockRules.Blocks(borrower, policy, today).Concat(AgainstMembership(borrower, isElectronic: false, branchCode)).Order()];

    private static IEnumerable<LoanRefusal> AgainstMembership(BorrowerFacts borrower, bool isElectronic, string branchCode)
    {
        if (borrower.Kind == MembershipKind.EOnly && !isElectronic)
        {
            yield return LoanRefusal.MembershipEOnly;
        }

        if (borrower.Kind == MembershipKind.SmallBranch && !isElectronic && !borrower.SmallFeeBranches.Contains(branchCode))
        {
            yield return LoanRefusal.MembershipBranch;
        }

        if (borrower.CardReplaced)
        {
            yield return LoanRefusal.CardReplaced;
        }
    }

    private static IEnumerable<LoanRefusal> AgainstAge(CheckOutFacts facts)
    {
        var (borrower, item) = facts;
        if (borrower.Section == AgeSection.Youth && item.Audience == AgeSection.Adult)
        {
            yield return LoanRefusal.AgeSection;
        }
    }

    private static IEnumerable<LoanRefusal> AgainstItem(ItemFacts item, LocalDate? dueOn)
    {
        if (item.OnLoanTo != LoanHolder.None)
        {
            yield return LoanRefusal.ItemOnLoan;
        }

        if (item.OnLoanTo == LoanHolder.ThisMember)
        {
            yield return LoanRefusal.AlreadyLentToMember;
        }

        if (item.HeldForAnother)
        {
            yield return LoanRefusal.ItemHeldForAnother;
        }

        if (item.Status == StockStatus.UnderRepair || dueOn is null)
        {
            yield return LoanRefusal.ItemNotForLoan;
        }

        if (item.Status is StockStatus.Lost or StockStatus.Missing or StockStatus.WrittenOff)
        {
            yield return LoanRefusal.ItemWithdrawn;
        }
    }
}

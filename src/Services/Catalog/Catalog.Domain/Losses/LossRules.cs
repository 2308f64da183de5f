using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Losses;

/// <summary>What becomes of lost and badly damaged units (art. 42).</summary>
/// <param name="ReplaceWithinMonths">Months after the due date within which the reader may replace a unit by the same, and the fine stands still.</param>
/// <param name="AssessedAtMostTimesPrice">How many times the purchase price an assessed compensation may reach.</param>
/// <param name="ReprocessingWithCompensation">Whether reprocessing is paid with a compensation too, and not with a replacement only.</param>
/// <param name="Article">The rulebook's article.</param>
public sealed record LossPolicy(int ReplaceWithinMonths, int AssessedAtMostTimesPrice, bool ReprocessingWithCompensation, string Article);

/// <summary>Why a case was opened. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum LossCause
{
    /// <summary>The reader cannot bring it back.</summary>
    Lost = 1,

    /// <summary>It came back and cannot be used any more.</summary>
    Damaged,
}

/// <summary>Where a case stands.</summary>
public enum LossState
{
    /// <summary>Nothing is settled.</summary>
    Open = 1,

    /// <summary>The copy was handed in after all: an ordinary return.</summary>
    Returned,

    /// <summary>The reader brought the same.</summary>
    Replaced,

    /// <summary>The reader pays for it.</summary>
    Compensated,
}

/// <summary>Why a loss or a damage is not taken down or settled. The contract's name is given by <see cref="ContractCode"/>.</summary>
public enum LossRefusal
{
    /// <summary>The loan has ended already. Remedy: none is needed; damage is assessed on the copy.</summary>
    LoanEnded = 1,

    /// <summary>The loan has an open case already. Remedy: settle that one.</summary>
    LossDeclared,

    /// <summary>The case has ended. Remedy: read it again.</summary>
    LossEnded,

    /// <summary>The assessed value is below the least compensation. Remedy: charge the least, without an assessment.</summary>
    AssessedTooLow,

    /// <summary>The assessed value is beyond the library's bound. Remedy: assess again; the bound is the rulebook's.</summary>
    AssessedTooHigh,

    /// <summary>The copy is a partner library's: its replacement goes to the partner. Remedy: replace it without a new barcode.</summary>
    CopyOfPartner,

    /// <summary>This damage was charged for this loan before. Remedy: none.</summary>
    DamageAssessed,

    /// <summary>The price list in force has no such damage. Remedy: settle it otherwise.</summary>
    NoDamagePrice,
}

/// <summary>The facts on which a loss is priced.</summary>
public sealed record LossFacts
{
    /// <summary>Why the case was opened.</summary>
    public required LossCause Cause { get; init; }

    /// <summary>The material of the copy.</summary>
    public required Material Material { get; init; }

    /// <summary>The last day of the loan (inclusive).</summary>
    public required LocalDate DueOn { get; init; }

    /// <summary>The day on which the loss was declared, or a damaged copy came back.</summary>
    public required LocalDate StoppedOn { get; init; }

    /// <summary>The last day (inclusive) on which it is replaced and the fine stands still, by <see cref="LossRules.ReplaceUntil"/>.</summary>
    public required LocalDate ReplaceUntil { get; init; }

    /// <summary>How many units are lost: 1, or those that a suitcase or kit really holds.</summary>
    public int Units { get; init; } = 1;

    /// <summary>What the copy cost, in minor units; 0: not known.</summary>
    public long PurchasePriceMinor { get; init; }

    /// <summary>What was charged for being late when a damaged copy came back, in minor units.</summary>
    public long FineChargedMinor { get; init; }
}

/// <summary>What a settlement costs on a day. Amounts are minor units.</summary>
/// <param name="Fine">For being late.</param>
/// <param name="CompensationMinor">For the copy; 0 where it is replaced.</param>
/// <param name="ReprocessingMinor">For making a new copy ready; 0 where none is charged.</param>
/// <param name="Prices">The list in force on the day; null before the first one, when nothing has a price.</param>
public sealed record LossCost(Fine Fine, long CompensationMinor, long ReprocessingMinor, PriceList? Prices)
{
    /// <summary>All together.</summary>
    public long TotalMinor => Fine.AmountMinor + CompensationMinor + ReprocessingMinor;
}

/// <summary>The answer to a value that a librarian assessed.</summary>
public abstract record CompensationDecision
{
    private CompensationDecision()
    {
    }

    /// <summary>It is charged.</summary>
    /// <param name="Cost">What is charged.</param>
    public sealed record Granted(LossCost Cost) : CompensationDecision;

    /// <summary>It is out of bounds.</summary>
    /// <param name="Reason">Which bound.</param>
    /// <param name="LeastMinor">The least compensation, in minor units (inclusive).</param>
    /// <param name="MostMinor">The most that may be assessed, in minor units (inclusive).</param>
    public sealed record Refused(LossRefusal Reason, long LeastMinor, long MostMinor) : CompensationDecision;
}

/// <summary>What the reader pays for a lost or badly damaged copy (art. 42). All days are of the library's zone.</summary>
public static class LossRules
{
    /// <summary>
    /// The last day (inclusive) on which the reader may replace the copy while the fine stands still: the same day so many months after the due date, or the
    /// month's last where it has no such day (31 December and two months: 28 or 29 February).
    /// </summary>
    public static LocalDate ReplaceUntil(LocalDate dueOn, LossPolicy policy) => dueOn.PlusMonths(policy.ReplaceWithinMonths);

    /// <summary>
    /// The fine of a case that is settled on a day. It grew until the loss was declared (that day is charged), stands still until
    /// <see cref="LossFacts.ReplaceUntil"/>, and from the day after it runs on until the settlement, within the caps of every fine (art. 36–37). A loss
    /// that is declared after the months never stands still. Of a damaged copy only what comes after the months is in it: it was charged until its return.
    /// </summary>
    public static Fine Fine(LossFacts facts, PriceHistory prices, FinePolicy policy, BranchCalendar lentAt, LocalDate on) => FineRules.Price(
        new FineFacts
        {
            DueOn = facts.DueOn,
            ReturnedOn = on,
            Units = facts.Units,
            PurchasePriceMinor = facts.PurchasePriceMinor,
            ChargedMinor = facts.FineChargedMinor,
            Free = FreeDays(facts),
        },
        prices, policy, lentAt);

    /// <summary>What a replacement by the same costs on a day: the fine and reprocessing of every unit, at the price in force that day.</summary>
    public static LossCost Replacement(LossFacts facts, Fine fine, PriceHistory prices, LocalDate on)
    {
        var list = prices.On(on);
        return new LossCost(fine, 0, (list?.ReprocessingMinor ?? 0) * facts.Units, list);
    }

    /// <summary>
    /// What a compensation costs on a day: the fine; the least for every unit, or the assessed value of the whole where it is given and higher; and
    /// reprocessing where the policy has it. What is assessed out of <see cref="Bounds"/> is refused.
    /// </summary>
    public static CompensationDecision Compensation(
        LossFacts facts, Fine fine, long? assessedMinor, PriceHistory prices, LossPolicy policy, FinePolicy finePolicy, LocalDate on)
    {
        var list = prices.On(on);
        var (least, most) = Bounds(facts, list, policy, finePolicy);
        if (assessedMinor < least)
        {
            return new CompensationDecision.Refused(LossRefusal.AssessedTooLow, least, most);
        }

        if (assessedMinor > most)
        {
            return new CompensationDecision.Refused(LossRefusal.AssessedTooHigh, least, most);
        }

        var reprocessing = policy.ReprocessingWithCompensation ? (list?.ReprocessingMinor ?? 0) * facts.Units : 0;
        return new CompensationDecision.Granted(new LossCost(fine, assessedMinor ?? least, reprocessing, list));
    }

    /// <summary>
    /// The least compensation and the most that may be assessed (both inclusive), in minor units. The least is for every unit, at the price of periodicals for
    /// an issue of a serial. The most is so many times the purchase price, or the cap of a fine where that is higher, and never under the least.
    /// </summary>
    public static (long LeastMinor, long MostMinor) Bounds(LossFacts facts, PriceList? list, LossPolicy policy, FinePolicy finePolicy)
    {
        var least = (list is null ? 0 : facts.Material == Material.SerialIssue ? list.LeastPeriodicalCompensationMinor : list.LeastCompensationMinor) * facts.Units;
        return (least, Math.Max(least, Math.Max(policy.AssessedAtMostTimesPrice * facts.PurchasePriceMinor, finePolicy.CapMinorPerUnit * facts.Units)));
    }

    private static DateInterval? FreeDays(LossFacts facts)
    {
        var (from, to) = facts.Cause == LossCause.Damaged
            ? (facts.DueOn.PlusDays(1), LocalDate.Max(facts.StoppedOn, facts.ReplaceUntil))
            : (facts.StoppedOn.PlusDays(1), facts.ReplaceUntil);
        return from <= to ? new DateInterval(from, to) : null;
    }
}

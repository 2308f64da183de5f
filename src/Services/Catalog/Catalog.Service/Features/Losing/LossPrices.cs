using Library.Catalog.Domain.Fines;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Contracts;
using Library.ServiceDefaults.Networks;

namespace Library.Catalog.Features.Losing;

/// <summary>Prices a case by the rules that its loan was made under and the list in force, and makes charges of it with their derivation (ADR 5).</summary>
public sealed class LossPrices(NetworkRules rules, Fines fines)
{
    public string CurrencyCode => rules.CurrencyCode;

    public LossPolicy Policy(LossRow loss, LocalDate today) => rules.MadeUnder(loss.RulebookVersion, today).Loss;

    public Fine Fine(LossRow loss, LocalDate on) =>
        LossRules.Fine(loss.Facts, rules.Prices, rules.MadeUnder(loss.RulebookVersion, on).Fine, rules.Calendar(loss.LentBy), on);

    public LossCost Replacement(LossRow loss, LocalDate on) => LossRules.Replacement(loss.Facts, Fine(loss, on), rules.Prices, on);

    public CompensationDecision Compensation(LossRow loss, long? assessedMinor, LocalDate on)
    {
        var rulebook = rules.MadeUnder(loss.RulebookVersion, on);
        return LossRules.Compensation(loss.Facts, Fine(loss, on), assessedMinor, rules.Prices, rulebook.Loss, rulebook.Fine, on);
    }

    /// <summary>The least compensation, which is never refused, and the most that may be assessed.</summary>
    public (LossCost Cost, long MostMinor) Least(LossRow loss, LocalDate on)
    {
        var rulebook = rules.MadeUnder(loss.RulebookVersion, on);
        var cost = ((CompensationDecision.Granted)Compensation(loss, null, on)).Cost;
        return (cost, LossRules.Bounds(loss.Facts, cost.Prices, rulebook.Loss, rulebook.Fine).MostMinor);
    }

    /// <summary>What is due for a settlement; what costs nothing is no charge.</summary>
    /// <param name="loss">The case.</param>
    /// <param name="loan">Its loan, which names its reader.</param>
    /// <param name="cost">As decided.</param>
    /// <param name="assessed">A librarian assessed the compensation; else it is the least.</param>
    /// <param name="on">The business date.</param>
    public IReadOnlyList<Charge> ChargesOf(LossRow loss, LoanRow loan, LossCost cost, bool assessed, LocalDate on)
    {
        var member = loan.MemberName ?? throw new InvalidOperationException("A loan with an open case has a member.");
        var (facts, charges) = (loss.Facts, new List<Charge?> { fines.ChargeOf(loan, cost.Fine, on) });
        if (cost.Prices is { } list)
        {
            var least = facts.Material == Domain.Policies.Material.SerialIssue ? PriceCodes.CompensationLeastPeriodical : PriceCodes.CompensationLeastUnit;
            charges.Add(assessed
                ? UnitCharge.Of(ChargeKind.Compensation, PriceCodes.CompensationAssessed, list, cost.CompensationMinor, 1, member, loan.Branch, loan.Name, on, rules)
                : UnitCharge.Of(ChargeKind.Compensation, least, list, cost.CompensationMinor / facts.Units, facts.Units, member, loan.Branch, loan.Name, on, rules));
            charges.Add(UnitCharge.Of(
                ChargeKind.Reprocessing, PriceCodes.Reprocessing, list, cost.ReprocessingMinor / facts.Units, facts.Units, member, loan.Branch, loan.Name, on, rules));
        }
        return [.. charges.OfType<Charge>()];
    }
}

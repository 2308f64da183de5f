using Library.Catalog.Domain.Claims;
using Library.Catalog.Domain.Fines;
using Library.Catalog.Rules;
using Library.Contracts;
using Library.ServiceDefaults.Networks;

namespace Library.Catalog.Features.Loans;

/// <summary>Prices what a loan's lateness costs, and makes a charge of it with its derivation (art. 36–37, ADR 5).</summary>
public sealed class Fines(NetworkRules rules)
{
    /// <summary>By the rules that the loan was made under and the calendar of the branch that lent; not beyond the day on which the reader said that it was back.</summary>
    public Fine Price(LoanRow loan, LocalDate today) => FineRules.Price(
        new FineFacts { DueOn = loan.DueOn, ReturnedOn = ReturnClaimRules.FineCountsTo(loan.ClaimedReturnedOn, today), Units = loan.Units, PurchasePriceMinor = loan.PriceMinor },
        rules.Prices, rules.MadeUnder(loan.RulebookVersion, today).Fine, rules.Calendar(loan.Branch));

    /// <summary>Null where nothing is to be charged, or nobody is left to charge.</summary>
    public Charge? ChargeOf(LoanRow loan, Fine fine, LocalDate today) => fine.AmountMinor == 0 || loan.MemberName is null ? null : new Charge
    {
        Id = Guid.CreateVersion7(),
        Kind = ChargeKind.Fine,
        Member = loan.MemberName,
        Branch = loan.Branch,
        AmountMinor = fine.AmountMinor,
        CurrencyCode = fine.CurrencyCode,
        ChargedOn = today.ToDateOnly(),
        Subject = loan.Name,
        Lines = [.. Lines(fine)],
    };

    /// <summary>In order of time until the cap is used up, so that the lines add up to the charge.</summary>
    private static IEnumerable<ChargeLine> Lines(Fine fine)
    {
        var left = fine.AmountMinor;
        foreach (var line in fine.Lines)
        {
            if (left == 0) yield break;
            var amount = Math.Min(left, line.AmountMinor);
            left -= amount;
            yield return new ChargeLine
            {
                PriceCode = line.Unit == FineUnit.Week ? PriceCodes.FineWeek : PriceCodes.FineDay,
                TariffVersion = line.TariffVersion,
                Article = line.Article,
                From = line.From.ToDateOnly(),
                To = line.To.ToDateOnly(),
                Count = line.Count * line.Units,
                UnitMinor = line.UnitMinor,
                AmountMinor = amount,
            };
        }
    }
}

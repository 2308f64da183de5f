using Library.Catalog.Domain.Policies;
using Library.Catalog.Rules;
using Library.Contracts;

namespace Library.Catalog.Features.Loans;

/// <summary>A charge of so many units at one price of the list in force, with its derivation (ADR 5).</summary>
public static class UnitCharge
{
    /// <summary>Null for a price of zero: nothing is owed.</summary>
    public static Charge? Of(
        ChargeKind kind, string priceCode, PriceList list, long unitMinor, int units, string member, string branch, string subject, LocalDate on, NetworkRules rules) =>
        unitMinor == 0 ? null : new Charge
        {
            Id = Guid.CreateVersion7(),
            Kind = kind,
            Member = member,
            Branch = branch,
            AmountMinor = unitMinor * units,
            CurrencyCode = list.CurrencyCode,
            ChargedOn = on.ToDateOnly(),
            Subject = subject,
            Lines = [Line(priceCode, list, unitMinor, units, on, rules)],
        };

    public static ChargeLine Line(string priceCode, PriceList list, long unitMinor, int units, LocalDate on, NetworkRules rules) => new()
    {
        PriceCode = priceCode,
        TariffVersion = list.Version,
        Article = rules.ArticleOf(priceCode, on),
        Count = units,
        UnitMinor = unitMinor,
        AmountMinor = unitMinor * units,
    };
}

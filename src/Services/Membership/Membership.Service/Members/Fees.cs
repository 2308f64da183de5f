using Library.Contracts;
using Library.Membership.Domain;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Networks;

namespace Library.Membership.Members;

/// <summary>What members are charged here: priced from the network's tariff, told to Finance (design decision 5).</summary>
public static class Fees
{
    /// <summary>What memberships cost on a day.</summary>
    public static FeeSchedule ScheduleOn(this Network network, LocalDate date)
    {
        var tariff = network.TariffOn(date);
        var rule = network.RulebookOn(date).Membership;
        return new FeeSchedule
        {
            TariffVersion = tariff.Version,
            CurrencyCode = tariff.CurrencyCode,
            Full = Price(tariff, PriceCodes.MembershipFull),
            SmallBranch = Price(tariff, PriceCodes.MembershipSmallBranch),
            EOnly = Price(tariff, PriceCodes.MembershipEOnly),
            LegalPerson = Price(tariff, PriceCodes.MembershipLegalPerson),
            Under18 = Price(tariff, PriceCodes.MembershipUnder18),
            Unemployed = Price(tariff, PriceCodes.MembershipUnemployed),
            Disabled = tariff.Discounts.TryGetValue(PriceCodes.DiscountDisabled, out var off)
                ? new FeeDiscount(off.Code, off.Percent, off.On, Article(off.Article))
                : null,
            FreeUnderAge = rule.FreeUnderAge,
            FreeStatuses = rule.FreeStatuses.Select(ContractCode.Parse<PersonStatus>).ToHashSet(),
        };
    }

    /// <summary>The charge for a term or for its upgrade; the lines cover the days from <paramref name="from"/> to its end.</summary>
    public static Charge ForTerm(MemberRow member, Fee fee, FeeSchedule schedule, LocalDate from, LocalDate today) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = ChargeKind.Membership,
        Member = member.Name,
        Branch = member.Branch,
        AmountMinor = fee.AmountMinor,
        CurrencyCode = schedule.CurrencyCode,
        ChargedOn = today.ToDateOnly(),
        Subject = "",
        Lines = [.. fee.Lines.Select(line => new ChargeLine
        {
            PriceCode = line.PriceCode,
            TariffVersion = schedule.TariffVersion,
            Article = line.Article,
            From = from.ToDateOnly(),
            To = member.Term.EndsOn.ToDateOnly(),
            Count = 1,
            UnitMinor = line.UnitMinor,
            AmountMinor = line.UnitMinor,
        })],
    };

    /// <summary>The charge for a new card in place of a lost one (art. 24).</summary>
    public static Charge ForLostCard(MemberRow member, Network network, LocalDate today)
    {
        var tariff = network.TariffOn(today);
        var price = Price(tariff, PriceCodes.CardLost);
        return new Charge
        {
            Id = Guid.CreateVersion7(),
            Kind = ChargeKind.Card,
            Member = member.Name,
            Branch = member.Branch,
            AmountMinor = price.Minor,
            CurrencyCode = tariff.CurrencyCode,
            ChargedOn = today.ToDateOnly(),
            Subject = "",
            Lines =
            [
                new ChargeLine
                {
                    PriceCode = price.Code, TariffVersion = tariff.Version, Article = price.Article, Count = 1, UnitMinor = price.Minor, AmountMinor = price.Minor,
                },
            ],
        };
    }

    /// <summary>Remembers what was told, so that a member does not leave before Finance has heard of it.</summary>
    public static NpgsqlBatchCommand Remember(Guid member, Charge charge) => DatabaseSetup.BatchCommand(
        "INSERT INTO fee (charge_id, member_id, kind, amount_minor, currency_code, charged_on) VALUES ($1, $2, $3, $4, $5, $6)",
        charge.Id, member, ContractCode.Of(charge.Kind), charge.AmountMinor, charge.CurrencyCode, LocalDate.FromDateOnly(charge.ChargedOn));

    private static FeePrice Price(Tariff tariff, string code) => new(code, tariff.Price(code), Article(tariff.Prices[code].Article));

    private static string Article(string? article) => article is null ? "" : $"art. {article}";
}

namespace Library.Membership.Domain.Tests;

public sealed class FeeRulesTests
{
    private static readonly LocalDate Today = new(2026, 3, 2);

    [Theory]
    [InlineData(MembershipKind.Full, 2000)]
    [InlineData(MembershipKind.SmallBranch, 1500)]
    [InlineData(MembershipKind.EOnly, 500)]
    public void Fee_is_the_price_of_the_kind_art_13_19(MembershipKind kind, long expected) =>
        Assert.Equal(expected, FeeRules.Price(new FeeFacts(People.Ana, Disabled: false), kind, PriceList2024.Fees, Today).AmountMinor);

    [Theory]
    [InlineData(MembershipKind.Full, 1500)]
    [InlineData(MembershipKind.SmallBranch, 1125)]
    [InlineData(MembershipKind.EOnly, 375)]
    public void Disabled_members_pay_a_quarter_less_art_14(MembershipKind kind, long expected)
    {
        var fee = FeeRules.Price(new FeeFacts(People.Ana, Disabled: true), kind, PriceList2024.Fees, Today);

        Assert.Equal(expected, fee.AmountMinor);
        Assert.Equal(["discount.disabled"], fee.Lines.Skip(1).Select(line => line.PriceCode));
    }

    [Theory]
    [InlineData(1501, 375)] // 375.25
    [InlineData(1502, 376)] // 375.5: half up
    [InlineData(1503, 376)] // 375.75
    public void The_discount_is_rounded_half_up_to_whole_cents(long price, long off)
    {
        var odd = PriceList2024.Fees with { Full = PriceList2024.Fees.Full with { Minor = price } };

        Assert.Equal(price - off, FeeRules.Price(new FeeFacts(People.Ana, Disabled: true), MembershipKind.Full, odd, Today).AmountMinor);
    }

    [Theory]
    [InlineData("2026-05-19", 0)]
    [InlineData("2026-05-20", 2000)] // the birthday itself
    [InlineData("2026-05-21", 2000)]
    public void Nothing_is_paid_until_the_day_of_turning_18_art_14(string on, long expected) =>
        Assert.Equal(expected, FeeRules.Price(new FeeFacts(People.Bor, Disabled: false), MembershipKind.Full, PriceList2024.Fees, Day(on)).AmountMinor);

    [Fact]
    public void Unemployed_pay_nothing_art_14() =>
        Assert.Equal("membership.unemployed", Assert.Single(FeeRules.Price(new FeeFacts(People.Cene, Disabled: true), MembershipKind.Full, PriceList2024.Fees, Today).Lines).PriceCode);

    [Fact]
    public void A_network_without_a_discount_charges_the_whole_price() =>
        Assert.Equal(2000, FeeRules.Price(new FeeFacts(People.Ana, Disabled: true), MembershipKind.Full, PriceList2024.Fees with { Disabled = null }, Today).AmountMinor);

    [Fact]
    public void A_legal_person_has_one_price_and_no_discount() =>
        Assert.Equal(2000, FeeRules.Price(new FeeFacts(Person: null, Disabled: true), MembershipKind.Full, PriceList2024.Fees, Today).AmountMinor);

    [Theory]
    [InlineData(MembershipKind.SmallBranch, false, 500)]
    [InlineData(MembershipKind.SmallBranch, true, 375)] // 15.00 less 11.25
    [InlineData(MembershipKind.EOnly, false, 1500)]
    [InlineData(MembershipKind.Full, false, 0)]
    public void An_upgrade_costs_the_difference_art_19(MembershipKind from, bool disabled, long expected) =>
        Assert.Equal(expected, FeeRules.Upgrade(new FeeFacts(People.Ana, disabled), from, PriceList2024.Fees, Today).AmountMinor);

    [Fact]
    public void An_upgrade_is_never_negative() =>
        Assert.Equal(0, FeeRules.Upgrade(new FeeFacts(People.Ana, Disabled: false), MembershipKind.SmallBranch,
            PriceList2024.Fees with { Full = PriceList2024.Fees.Full with { Minor = 1000 } }, Today).AmountMinor);

    private static LocalDate Day(string text) => NodaTime.Text.LocalDatePattern.Iso.Parse(text).Value;
}

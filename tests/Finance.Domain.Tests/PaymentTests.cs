using CsCheck;
using NodaTime;

namespace Library.Finance.Domain.Tests;

public sealed class PaymentTests
{
    private static readonly Guid Membership = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Fine = new("00000000-0000-0000-0000-000000000002");
    private static readonly Guid Reminder = new("00000000-0000-0000-0000-000000000003");
    private static readonly Guid Card = new("00000000-0000-0000-0000-000000000004");

    /// <summary>Ana owes 20.00 since September, a fine of 2.70 and a reminder of 2.00 of one day in November; her card is paid.</summary>
    private static readonly OpenCharge[] OfAna =
    [
        new(Reminder, new LocalDate(2026, 11, 2), 3, 200),
        new(Fine, new LocalDate(2026, 11, 2), 2, 270),
        new(Membership, new LocalDate(2026, 9, 1), 1, 2000),
        new(Card, new LocalDate(2026, 8, 1), 4, 0),
    ];

    [Fact]
    public void The_oldest_charge_is_settled_first_and_of_one_day_the_one_booked_first() =>
        Assert.Equal([new(Membership, 2000), new(Fine, 270), new(Reminder, 30)], Taken(2300));

    [Fact]
    public void The_named_charges_are_settled_in_the_order_of_their_naming() =>
        Assert.Equal([new(Reminder, 200), new(Fine, 100)], Taken(300, Reminder, Fine));

    [Fact]
    public void Part_of_the_oldest_charge_can_be_paid() => Assert.Equal([new(Membership, 1)], Taken(1));

    [Fact]
    public void A_charge_named_twice_is_settled_once() => Assert.Equal([new(Fine, 270)], Taken(270, Fine, Fine));

    [Fact]
    public void The_whole_debt_can_be_paid() => Assert.Equal(2470, Taken(2470).Sum(part => part.AmountMinor));

    [Fact]
    public void A_cent_more_than_the_debt_is_refused() =>
        Assert.Equal(new PaymentDecision.Refused(PaymentRefusal.AmountExceedsDebt, 2470), Pay(2471));

    [Fact]
    public void More_than_the_named_charges_is_refused_even_below_the_debt() =>
        Assert.Equal(new PaymentDecision.Refused(PaymentRefusal.AmountExceedsDebt, 270), Pay(271, Fine));

    [Fact]
    public void A_settled_charge_takes_nothing() =>
        Assert.Equal(new PaymentDecision.Refused(PaymentRefusal.AmountExceedsDebt, 0), Pay(1, Card));

    [Fact]
    public void Another_currency_is_refused_before_amounts_are_compared() => Assert.Equal(
        new PaymentDecision.Refused(PaymentRefusal.CurrencyMismatch, 2470),
        PaymentRules.Allocate(OfAna, [], new Money(1_000_000, "HRK"), "EUR"));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Nothing_is_not_a_payment(long amountMinor) => Assert.Throws<ArgumentOutOfRangeException>(() => Pay(amountMinor));

    [Fact]
    public void A_payment_is_allocated_whole_and_no_charge_is_overpaid() =>
        Gen.Select(Gen.Long[0, 100_000].Array[0, 30], Gen.Long[1, 1_500_000]).Sample((open, amount) =>
        {
            var charges = open.Select((minor, n) => new OpenCharge(new Guid(n + 1, 0, 0, new byte[8]), new LocalDate(2026, 1, 1).PlusDays(n / 2), n, minor)).ToList();
            return PaymentRules.Allocate(charges, [], new Money(amount, "EUR"), "EUR") switch
            {
                PaymentDecision.Taken taken => taken.Allocations.Sum(part => part.AmountMinor) == amount
                    && taken.Allocations.All(part => part.AmountMinor > 0 && part.AmountMinor <= charges.Single(charge => charge.Id == part.ChargeId).OpenMinor),
                PaymentDecision.Refused refused => amount > open.Sum() && refused.PayableMinor == open.Sum(),
                _ => false,
            };
        }, seed: "0N0XIzNsQ0O2");

    private static PaymentDecision Pay(long amountMinor, params Guid[] named) => PaymentRules.Allocate(OfAna, named, new Money(amountMinor, "EUR"), "EUR");

    private static IReadOnlyList<Allocation> Taken(long amountMinor, params Guid[] named) =>
        Assert.IsType<PaymentDecision.Taken>(Pay(amountMinor, named)).Allocations;
}

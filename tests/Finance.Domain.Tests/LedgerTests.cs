namespace Library.Finance.Domain.Tests;

public sealed class LedgerTests
{
    private static readonly Money Fine = new(270, "EUR");

    [Fact]
    public void A_charge_is_a_claim_and_income() => Assert.Equal(
        [new(new("receivable:member"), 270, 0), new(new("income:fine"), 0, 270)],
        JournalEntry.OfCharge("FINE", Fine).Lines);

    [Fact]
    public void Cash_goes_into_the_till_of_the_branch() => Assert.Equal(
        [new(new("till:RAD"), 270, 0), new(new("receivable:member"), 0, 270)],
        JournalEntry.OfPayment(LedgerAccount.Till("RAD"), Fine).Lines);

    [Theory]
    [InlineData(0)]
    [InlineData(-270)]
    public void Nothing_is_not_booked(long minor) => Assert.Throws<ArgumentOutOfRangeException>(() => JournalEntry.OfCharge("FINE", Fine with { Minor = minor }));

    [Fact]
    public void Income_is_named_after_the_kind_of_charge() => Assert.Equal("income:exceptional-renewal", LedgerAccount.Income("EXCEPTIONAL_RENEWAL").Name);

    [Theory]
    [InlineData(1, "RAD-2026-000001")]
    [InlineData(999_999, "RAD-2026-999999")]
    [InlineData(1_000_000, "RAD-2026-1000000")]
    public void A_receipt_is_numbered_by_branch_and_year(long number, string text) => Assert.Equal(text, new ReceiptNumber("RAD", 2026, number).ToString());

    [Theory]
    [InlineData(270, "EUR", ",", "2,70")]
    [InlineData(5, "EUR", ".", "0.05")]
    [InlineData(-5, "EUR", ".", "-0.05")]
    [InlineData(0, "EUR", ".", "0.00")]
    [InlineData(1_234_567, "EUR", ".", "12345.67")]
    [InlineData(500, "ISK", ".", "500")]
    [InlineData(1_500, "BHD", ".", "1.500")]
    [InlineData(long.MinValue, "EUR", ".", "-92233720368547758.08")]
    public void Money_is_shown_with_the_digits_of_its_currency(long minor, string currency, string mark, string text) =>
        Assert.Equal(text, new Money(minor, currency).Format(mark));

    [Fact]
    public void Two_currencies_have_no_sum() => Assert.Throws<ArgumentException>(() => Fine + new Money(1, "HRK"));

    [Theory]
    [InlineData("EUR", true)]
    [InlineData("eur", false)]
    [InlineData("EU", false)]
    [InlineData("EURO", false)]
    [InlineData("€€€", false)]
    public void A_currency_code_is_three_capital_letters(string text, bool expected) => Assert.Equal(expected, Money.IsCurrencyCode(text));
}

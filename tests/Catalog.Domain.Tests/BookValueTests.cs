using Library.Catalog.Domain.Stock;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>What a copy is worth in the books.</summary>
public sealed class BookValueTests
{
    private static readonly LocalDate Bought = new(2021, 3, 31);
    private static readonly BookValuePolicy FiveYears = new(BookValueMethod.StraightLine, 5, "Standard");

    [Theory]
    [InlineData("2021-03-31", 2000)]
    [InlineData("2021-04-29", 2000)] // the first month is full on the last day of April
    [InlineData("2021-04-30", 1967)] // 59/60 of 20.00 = 19.6667
    [InlineData("2023-09-30", 1000)]
    [InlineData("2026-03-30", 33)] // 1/60 = 0.3333
    [InlineData("2026-03-31", 0)]
    [InlineData("2040-01-01", 0)]
    [InlineData("2020-01-01", 2000)] // valued before it was bought: nothing is added
    public void It_falls_by_an_equal_part_each_whole_month(string on, long value) =>
        Assert.Equal(value, BookValue.Of(2000, Bought, NodaTime.Text.LocalDatePattern.Iso.Parse(on).Value, FiveYears));

    [Fact]
    public void Half_a_cent_counts_up() => Assert.Equal(1, BookValue.Of(1, Bought, Bought.PlusMonths(30), FiveYears));

    [Fact]
    public void The_purchase_price_stays_what_it_was() =>
        Assert.Equal(2000, BookValue.Of(2000, Bought, Bought.PlusYears(50), new BookValuePolicy(BookValueMethod.PurchasePrice, 0, "Standard")));

    [Fact]
    public void It_never_rises_and_stays_between_nothing_and_the_price()
    {
        var random = new Random(20260502);
        for (var round = 0; round < 500; round++)
        {
            var (price, policy) = (random.NextInt64(10_000_001), FiveYears with { Years = random.Next(1, 21) });
            var first = Bought.PlusDays(random.Next(-100, 8_000));
            var (before, after) = (BookValue.Of(price, Bought, first, policy), BookValue.Of(price, Bought, first.PlusDays(random.Next(400)), policy));
            Assert.InRange(after, 0, before);
            Assert.InRange(before, 0, price);
        }
    }
}

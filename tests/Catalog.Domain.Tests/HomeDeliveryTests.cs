using Library.Catalog.Domain.HomeDelivery;
using Library.Catalog.Domain.Stock;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>Home delivery: entitlement by day, and what may be put on a round.</summary>
public sealed class HomeDeliveryTests
{
    private static readonly LocalDate From = new(2024, 6, 3), Until = new(2024, 6, 10);

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void Both_ends_are_inclusive(int day, bool entitled)
    {
        Assert.Equal(entitled, HomeDeliveryRules.IsEntitled(From, Until, From.PlusDays(day)));
        Assert.Equal(day >= 0, HomeDeliveryRules.IsEntitled(From, null, From.PlusDays(day)));
    }

    [Theory]
    [InlineData(CopyState.Available, true, false, true)]
    [InlineData(CopyState.OnHoldShelf, true, false, false)]
    [InlineData(CopyState.Available, false, false, null)]
    [InlineData(CopyState.Available, true, true, null)]
    [InlineData(CopyState.OnHoldShelf, true, true, null)]
    [InlineData(CopyState.OnLoan, true, false, null)]
    [InlineData(CopyState.Missing, true, false, null)]
    public void A_copy_comes_from_the_shelf_or_from_what_waits_for_the_reader(CopyState state, bool isHere, bool isKeptForAnother, bool? takes) =>
        Assert.Equal(takes, CopyRules.TakesFromShelf(state, isHere, isKeptForAnother));
}

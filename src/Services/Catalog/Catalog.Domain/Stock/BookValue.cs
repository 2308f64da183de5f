using NodaTime;

namespace Library.Catalog.Domain.Stock;

/// <summary>What a copy is worth in the books when it is written off.</summary>
public enum BookValueMethod
{
    /// <summary>What was paid for it.</summary>
    PurchasePrice = 1,

    /// <summary>What was paid for it, less an equal part for every whole month since.</summary>
    StraightLine,
}

/// <summary>How a network values what it writes off.</summary>
/// <param name="Method">The way.</param>
/// <param name="Years">Years after which nothing is left; only of <see cref="BookValueMethod.StraightLine"/>.</param>
/// <param name="Standard">The article or accounting standard that says so, for the list that the commission signs.</param>
public sealed record BookValuePolicy(BookValueMethod Method, int Years, string Standard);

/// <summary>The value of copies in the books.</summary>
public static class BookValue
{
    private const int MonthsOfYear = 12;

    /// <summary>
    /// The value in minor units on a day, from the price down to 0; half a unit counts up. Whole months between the two dates count (inclusive of the
    /// day on which one is full); a copy that is acquired later than it is valued keeps its price.
    /// </summary>
    public static long Of(long priceMinor, LocalDate acquiredOn, LocalDate on, BookValuePolicy policy) => policy.Method switch
    {
        BookValueMethod.PurchasePrice => priceMinor,
        BookValueMethod.StraightLine => Remaining(priceMinor, Period.Between(acquiredOn, on, PeriodUnits.Months).Months, policy.Years * MonthsOfYear),
    };

    private static long Remaining(long priceMinor, int months, int allMonths)
    {
        var left = allMonths - Math.Clamp(months, 0, allMonths);
        return ((2 * priceMinor * left) + allMonths) / (2 * allMonths);
    }
}

namespace Library.Catalog.Domain.Acquisitions;

/// <summary>Arithmetic of orders and reports. Amounts are minor units, zero or more; halves are rounded up.</summary>
public static class Amounts
{
    /// <summary>Hundredths of a percent in a whole.</summary>
    public const int Whole = 10_000;

    /// <summary>What one copy costs after the supplier's discount.</summary>
    /// <param name="priceMinor">The price with tax.</param>
    /// <param name="discountBasisPoints">0 to 10,000: 2,500 is 25 % off.</param>
    public static long Cost(long priceMinor, int discountBasisPoints) => priceMinor - Share(priceMinor, discountBasisPoints);

    /// <summary>The average price of one copy; null where there is none.</summary>
    public static long? Average(long amountMinor, long copies) => copies <= 0 ? null : Rounded(amountMinor, copies);

    /// <summary>A result in hundredths of a percent of its plan: 9,545 is 95.45 %; null where nothing was planned.</summary>
    public static long? Index(long result, long plan) => plan <= 0 ? null : Rounded((Int128)result * Whole, plan);

    /// <summary>A share of an amount.</summary>
    internal static long Share(long amountMinor, int basisPoints) => Rounded((Int128)amountMinor * basisPoints, Whole);

    private static long Rounded(Int128 numerator, long denominator) => checked((long)((2 * numerator + denominator) / (2 * (Int128)denominator)));
}

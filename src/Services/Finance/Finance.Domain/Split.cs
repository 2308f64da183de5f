namespace Library.Finance.Domain;

/// <summary>Divides an amount so that the parts add up to it, to the cent.</summary>
public static class Split
{
    /// <summary>
    /// The largest-remainder method: each part is its exact share rounded down to a minor unit, and the units left over go one each to the
    /// parts that lost most by the rounding, the earlier first where two lost the same. A negative amount is split as the positive one, with
    /// the sign turned. The founders' key of Radovljica, 53 : 23.7 : 15 : 8.3, is given as 5300, 2370, 1500, 830.
    /// </summary>
    /// <param name="amountMinor">Minor units, of either sign.</param>
    /// <param name="weights">At least one; none negative, not all zero. Only their proportions count.</param>
    /// <returns>One part for each weight, in their order. Their sum is <paramref name="amountMinor"/>; a part of weight 0 is 0.</returns>
    /// <exception cref="ArgumentException">The weights are none, negative or all zero.</exception>
    public static IReadOnlyList<long> ByLargestRemainder(long amountMinor, IReadOnlyList<long> weights)
    {
        if (weights.Any(weight => weight < 0)) throw new ArgumentException("A weight is negative.", nameof(weights));
        var whole = weights.Aggregate(Int128.Zero, (sum, weight) => sum + weight);
        if (whole == 0) throw new ArgumentException("There is no weight to split by.", nameof(weights));

        var amount = Int128.Abs(amountMinor);
        var parts = weights.Select(weight => amount * weight / whole).ToArray();
        var left = (int)(amount - parts.Aggregate(Int128.Zero, (sum, part) => sum + part));
        // fewer units are left than there are parts that lost something, so no part of weight 0 gets one
        foreach (var index in Enumerable.Range(0, parts.Length).OrderByDescending(index => amount * weights[index] % whole).Take(left))
            parts[index]++;
        return [.. parts.Select(part => (long)(amountMinor < 0 ? -part : part))];
    }
}

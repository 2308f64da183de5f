using CsCheck;

namespace Library.Finance.Domain.Tests;

public sealed class SplitTests
{
    /// <summary>Radovljica, Bled, Bohinj, Gorje: 53, 23.7, 15 and 8.3 %.</summary>
    private static readonly long[] Founders = [5300, 2370, 1500, 830];

    [Theory]
    [InlineData(10_000, new long[] { 5300, 2370, 1500, 830 })]
    [InlineData(1, new long[] { 1, 0, 0, 0 })]
    [InlineData(0, new long[] { 0, 0, 0, 0 })]
    [InlineData(1_881_994, new long[] { 997_457, 446_033, 282_299, 156_205 })]
    [InlineData(-1, new long[] { -1, 0, 0, 0 })]
    public void The_founders_share_to_the_cent(long amountMinor, long[] parts) =>
        Assert.Equal(parts, Split.ByLargestRemainder(amountMinor, Founders));

    [Fact]
    public void Of_equal_remainders_the_earlier_gets_the_cent() => Assert.Equal([4, 3, 3], Split.ByLargestRemainder(10, [1, 1, 1]));

    [Fact]
    public void A_part_without_weight_gets_nothing() => Assert.Equal([0, 50, 50], Split.ByLargestRemainder(100, [0, 7, 7]));

    [Theory]
    [InlineData(new long[0])]
    [InlineData(new long[] { 0, 0 })]
    [InlineData(new long[] { 2, -1 })]
    public void There_is_no_split_without_weights(long[] weights) =>
        Assert.Throws<ArgumentException>(() => Split.ByLargestRemainder(100, weights));

    [Fact]
    public void A_split_adds_up_and_no_part_is_a_cent_off() =>
        Gen.Select(Gen.Long, Gen.Long[0, 1_000_000_000_000].Array[1, 12].Where(weights => weights.Any(weight => weight > 0))).Sample((amount, weights) =>
        {
            var parts = Split.ByLargestRemainder(amount, weights);
            var whole = weights.Aggregate(Int128.Zero, (sum, weight) => sum + weight);
            return parts.Aggregate(Int128.Zero, (sum, part) => sum + part) == amount
                && parts.Zip(weights).All(pair => Int128.Abs(pair.First * whole - (Int128)amount * pair.Second) < whole);
        }, seed: "0N0XIzNsQ0O2");
}

using Library.Catalog.Domain.Stock;

namespace Library.Catalog.Domain.Tests;

/// <summary>What a barcode on a shelf tells, and which copies stand in the wrong order.</summary>
public sealed class StocktakingRuleTests
{
    private static readonly ShelfRange Shelf = new("RAD", "BASIC", CallNumber.First("82"), CallNumber.Last("829"));
    private static readonly ScannedCopy Copy = new(CopyState.Available, false, "RAD", "BASIC", CallNumber.SortKey("821 C"));

    public static TheoryData<ScannedCopy?, Finding> Scans => new()
    {
        { Copy, Finding.InPlace },
        { Copy with { State = CopyState.Missing }, Finding.InPlace },
        { Copy with { State = CopyState.Lost }, Finding.InPlace },
        { Copy with { State = CopyState.OnHoldShelf }, Finding.InPlace },
        { Copy with { State = CopyState.OnLoan }, Finding.InPlace }, // lent after it was read: it was here
        { Copy with { State = CopyState.OnLoan, LentBefore = true }, Finding.OnLoan },
        { null, Finding.Unknown },
        { Copy with { State = CopyState.Withdrawn, LentBefore = true, Branch = "BLE" }, Finding.Withdrawn },
        { Copy with { State = CopyState.InTransit }, Finding.InTransit },
        { Copy with { State = CopyState.InRepair }, Finding.InRepair },
        { Copy with { Branch = "BLE", Collection = "REFERENCE", Key = "9#" }, Finding.OtherBranch },
        { Copy with { Collection = "REFERENCE", Key = "9#" }, Finding.OtherCollection },
        { Copy with { Key = CallNumber.SortKey("83") }, Finding.OtherRange },
        { Copy with { Key = "" }, Finding.OtherRange },
    };

    [Theory]
    [MemberData(nameof(Scans))]
    public void A_scan_is_judged(ScannedCopy? copy, Finding finding) => Assert.Equal(finding, StocktakingRules.Judge(copy, Shelf));

    [Fact]
    public void A_shelf_of_all_collections_without_ends_holds_whatever_belongs_to_the_branch() =>
        Assert.Equal(Finding.InPlace, StocktakingRules.Judge(Copy with { Collection = "MOBILE", Key = "" }, new ShelfRange("RAD", "", "", "")));

    [Fact]
    public void Every_finding_is_of_one_kind() => Assert.All(Enum.GetValues<Finding>(), finding =>
        Assert.Equal(1, new[] { finding == Finding.InPlace, finding.IsMisplaced(), finding.IsUnexpected() }.Count(kind => kind)));

    [Theory]
    [InlineData("")]
    [InlineData("a b c")]
    [InlineData("a a a")]
    [InlineData("a z b c", 1)]
    [InlineData("b c d a", 3)]
    [InlineData("c a b c", 0)]
    public void The_fewest_copies_are_out_of_place(string shelf, params int[] places) =>
        Assert.Equal(places, ShelfOrder.OutOfPlace(shelf.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Without_them_the_shelf_is_in_order_and_no_fewer_would_do()
    {
        var random = new Random(20260501);
        for (var round = 0; round < 300; round++)
        {
            var keys = Enumerable.Range(0, random.Next(12)).Select(_ => ((char)('a' + random.Next(6))).ToString()).ToArray();
            var places = ShelfOrder.OutOfPlace(keys);
            Assert.True(IsInOrder(keys.Where((_, at) => !places.Contains(at))), string.Join(' ', keys));
            var fewest = Enumerable.Range(0, 1 << keys.Length).Where(taken => IsInOrder(keys.Where((_, at) => (taken >> at & 1) == 0))).Min(int.PopCount);
            Assert.Equal(fewest, places.Count);
        }
    }

    private static bool IsInOrder(IEnumerable<string> keys) => keys.Zip(keys.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) <= 0);
}

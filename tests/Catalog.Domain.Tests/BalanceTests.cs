using Library.Catalog.Domain.Stock;

namespace Library.Catalog.Domain.Tests;

/// <summary>Copies of a floating collection go where they are borrowed.</summary>
public sealed class BalanceTests
{
    private static readonly BranchShelf Rad = new("RAD", 10, 10, 10), Bled = new("BLE", 2, 2, 20), Gorje = new("GOR", 3, 3, 0);

    [Fact]
    public void Who_borrows_more_than_it_holds_gets_from_who_holds_more_than_it_borrows()
    {
        var moves = BalanceRules.Suggest([Rad, Bled, Gorje], 100);
        Assert.Equal([new SuggestedMove(Rad, Bled, 5, 5, 10), new SuggestedMove(Gorje, Bled, 3, 0, 10)], moves);
    }

    [Fact]
    public void What_is_with_readers_is_not_moved() =>
        Assert.Equal(2, BalanceRules.Suggest([Rad with { Movable = 2 }, Bled], 100).Sum(move => move.Copies));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(6, 6)]
    [InlineData(100, 8)]
    public void No_more_than_the_van_takes(int most, int moved) => Assert.Equal(moved, BalanceRules.Suggest([Rad, Bled, Gorje], most).Sum(move => move.Copies));

    [Fact]
    public void Nobody_borrows_nothing_moves() => Assert.Empty(BalanceRules.Suggest([Rad with { Loans = 0 }, Gorje], 100));

    [Fact]
    public void Never_more_than_there_is_balanced_at_the_end_and_then_at_rest()
    {
        var random = new Random(20260503);
        for (var round = 0; round < 500; round++)
        {
            var shelves = Enumerable.Range(0, random.Next(1, 8)).Select(n =>
            {
                var held = random.Next(30);
                return new BranchShelf($"B{n}", held, random.Next(held + 1), random.Next(4) == 0 ? 0 : random.Next(200));
            }).ToArray();
            var most = random.Next(60);
            var targets = BalanceRules.Targets(shelves);
            Assert.Equal(targets.Count == 0 ? 0 : shelves.Sum(shelf => shelf.Held), targets.Values.Sum());

            var moves = BalanceRules.Suggest(shelves, most);
            Assert.True(moves.Sum(move => move.Copies) <= most);
            Assert.All(moves, move => Assert.True(move.Copies > 0 && move.From != move.To));
            var after = shelves.Select(shelf => Moved(shelf, moves)).ToArray();
            Assert.All(after, shelf => Assert.True(shelf.Movable >= 0 && shelf.Held >= shelf.Movable));
            // nobody gives below its share or gets above it
            Assert.All(shelves.Zip(after), pair => Assert.True(
                pair.First.Held == pair.Second.Held || Math.Abs(pair.Second.Held - targets[pair.Second.Branch]) < Math.Abs(pair.First.Held - targets[pair.First.Branch])));

            // with everything on the shelf and room in the van all is balanced, and stays so
            var free = shelves.Select(shelf => shelf with { Movable = shelf.Held }).ToArray();
            var all = BalanceRules.Suggest(free, 10_000);
            var balanced = free.Select(shelf => Moved(shelf, all)).ToArray();
            if (targets.Count > 0) Assert.All(balanced, shelf => Assert.Equal(targets[shelf.Branch], shelf.Held));
            Assert.Empty(BalanceRules.Suggest(balanced, 10_000));
            // the order in which branches are given says nothing
            Assert.Equal(all, BalanceRules.Suggest([.. free.Reverse()], 10_000));
        }
    }

    private static BranchShelf Moved(BranchShelf shelf, IReadOnlyList<SuggestedMove> moves)
    {
        var change = moves.Where(move => move.To.Branch == shelf.Branch).Sum(move => move.Copies) - moves.Where(move => move.From.Branch == shelf.Branch).Sum(move => move.Copies);
        return shelf with { Held = shelf.Held + change, Movable = shelf.Movable + change };
    }
}

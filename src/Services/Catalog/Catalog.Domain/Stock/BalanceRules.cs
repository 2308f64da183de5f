namespace Library.Catalog.Domain.Stock;

/// <summary>What a branch has of a collection and how it is used.</summary>
/// <param name="Branch">Code of the branch.</param>
/// <param name="Held">Copies that stand there or come back there.</param>
/// <param name="Movable">Those of them that stand on the shelf now; at most <paramref name="Held"/>.</param>
/// <param name="Loans">Loans of the collection there in the period that is looked at.</param>
public sealed record BranchShelf(string Branch, int Held, int Movable, int Loans);

/// <summary>Copies that had better stand elsewhere, and the figures that say so.</summary>
/// <param name="From">The branch that gives: it holds more than its share of the loans.</param>
/// <param name="To">The branch that gets: it holds less.</param>
/// <param name="Copies">How many; at least 1.</param>
/// <param name="TargetOfGiver">What the giver's share of the loans comes to in copies.</param>
/// <param name="TargetOfTaker">What the taker's share comes to.</param>
public sealed record SuggestedMove(BranchShelf From, BranchShelf To, int Copies, int TargetOfGiver, int TargetOfTaker);

/// <summary>Where the copies of a floating collection had better stand.</summary>
public static class BalanceRules
{
    /// <summary>
    /// The moves that bring every branch to its share of the loans, as far as copies stand on shelves and at most <paramref name="mostCopies"/>. The
    /// targets are whole copies that add up to what there is (largest remainder, then the order of codes); the branch with the most to give goes
    /// first, to the one that lacks the most. Nothing where nobody borrowed, or where all is as it should be.
    /// </summary>
    /// <param name="shelves">Every branch once.</param>
    /// <param name="mostCopies">The most copies to move at a time; 0 or more.</param>
    public static IReadOnlyList<SuggestedMove> Suggest(IReadOnlyList<BranchShelf> shelves, int mostCopies)
    {
        var targets = Targets(shelves);
        if (targets.Count == 0)
        {
            return [];
        }

        var givers = shelves.Select(shelf => new Need(shelf, Math.Min(shelf.Held - targets[shelf.Branch], shelf.Movable))).ToList();
        var takers = shelves.Select(shelf => new Need(shelf, targets[shelf.Branch] - shelf.Held)).ToList();
        var moves = new List<SuggestedMove>();
        for (var left = mostCopies; left > 0;)
        {
            var (giver, taker) = (Greatest(givers), Greatest(takers));
            var copies = Math.Min(left, Math.Min(giver.Copies, taker.Copies));
            if (copies <= 0)
            {
                break;
            }

            moves.Add(new SuggestedMove(giver.Shelf, taker.Shelf, copies, targets[giver.Shelf.Branch], targets[taker.Shelf.Branch]));
            giver.Copies -= copies;
            taker.Copies -= copies;
            left -= copies;
        }

        return moves;
    }

    /// <summary>Copies by branch, in proportion to the loans; none where there were no loans.</summary>
    public static IReadOnlyDictionary<string, int> Targets(IReadOnlyList<BranchShelf> shelves)
    {
        var (held, loans) = (shelves.Sum(shelf => (long)shelf.Held), shelves.Sum(shelf => (long)shelf.Loans));
        if (loans == 0)
        {
            return new Dictionary<string, int>();
        }

        var targets = shelves.ToDictionary(shelf => shelf.Branch, shelf => (int)(held * shelf.Loans / loans));
        var missing = (int)(held - targets.Values.Sum(copies => (long)copies));
        var next = shelves.OrderByDescending(shelf => held * shelf.Loans % loans).ThenBy(shelf => shelf.Branch, StringComparer.Ordinal).Take(missing);
        foreach (var shelf in next)
        {
            targets[shelf.Branch]++;
        }

        return targets;
    }

    private static Need Greatest(List<Need> needs) =>
        needs.OrderByDescending(need => need.Copies).ThenBy(need => need.Shelf.Branch, StringComparer.Ordinal).First();

    private sealed class Need(BranchShelf shelf, int copies)
    {
        public BranchShelf Shelf => shelf;

        public int Copies { get; set; } = copies;
    }
}

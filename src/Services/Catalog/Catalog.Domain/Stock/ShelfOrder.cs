namespace Library.Catalog.Domain.Stock;

/// <summary>Which copies of a shelf stand in the wrong place.</summary>
public static class ShelfOrder
{
    /// <summary>
    /// The fewest places, in rising order, whose copies have to be taken out so that the rest is in order (equal keys may stand in any order): all
    /// but one longest run that does not fall. Counted from 0; keys compare ordinally, as <see cref="CallNumber.SortKey"/> gives them.
    /// </summary>
    public static IReadOnlyList<int> OutOfPlace(IReadOnlyList<string> keys)
    {
        // ends[n] is the place with the least key that a run of n + 1 copies can end with
        var ends = new List<int>();
        var before = new int[keys.Count];
        for (var at = 0; at < keys.Count; at++)
        {
            var length = Above(keys, ends, keys[at]);
            before[at] = length == 0 ? -1 : ends[length - 1];
            if (length == ends.Count)
            {
                ends.Add(at);
            }
            else
            {
                ends[length] = at;
            }
        }

        var stays = new bool[keys.Count];
        for (var at = ends.Count == 0 ? -1 : ends[^1]; at >= 0; at = before[at])
        {
            stays[at] = true;
        }

        return [.. Enumerable.Range(0, keys.Count).Where(at => !stays[at])];
    }

    /// <summary>How many runs end with a key that is not above <paramref name="key"/>.</summary>
    private static int Above(IReadOnlyList<string> keys, List<int> ends, string key)
    {
        var (low, high) = (0, ends.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(keys[ends[middle]], key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

namespace Library.Catalog.Domain.Search;

/// <summary>Mistyped words.</summary>
public static class Spelling
{
    private const int ShortestWord = 4, TwoMistakesFrom = 8;

    /// <summary>How many mistakes are forgiven in a word: none in a short one, two in a long one.</summary>
    public static int Forgiven(string word) => word.Length < ShortestWord ? 0 : word.Length < TwoMistakesFrom ? 1 : 2;

    /// <summary>
    /// The fewest letters to insert, take out, change or swap with their neighbour that turn one word into the other (optimal string alignment);
    /// <paramref name="atMost"/> + 1 where it is more.
    /// </summary>
    public static int Distance(string one, string other, int atMost)
    {
        if (Math.Abs(one.Length - other.Length) > atMost)
        {
            return atMost + 1;
        }

        var (before, previous, current) = (new int[other.Length + 1], new int[other.Length + 1], new int[other.Length + 1]);
        for (var j = 0; j <= other.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= one.Length; i++)
        {
            current[0] = i;
            var least = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = one[i - 1] == other[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1] + 1, previous[j] + 1), previous[j - 1] + cost);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
                }

                least = Math.Min(least, current[j]);
            }

            if (least > atMost)
            {
                return atMost + 1;
            }

            (before, previous, current) = (previous, current, before);
        }

        return Math.Min(previous[other.Length], atMost + 1);
    }

    /// <summary>The words among <paramref name="candidates"/> with the fewest mistakes, at most as many as are forgiven; never the word itself.</summary>
    public static IReadOnlyList<string> Closest(string word, IEnumerable<string> candidates)
    {
        var forgiven = Forgiven(word);
        var near = candidates.Where(candidate => candidate != word)
            .Select(candidate => (Word: candidate, Mistakes: Distance(word, candidate, forgiven)))
            .Where(candidate => candidate.Mistakes <= forgiven).ToList();
        return near.Count == 0 ? [] : [.. near.Where(candidate => candidate.Mistakes == near.Min(other => other.Mistakes)).Select(candidate => candidate.Word)];
    }
}

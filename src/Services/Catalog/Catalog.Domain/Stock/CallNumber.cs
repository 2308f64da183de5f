using System.Text;

namespace Library.Catalog.Domain.Stock;

/// <summary>
/// Where a call number stands on the shelf. Its first word is the class (UDC): digits are decimals (51 before 511 before 52), points between
/// them say nothing, and the signs of compound and auxiliary numbers come in UDC's order, + and / before the plain class, then : = ( " -.
/// In the words after it numbers count as numbers: volume 2 before volume 10. Case and diacritics say nothing.
/// </summary>
public static class CallNumber
{
    /// <summary>The longest call number, in characters (inclusive).</summary>
    public const int MaxLength = 100;

    private const int LongestKey = 400;
    private const int Digits = 9;
    private const char EndOfWord = '#';
    private const char Highest = '\uFFFF';

    /// <summary>What ordinal comparison of UTF-8 orders as the shelf is ordered; empty for a copy without a call number, which comes first.</summary>
    public static string SortKey(string callNumber)
    {
        var words = TextFold.Fold(callNumber).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var key = new StringBuilder(callNumber.Length * 2);
        foreach (var (place, word) in words.Index())
        {
            if (place == 0)
            {
                AppendClass(key, word);
            }
            else
            {
                AppendWord(key, word);
            }

            key.Append(EndOfWord);
        }

        return key.Length <= LongestKey ? key.ToString() : key.ToString(0, LongestKey);
    }

    /// <summary>The least key of a range that begins with the call number (inclusive).</summary>
    public static string First(string callNumber) => SortKey(callNumber).TrimEnd(EndOfWord);

    /// <summary>Above the key of every call number up to this one and of all that begin with it: a range to 82 holds 821.111 too.</summary>
    public static string Last(string callNumber) => First(callNumber) + Highest;

    private static void AppendClass(StringBuilder key, string word)
    {
        for (var at = 0; at < word.Length; at++)
        {
            var between = at > 0 && at < word.Length - 1 && char.IsAsciiDigit(word[at - 1]) && char.IsAsciiDigit(word[at + 1]);
            if (word[at] == '.' && between)
            {
                continue;
            }

            key.Append(word[at] switch
            {
                '+' => '!',
                '/' => '"',
                ':' => '$',
                '=' => '%',
                '(' => '&',
                '"' => '\'',
                '-' => '(',
                var other => other,
            });
        }
    }

    private static void AppendWord(StringBuilder key, string word)
    {
        for (var at = 0; at < word.Length;)
        {
            if (!char.IsAsciiDigit(word[at]))
            {
                key.Append(word[at++]);
                continue;
            }

            var end = at;
            while (end < word.Length && char.IsAsciiDigit(word[end]))
            {
                end++;
            }

            key.Append(word[at..end].TrimStart('0').PadLeft(Digits, '0'));
            at = end;
        }
    }
}

using System.Globalization;
using System.Text;

namespace Library.Catalog.Domain.Search;

/// <summary>
/// Words as the index and the query share them: folded (no case, no diacritics), of letters, digits and their marks only, so that nothing in them
/// has a meaning to a search engine. Ideographs and kana stand for themselves, because such text has no spaces.
/// </summary>
public static class Words
{
    /// <summary>Characters of a word that count.</summary>
    private const int MaxCharacters = 60;

    /// <summary>Characters of a title that lists are ordered by.</summary>
    private const int MaxSortKey = 100;

    /// <summary>The words of a text in its order, with repetitions.</summary>
    public static IEnumerable<string> Of(string text)
    {
        var word = new StringBuilder();
        var length = 0;
        foreach (var rune in TextFold.Fold(text).EnumerateRunes())
        {
            var standsAlone = StandsAlone(rune.Value);
            if (length > 0 && (standsAlone || !IsOfWord(rune)))
            {
                yield return word.ToString();
                word.Clear();
                length = 0;
            }

            if (standsAlone)
            {
                yield return rune.ToString();
            }
            else if (IsOfWord(rune) && length++ < MaxCharacters)
            {
                word.Append(rune.ToString());
            }
        }

        if (length > 0)
        {
            yield return word.ToString();
        }
    }

    /// <summary>Whether the word is an ideograph or a kana, which are looked for in their order and not as words.</summary>
    public static bool IsIdeograph(string word) => word.Length > 0 && StandsAlone(Rune.GetRuneAt(word, 0).Value);

    /// <summary>What lists are ordered by: folded, without leading punctuation, the first 100 characters.</summary>
    public static string SortKey(string text)
    {
        var key = new StringBuilder();
        foreach (var rune in TextFold.Fold(text).EnumerateRunes().SkipWhile(rune => !IsOfWord(rune)).Where(rune => rune.Value != 0).Take(MaxSortKey))
        {
            key.Append(rune.ToString());
        }

        return key.ToString();
    }

    private static bool StandsAlone(int codePoint) => codePoint is
        (>= 0x3041 and <= 0x30FA) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    private static bool IsOfWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}

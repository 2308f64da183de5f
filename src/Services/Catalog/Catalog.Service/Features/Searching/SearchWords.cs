using System.Globalization;
using System.Text;
using Library.Catalog.Domain;

namespace Library.Catalog.Features.Searching;

/// <summary>
/// Words as the index and the query share them: folded (no case, no diacritics), of letters, digits and their marks only, so that
/// nothing in them has a meaning to PostgreSQL's text search. Ideographs and kana stand for themselves, because such text has no spaces.
/// </summary>
public static class SearchWords
{
    /// <summary>The most words of one record that are indexed, and characters of a word that count.</summary>
    private const int MostWords = 2_000, MostCharacters = 60;

    /// <summary>The distinct words of texts, in order.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> texts)
    {
        var words = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in texts.SelectMany(Split))
        {
            if (words.Count == MostWords) break;
            if (seen.Add(word)) words.Add(word);
        }
        return words;
    }

    /// <summary>A query's words; an ISBN in any of its forms is one word, the 13 digits that the index holds.</summary>
    public static IReadOnlyList<string> OfQuery(string query) => Isbn.TryNormalise(query, out var whole)
        ? [whole]
        : Of(query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(part => Isbn.TryNormalise(part, out var isbn) ? isbn : part));

    /// <summary>As PostgreSQL reads a tsvector: <c>'word' 'other'</c>.</summary>
    public static string Vector(IEnumerable<string> words) => string.Join(' ', words.Select(word => $"'{word}'"));

    /// <summary>As PostgreSQL reads a tsquery: every word must begin one of the record's.</summary>
    public static string Query(IEnumerable<string> words) => string.Join(" & ", words.Select(word => $"'{word}':*"));

    /// <summary>What lists are ordered by and an exact match compares: folded, the first 100 characters.</summary>
    public static string SortKey(string title)
    {
        var key = new StringBuilder();
        foreach (var rune in TextFold.Fold(title).EnumerateRunes().Where(rune => rune.Value != 0).Take(100)) key.Append(rune.ToString());
        return key.ToString();
    }

    private static IEnumerable<string> Split(string text)
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
            if (standsAlone) yield return rune.ToString();
            else if (IsOfWord(rune) && length++ < MostCharacters) word.Append(rune.ToString());
        }
        if (length > 0) yield return word.ToString();
    }

    private static bool StandsAlone(int codePoint) => codePoint is
        (>= 0x3041 and <= 0x30FA) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    private static bool IsOfWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}

using System.Globalization;
using System.Text;

namespace Library.Membership.Members;

/// <summary>Names as they are searched: words of letters and digits, without case and diacritics (Žnidaršič-Čop: znidarsic, cop).</summary>
public static class SearchWords
{
    /// <summary>More of them would not narrow a search down.</summary>
    public const int Most = 12;

    /// <summary>The words of some texts, each once.</summary>
    public static string[] Of(params IReadOnlyList<string> texts)
    {
        var words = new StringBuilder();
        foreach (var letter in string.Join(' ', texts).Normalize(NormalizationForm.FormKD))
            if (char.IsLetterOrDigit(letter)) words.Append(Plain(char.ToLowerInvariant(letter)));
            else if (CharUnicodeInfo.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark && letter is not ('\'' or '’')) words.Append(' ');
        return [.. words.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct().Take(Most)];
    }

    /// <summary>
    /// A text search query for names in which each word begins a word; null where there is no word. Safe to hand to
    /// PostgreSQL: only letters and digits stand between the quotes.
    /// </summary>
    public static string? PrefixQuery(string text) => Of(text) is { Length: > 0 } words ? string.Join(" & ", words.Select(word => $"'{word}':*")) : null;

    /// <summary>Letters that Unicode does not take apart.</summary>
    private static string Plain(char letter) => letter switch
    {
        'đ' or 'ð' => "d",
        'ł' => "l",
        'ø' => "o",
        'ß' => "ss",
        'æ' => "ae",
        'ı' => "i",
        _ => letter.ToString(),
    };
}

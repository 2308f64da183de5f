using System.Globalization;
using System.Text;

namespace Library.Catalog.Domain;

/// <summary>Makes text comparable for search: without case and diacritics, in one Unicode form, with single spaces.</summary>
public static class TextFold
{
    /// <summary>
    /// Folds text of any script: <c>Čapek</c> gives <c>capek</c>, <c>Łódź</c> <c>lodz</c>, <c>Straße</c> <c>strasse</c>. Accents of the Latin, Greek
    /// and Cyrillic scripts and the points of Hebrew
    /// and Arabic go; marks that make another letter or syllable (Indic vowel signs, Japanese voicing) stay. Control characters go, punctuation
    /// stays. Folding twice changes nothing more.
    /// </summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var rune in UnicodeText.Normalise(text, NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
            {
                if (folded is [.., not ' '])
                {
                    folded.Append(' ');
                }
            }
            else if (!Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format && !IsAccent(rune.Value))
            {
                Append(folded, Rune.ToLowerInvariant(rune));
            }
        }

        return folded.ToString().TrimEnd(' ').Normalize(NormalizationForm.FormC);
    }

    private static bool IsAccent(int codePoint) => codePoint is
        (>= 0x0300 and <= 0x036F) or (>= 0x0483 and <= 0x0487) or (>= 0x0591 and <= 0x05C7) or (>= 0x064B and <= 0x065F) or 0x0670
        or (>= 0x1AB0 and <= 0x1AFF) or (>= 0x1DC0 and <= 0x1DFF) or (>= 0x20D0 and <= 0x20FF) or (>= 0xFE20 and <= 0xFE2F);

    private static void Append(StringBuilder folded, Rune lower)
    {
        // letters that Unicode does not take apart, as a reader without the key types them
        var plain = lower.Value switch
        {
            'đ' or 'ð' => "d",
            'ħ' => "h",
            'ı' => "i",
            'ł' => "l",
            'ø' => "o",
            'ŧ' => "t",
            'ß' => "ss",
            'æ' => "ae",
            'œ' => "oe",
            'þ' => "th",
            'ς' => "σ",
            'ʹ' or 'ʺ' or 'ʻ' or 'ʼ' or '’' => "'",
            _ => null,
        };
        if (plain is null)
        {
            folded.Append(lower.ToString());
        }
        else
        {
            folded.Append(plain);
        }
    }
}

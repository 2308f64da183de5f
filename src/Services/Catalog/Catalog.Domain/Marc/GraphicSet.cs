using System.Globalization;

namespace Library.Catalog.Domain.Marc;

/// <summary>
/// A set of 94 characters (or of 94³ in three bytes) that a record switches to. The facts are the Library of Congress' code tables for MARC-8
/// (public domain) and, for ISO 5426, its published table; docs/marc.md lists the sets and what they were checked against.
/// </summary>
internal sealed class GraphicSet
{
    /// <summary>Stands for a code without meaning.</summary>
    public const char Unknown = '\uFFFD';

    private const int First = 0x21;
    private const int Count = 94;

    public static readonly GraphicSet Latin = new((0x21, string.Concat(Enumerable.Range(First, Count).Select(code => (char)code))));

    /// <summary>Extended Latin of MARC-8 (ANSEL).</summary>
    public static readonly GraphicSet Ansel = new(
        (0x21, "ŁØĐÞÆŒ\u02B9\u00B7\u266D®\u00B1ƠƯ\u02BC"), (0x30, "\u02BBłøđþæœ\u02BAı£ð"), (0x3C, "ơư"), (0x40, "°\u2113\u2117©\u266F\u00BF\u00A1ß\u20AC"),
        (0x60, "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030C\u030A\u0361\uFE21\u0315\u030B\u0310"),
        (0x70, "\u0327\u0328\u0323\u0324\u0325\u0333\u0332\u0326\u031C\u032E\u0360\uFE23"), (0x7E, "\u0313"));

    /// <summary>Extended Latin of UNIMARC (ISO 5426).</summary>
    public static readonly GraphicSet Iso5426 = new(
        (0x21, "\u00A1\u201E£$¥\u2020§\u2032\u2018\u201C«\u266D©\u2117®\u02BB\u02BC\u201A"), (0x36, "\u2021\u00B7\u2033\u2019\u201D»\u266F\u02B9\u02BA\u00BF"),
        (0x40, "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0308\u030A\u0315\u0312\u030B\u031B\u030C"),
        (0x50, "\u0327\u031C\u0326\u0328\u0325\u032E\u0323\u0324\u0332\u0333\u0329\u032D"), (0x5D, "\u0361\uFE21\uFE23"),
        (0x61, "ÆĐ"), (0x66, "Ĳ"), (0x68, "ŁØŒ"), (0x6C, "Þ"), (0x71, "æđð"), (0x75, "ıĳ"), (0x78, "łøœßþ"));

    public static readonly GraphicSet GreekSymbols = new((0x61, "αβγ"));

    public static readonly GraphicSet Subscripts = new(
        (0x28, "\u208D\u208E"), (0x2B, "\u208A"), (0x2D, "\u208B"), (0x30, "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089"));

    public static readonly GraphicSet Superscripts = new(
        (0x28, "\u207D\u207E"), (0x2B, "\u207A"), (0x2D, "\u207B"), (0x30, "\u2070\u00B9\u00B2\u00B3\u2074\u2075\u2076\u2077\u2078\u2079"));

    public static readonly GraphicSet Hebrew = new(
        (0x21, "!\u05F4#$%&\u05F3()*+,\u05BE./0123456789:;<=>?"),
        (0x40, "\u05B7\u05B8\u05B6\u05B5\u05B4\u05B9\u05BB\u05B0\u05B2\u05B3\u05B1\u05BC\u05BF\u05C1\uFB1E"), (0x5B, "["), (0x5D, "]"),
        (0x60, "\u05D0\u05D1\u05D2\u05D3\u05D4\u05D5\u05D6\u05D7\u05D8\u05D9\u05DA\u05DB\u05DC\u05DD\u05DE\u05DF"),
        (0x70, "\u05E0\u05E1\u05E2\u05E3\u05E4\u05E5\u05E6\u05E7\u05E8\u05E9\u05EA\u05F0\u05F1\u05F2"));

    /// <summary>Basic Cyrillic (ISO registration 37).</summary>
    public static readonly GraphicSet Cyrillic = new(
        (0x21, "!\"#$%&'()*+,-./0123456789:;<=>?"), (0x40, "юабцдефгхийклмнопярстужвьызшэщчъ"), (0x60, "ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧ"));

    /// <summary>Extended Cyrillic (ISO 5427).</summary>
    public static readonly GraphicSet ExtendedCyrillic = new(
        (0x40, "ґђѓєёѕіїјљњћќўџ"), (0x50, "ѣѳѵѫ"), (0x5B, "["), (0x5D, "]"), (0x5F, "_ҐЂЃЄЁЅІЇЈЉЊЋЌЎЏЪѢѲѴѪ"));

    public static readonly GraphicSet Arabic = new(
        (0x21, "!\"#$\u066A&'()\u066D+\u060C-./\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669:\u061B<=>\u061F"),
        (0x41, "\u0621\u0622\u0623\u0624\u0625\u0626\u0627\u0628\u0629\u062A\u062B\u062C\u062D\u062E\u062F"),
        (0x50, "\u0630\u0631\u0632\u0633\u0634\u0635\u0636\u0637\u0638\u0639\u063A["), (0x5D, "]"),
        (0x60, "\u0640\u0641\u0642\u0643\u0644\u0645\u0646\u0647\u0648\u0649\u064A\u064B\u064C\u064D\u064E\u064F"),
        (0x70, "\u0650\u0651\u0652\u0671\u0670"), (0x78, "\u066C\u201D\u201C"));

    public static readonly GraphicSet ExtendedArabic = new(
        (0x21, "\u06FD\u0672\u0673\u0679\u067A\u067B\u067C\u067D\u067E\u067F\u0680\u0681\u0682\u0683\u0684"),
        (0x30, "\u0685\u0686\u06BF\u0687\u0688\u0689\u068A\u068B\u068C\u068D\u068E\u068F\u0690\u0691\u0692\u0693"),
        (0x40, "\u0694\u0695\u0696\u0697\u0698\u0699\u069A\u069B\u069C\u06FA\u069D\u069E\u06FB\u069F\u06A0\u06FC"),
        (0x50, "\u06A1\u06A2\u06A3\u06A4\u06A5\u06A6\u06A7\u06A8\u06A9\u06AA\u06AB\u06AC\u06AD\u06AE\u06AF\u06B0"),
        (0x60, "\u06B1\u06B2\u06B3\u06B4\u06B5\u06B6\u06B7\u06B8\u06BA\u06BB\u06BC\u06BD\u06B9\u06BE\u06C0\u06C4"),
        (0x70, "\u06C5\u06C6\u06CA\u06CB\u06CD\u06CE\u06D0\u06D2\u06D3"), (0x7D, "\u0306\u030C"));

    /// <summary>Greek (ISO 5428).</summary>
    public static readonly GraphicSet Greek = new(
        (0x21, "\u0300\u0301\u0308\u0342\u0313\u0314\u0345"), (0x30, "«»\u201C\u201D\u0374\u0375"), (0x3B, "\u0387"), (0x3F, "\u037E"),
        (0x41, "ΑΒ"), (0x44, "ΓΔΕϚϜΖΗΘΙΚΛΜΝΞΟΠϞΡΣ"), (0x58, "ΤΥΦΧΨΩϠ"), (0x61, "αβϐγδεϛϝζηθικλμνξοπϟρσςτυφχψωϡ"));

    /// <summary>Chinese, Japanese and Korean (EACC), three bytes a character.</summary>
    public static readonly GraphicSet EastAsian = new() { IsMultiByte = true };

    /// <summary>One that is announced but not read here: every code stands as unknown.</summary>
    public static readonly GraphicSet Unread = new();

    private readonly char[] characters = new char[Count];

    private GraphicSet(params (int First, string Characters)[] runs)
    {
        Array.Fill(characters, Unknown);
        foreach (var (first, text) in runs)
        {
            text.CopyTo(0, characters, first - First, text.Length);
        }
    }

    /// <summary>Whether a character takes three bytes.</summary>
    public bool IsMultiByte { get; private init; }

    /// <summary>The character of a code 21–7E (hexadecimal).</summary>
    public char this[int code] => characters[code - First];

    /// <summary>Whether a character of these sets stands before the letter that it belongs to. The superscript alef stands after it.</summary>
    public static bool IsCombining(char character) =>
        character >= '\u0300' && CharUnicodeInfo.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark && character != '\u0670';
}

namespace Library.Catalog.Domain.Marc;

/// <summary>The upper halves of the two extended Latin sets of old catalogues.</summary>
internal static class ExtendedLatin
{
    /// <summary>Stands for a byte without meaning.</summary>
    public const char Unknown = '\uFFFD';

    private static readonly char[] Ansel = Table(
        (0xA1, "ŁØĐÞÆŒʹ·♭®±ƠƯʼ"), (0xB0, "ʻłøđþæœʺı£ð"), (0xBC, "ơư"), (0xC0, "°ℓ℗©♯¿¡ß€"),
        (0xE0, "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030C\u030A\uFE20\uFE21\u0315\u030B\u0310"),
        (0xF0, "\u0327\u0328\u0323\u0324\u0325\u0333\u0332\u0326\u031C\u032E\uFE22\uFE23"), (0xFE, "\u0313"));

    private static readonly char[] Iso5426 = Table(
        (0xA1, "¡„£$¥†§′‘“«♭©℗®ʻʼ‚"), (0xB6, "‡·″’”»♯ʹʺ¿"),
        (0xC0, "\u0309\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0308\u030A\u0315\u0312\u030B\u031B\u030C"),
        (0xD0, "\u0327\u031C\u0326\u0328\u0325\u032E\u0323\u0324\u0332\u0333\u0329\u032D"), (0xDD, "\uFE20\uFE21\uFE23"),
        (0xE1, "ÆĐ"), (0xE6, "Ĳ"), (0xE8, "ŁØŒ"), (0xEC, "Þ"), (0xF1, "æđð"), (0xF5, "ıĳ"), (0xF8, "łøœßþ"));

    /// <summary>
    /// The character of a byte; the signs around a non-sorting article keep their code, and a byte without meaning gives <see cref="Unknown"/>.
    /// </summary>
    public static char Decode(byte value, MarcEncoding encoding) => value < 0xA0 ? (char)value : (encoding == MarcEncoding.Iso5426 ? Iso5426 : Ansel)[value - 0xA0];

    /// <summary>Whether a character of these sets combines with the letter that follows it here.</summary>
    public static bool IsCombining(char character) => character is (>= '\u0300' and <= '\u036F') or (>= '\uFE20' and <= '\uFE2F');

    private static char[] Table(params (int First, string Characters)[] runs)
    {
        var table = new char[0x60];
        Array.Fill(table, Unknown);
        foreach (var (first, characters) in runs)
        {
            characters.CopyTo(0, table, first - 0xA0, characters.Length);
        }

        return table;
    }
}

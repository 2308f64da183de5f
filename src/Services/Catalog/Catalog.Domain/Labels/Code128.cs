using System.Diagnostics.CodeAnalysis;

namespace Library.Catalog.Domain.Labels;

/// <summary>
/// Code 128 (ISO/IEC 15417) of printable ASCII: set B, and set C for long runs of digits, of which it takes two a symbol. What comes out are widths in modules;
/// how wide a module is printed is the label's business.
/// </summary>
public static class Code128
{
    /// <summary>The longest text (inclusive); a barcode of an item has at most 30 characters.</summary>
    public const int MaxLength = 80;

    /// <summary>Modules that must stay white on either side.</summary>
    public const int QuietZone = 10;

    private const int StartB = 104, StartC = 105, ToC = 99, ToB = 100, Stop = 106, Modulus = 103;

    // bar, space, bar, space, bar, space of the values 0 to 105; the stop symbol has a seventh element
    private static readonly string[] Widths =
    [
        "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212", "112232", "122132", "122231",
        "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
        "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
        "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
        "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211",
        "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
        "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214",
        "211232", "2331112",
    ];

    /// <summary>
    /// The widths of bars and spaces in turn, in modules, a bar first and last, without quiet zones. False for a text that is empty, too long, or not of the characters
    /// from space to ~.
    /// </summary>
    public static bool TryEncode(string? text, [NotNullWhen(true)] out IReadOnlyList<int>? widths)
    {
        widths = text is { Length: >= 1 and <= MaxLength } && text.All(c => c is >= ' ' and <= '~')
            ? [.. Values(text).SelectMany(value => Widths[value]).Select(width => width - '0')]
            : null;
        return widths is not null;
    }

    /// <summary>The symbols of a text that <see cref="TryEncode"/> takes: start, data, check symbol, stop.</summary>
    public static IReadOnlyList<int> Values(string text)
    {
        var values = new List<int>();
        var inC = false;
        for (var at = 0; at < text.Length;)
        {
            var digits = DigitsFrom(text, at);
            if (inC ? digits >= 2 : PaysInC(digits, at, text.Length))
            {
                // an odd run gives its first digit to set B, or its last where it stands at the head
                if (!inC && digits % 2 == 1 && at > 0)
                {
                    values.Add(text[at] - ' ');
                    at++;
                    digits--;
                }

                if (!inC)
                {
                    values.Add(at == 0 ? StartC : ToC);
                }

                inC = true;
                for (; digits >= 2; digits -= 2, at += 2)
                {
                    values.Add(((text[at] - '0') * 10) + text[at + 1] - '0');
                }

                continue;
            }

            if (at == 0 || inC)
            {
                values.Add(at == 0 ? StartB : ToB);
                inC = false;
            }

            values.Add(text[at] - ' ');
            at++;
        }

        // the start counts once, each symbol after it by its place
        values.Add((values[0] + values.Skip(1).Select((value, index) => value * (index + 1)).Sum()) % Modulus);
        values.Add(Stop);
        return values;
    }

    private static int DigitsFrom(string text, int at)
    {
        var end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return end - at;
    }

    // a change of set costs a symbol: four digits pay at an end, six in the middle; two that are all there is pay at once
    private static bool PaysInC(int digits, int at, int length) =>
        digits >= 6 || (digits >= 4 && (at == 0 || at + digits == length)) || (digits == 2 && length == 2);
}

using System.Text;
using System.Buffers;
using System.Globalization;

namespace Library.Catalog.Domain.Marc;

/// <summary>How much of some bytes is UTF-8.</summary>
/// <param name="Sequences">Characters of several bytes.</param>
/// <param name="Strays">Bytes above 7F that belong to none.</param>
internal readonly record struct Utf8Evidence(int Sequences, int Strays)
{
    public static Utf8Evidence Of(ReadOnlySpan<byte> bytes)
    {
        var (sequences, strays) = (0, 0);
        while (bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF) is >= 0 and var at)
        {
            bytes = bytes[at..];
            var status = Rune.DecodeFromUtf8(bytes, out _, out var length);
            sequences += status == OperationStatus.Done ? 1 : 0;
            strays += status == OperationStatus.Done ? 0 : length;
            bytes = bytes[length..];
        }

        return new(sequences, strays);
    }
}

/// <summary>A coding of one byte a character that neither format knows and that records come in all the same.</summary>
internal sealed record CodePage(MarcEncoding Encoding, Encoding Decoder);

/// <summary>The code pages that are looked for where a record's bytes are not what it says.</summary>
internal static class CodePages
{
    private static readonly CodePage CentralEuropean = new(MarcEncoding.Windows1250, CodePagesEncodingProvider.Instance.GetEncoding(1250)!);
    private static readonly CodePage Cyrillic = new(MarcEncoding.Windows1251, CodePagesEncodingProvider.Instance.GetEncoding(1251)!);
    private static readonly CodePage Western = new(MarcEncoding.Windows1252, CodePagesEncodingProvider.Instance.GetEncoding(1252)!);

    private static readonly byte[] Carons = [0x8A, 0x8E, 0x9A, 0x9E];

    // in these languages the letters of 1250 are likelier than those of 1252 that have the same codes
    private static readonly HashSet<string> CentralEuropeanLanguages =
    [
        "slv", "hrv", "scr", "bos", "srp", "scc", "cnr", "cze", "ces", "slo", "slk", "pol", "hun", "rum", "ron", "alb", "sqi", "wen", "dsb", "hsb",
    ];

    /// <summary>The page under which the bytes look most like text, with its faults; the language decides between equals.</summary>
    public static (CodePage Page, Plausibility Plausibility) Likeliest(ReadOnlySpan<byte> raw, string? language)
    {
        var isCentral = CentralEuropeanLanguages.Contains(language ?? "") || (language is null && HasCarons(raw));
        CodePage[] pages = isCentral ? [CentralEuropean, Western, Cyrillic] : [Western, CentralEuropean, Cyrillic];
        var best = (Page: pages[0], Plausibility: Plausibility.Of(raw, TextDecoder.Of(pages[0])));
        foreach (var page in pages[1..])
        {
            var plausibility = Plausibility.Of(raw, TextDecoder.Of(page));
            if (plausibility.Faults < best.Plausibility.Faults)
            {
                best = (page, plausibility);
            }
        }

        return best;
    }

    // S and Z with caron; both pages have them at the same codes, but few Western texts use them
    private static bool HasCarons(ReadOnlySpan<byte> raw) => raw.IndexOfAny(Carons) >= 0;
}

/// <summary>How much a record's bytes look like text when they are read in one coding.</summary>
/// <param name="Certain">What no catalogue writes.</param>
/// <param name="Hints">What catalogues seldom write.</param>
/// <param name="Units">The bytes above 7F.</param>
internal readonly record struct Plausibility(int Certain, int Hints, int Units)
{
    /// <summary>The weight of all that speaks against the coding.</summary>
    public int Faults => (2 * Certain) + Hints;

    /// <summary>Whether there is no reason to look for another coding: nothing certain, or at most one such sign on five bytes.</summary>
    public bool IsPlausible => Certain == 0 || Faults * 5 <= Units * 2;

    public static Plausibility Of(ReadOnlySpan<byte> raw, TextDecoder decoder)
    {
        var (certain, hints, units) = (0, 0, 0);
        for (var code = 0; !raw.IsEmpty;)
        {
            var length = raw.IndexOfAnyInRange((byte)0x1D, (byte)0x1F);
            var piece = (length < 0 ? raw : raw[..length])[Math.Min(code, length < 0 ? raw.Length : length)..];
            code = length >= 0 && raw[length] == 0x1F ? 1 : 0; // a subfield's code is no part of its first word
            raw = length < 0 ? [] : raw[(length + 1)..];
            var high = 0;
            foreach (var value in piece)
            {
                high += value > 0x7F ? 1 : 0;
            }

            if (high > 0)
            {
                units += high;
                Add(decoder.Decode(piece), ref certain, ref hints);
            }
        }

        return new(certain - decoder.BadSwitches, hints, units); // damage, and rather a sign of MARC-8 than against it
    }

    private static void Add(string text, ref int certain, ref int hints)
    {
        var (foreign, marks) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var (before, at, after) = (i > 0 ? text[i - 1] : ' ', text[i], i + 1 < text.Length ? text[i + 1] : ' ');
            var isMark = CharUnicodeInfo.GetUnicodeCategory(at) == UnicodeCategory.NonSpacingMark;
            foreign = at is >= '\u00C0' and <= '\u024F' ? foreign + 1 : 0;
            marks = isMark ? marks + 1 : 0;
            if (at < '\u0080')
            {
                continue;
            }

            var isCertain = at == GraphicSet.Unknown || (at < '\u00A0' && at is not ('\u0098' or '\u009C' or '\u008B' or '\u008C'))
                || (isMark && (marks > 2 || (marks == 1 && !char.IsLetter(before))))
                || (char.IsUpper(at) && char.IsLower(before))
                || (IsSign(at) && ((char.IsLetter(before) && char.IsLetter(after)) || IsSign(before)))
                || foreign > 2
                || (IsCyrillicOrGreek(at) && (IsLatin(before) || IsLatin(after)));
            certain += isCertain ? 1 : 0;
            hints += !isCertain && at is >= '\u0300' and <= '\u030C' and not '\u0304' ? 1 : 0;
        }
    }

    private static bool IsSign(char character) =>
        character is >= '\u00A1' and < '\u2E80' and not '\u00B7' && !char.IsLetterOrDigit(character) && CharUnicodeInfo.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark;

    private static bool IsLatin(char character) => char.IsAsciiLetter(character) || character is >= '\u00C0' and <= '\u024F';

    private static bool IsCyrillicOrGreek(char character) => character is >= '\u0370' and <= '\u04FF';
}

using System.Text;
using System.Text.Unicode;

namespace Library.Catalog.Domain.Marc;

/// <summary>Reads the text of one record: UTF-8 where the bytes are that, whatever the leader says; else the format's older coding.</summary>
internal sealed class TextDecoder
{
    private const byte Escape = 0x1B;

    private readonly bool isExtendedLatin;

    private TextDecoder(MarcEncoding encoding, MarcFlaws flaws)
    {
        (Encoding, Flaws) = (encoding, flaws);
        isExtendedLatin = encoding is MarcEncoding.Marc8 or MarcEncoding.Iso5426;
    }

    /// <summary>The coding that was settled on.</summary>
    public MarcEncoding Encoding { get; }

    /// <summary>What was found wrong so far; decoding adds to it.</summary>
    public MarcFlaws Flaws { get; private set; }

    /// <summary>
    /// Settles on a coding for a record. In MARC 21 the leader's place 9 says 'a' for Unicode and a space for MARC-8; in UNIMARC it says nothing.
    /// </summary>
    public static TextDecoder For(ReadOnlySpan<byte> raw, char leader9, MarcFormat format)
    {
        var declaredUnicode = format == MarcFormat.Marc21 && leader9 == 'a';
        var isUtf8 = Utf8.IsValid(raw);
        var isAscii = isUtf8 && raw.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0;
        var hasEscapes = raw.Contains(Escape);
        if (declaredUnicode || (isUtf8 && !(isAscii && hasEscapes)))
        {
            var otherwise = format == MarcFormat.Marc21 && !declaredUnicode && !isAscii;
            return new TextDecoder(MarcEncoding.Utf8, otherwise ? MarcFlaws.Coding : MarcFlaws.None);
        }

        return new TextDecoder(format == MarcFormat.Marc21 ? MarcEncoding.Marc8 : MarcEncoding.Iso5426, MarcFlaws.None);
    }

    /// <summary>The text of some bytes in one Unicode form (NFC); what has no meaning becomes U+FFFD and is noted.</summary>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        if (isExtendedLatin)
        {
            return UnicodeText.Normalise(DecodeExtendedLatin(bytes), NormalizationForm.FormC);
        }

        if (!Utf8.IsValid(bytes))
        {
            Flaws |= MarcFlaws.Characters;
        }

        return UnicodeText.Normalise(System.Text.Encoding.UTF8.GetString(bytes), NormalizationForm.FormC);
    }

    private string DecodeExtendedLatin(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        var accents = new StringBuilder();
        var isForeignSet = false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == Escape)
            {
                i += EscapeLength(bytes[i..], out isForeignSet) - 1;
                continue;
            }

            var decoded = isForeignSet && bytes[i] > 0x20 ? ExtendedLatin.Unknown : ExtendedLatin.Decode(bytes[i], Encoding);
            if (decoded == ExtendedLatin.Unknown)
            {
                Flaws |= MarcFlaws.Characters;
            }

            // here accents stand before their letter, in Unicode after it
            if (ExtendedLatin.IsCombining(decoded))
            {
                accents.Append(decoded);
            }
            else
            {
                text.Append(decoded).Append(accents);
                accents.Clear();
            }
        }

        return text.Append(accents).ToString();
    }

    // ESC, intermediates out of 0x20–0x2F, one final; single finals g, b, p, s switch in place. Basic Latin (B, s) and ANSEL (E) are read here, the
    // other sets are not.
    private static int EscapeLength(ReadOnlySpan<byte> bytes, out bool isForeignSet)
    {
        var length = 1;
        while (length < bytes.Length && bytes[length] is >= 0x20 and <= 0x2F)
        {
            length++;
        }

        isForeignSet = length < bytes.Length && bytes[length] is not ((byte)'B' or (byte)'E' or (byte)'s');
        return Math.Min(length + 1, bytes.Length);
    }
}

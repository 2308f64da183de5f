using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Library.Catalog.Domain.Marc;

/// <summary>What a record says of its own text.</summary>
/// <param name="Leader9">The leader's place 9: in MARC 21 'a' for Unicode and a space for MARC-8, in UNIMARC nothing.</param>
/// <param name="Sets">The places 26 to 33 of UNIMARC's 100$a: two digits for each of up to four sets; empty where it has none.</param>
/// <param name="Language">The language of the work; it tells code pages apart that look alike.</param>
internal readonly record struct AnnouncedCoding(char Leader9, string Sets, string? Language)
{
    /// <summary>The announced set number <paramref name="index"/>, two digits, or empty.</summary>
    public string Set(int index) => Sets.Length >= (index * 2) + 2 && Sets.Substring(index * 2, 2) is [>= '0' and <= '9', >= '0' and <= '9'] set ? set : "";
}

/// <summary>
/// Reads the text of one record: UTF-8 where the bytes are that, whatever the record says; else what the record says; else what its bytes are
/// evidence of.
/// </summary>
internal sealed class TextDecoder
{
    private const byte Escape = 0x1B;

    // fewer stray bytes are damage rather than evidence of another coding
    private const int MinEvidence = 2;

    private readonly CodedText? coded;
    private readonly Encoding? codePage;
    private MarcFlaws flaws;

    private TextDecoder(MarcEncoding encoding, MarcFlaws flaws, CodedText? coded = null, Encoding? codePage = null)
    {
        (Encoding, this.flaws) = (encoding, flaws);
        (this.coded, this.codePage) = (coded, codePage);
    }

    /// <summary>The coding that was settled on.</summary>
    public MarcEncoding Encoding { get; }

    /// <summary>What was found wrong so far; decoding adds to it.</summary>
    public MarcFlaws Flaws => flaws | (coded?.Flaws ?? MarcFlaws.None);

    /// <summary>How many switches between sets were none so far.</summary>
    public int BadSwitches => coded?.BadSwitches ?? 0;

    /// <summary>Settles on a coding for a record.</summary>
    public static TextDecoder For(ReadOnlySpan<byte> raw, AnnouncedCoding announced, MarcFormat format)
    {
        var saysUnicode = format == MarcFormat.Marc21 ? announced.Leader9 == 'a' : announced.Set(0) == "50";
        var saysOther = format == MarcFormat.Marc21 ? !saysUnicode : announced.Set(0).Length > 0 && !saysUnicode;
        var utf8 = Utf8Evidence.Of(raw);
        if (utf8 is { Sequences: 0, Strays: 0 })
        {
            // ASCII, unless it switches to other sets
            var switches = raw.Contains(Escape) && !(saysUnicode && HasBadSwitch(raw, Old(format, announced, MarcFlaws.None)));
            return switches ? Old(format, announced, saysUnicode ? MarcFlaws.Coding : MarcFlaws.None) : new(MarcEncoding.Utf8, MarcFlaws.None);
        }

        if (utf8.Strays == 0)
        {
            return new(MarcEncoding.Utf8, saysOther ? MarcFlaws.Coding : MarcFlaws.None);
        }

        // damaged UTF-8 has far more that is right than that is wrong
        var isDamaged = saysUnicode ? utf8.Strays < MinEvidence || utf8.Sequences >= utf8.Strays : utf8.Sequences > 3 * utf8.Strays;
        if (isDamaged)
        {
            return new(MarcEncoding.Utf8, MarcFlaws.Characters | (saysOther ? MarcFlaws.Coding : MarcFlaws.None));
        }

        // switches that are all sound are made by nothing else
        var lie = saysUnicode ? MarcFlaws.Coding : MarcFlaws.None;
        var old = Plausibility.Of(raw, Old(format, announced, lie));
        var decoder = Old(format, announced, lie);
        if (old.IsPlausible || decoder.coded!.HasUnread || (raw.Contains(Escape) && !HasBadSwitch(raw, Old(format, announced, lie))))
        {
            return decoder;
        }

        var (page, plausibility) = CodePages.Likeliest(raw, announced.Language);
        if (plausibility.IsPlausible && plausibility.Faults * 2 < old.Faults)
        {
            return Of(page);
        }

        return saysUnicode ? new(MarcEncoding.Utf8, MarcFlaws.Characters) : decoder;
    }

    /// <summary>A decoder of one code page.</summary>
    public static TextDecoder Of(CodePage page) => new(page.Encoding, MarcFlaws.Coding, codePage: page.Decoder);

    /// <summary>The text of some bytes in one Unicode form (NFC); what has no meaning becomes U+FFFD and is noted.</summary>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        if (coded is not null)
        {
            return UnicodeText.Normalise(coded.Decode(bytes), NormalizationForm.FormC);
        }

        if (codePage is not null)
        {
            return UnicodeText.Normalise(Undefined(codePage.GetString(bytes)), NormalizationForm.FormC);
        }

        if (!Utf8.IsValid(bytes))
        {
            flaws |= MarcFlaws.Characters;
        }

        return UnicodeText.Normalise(System.Text.Encoding.UTF8.GetString(bytes), NormalizationForm.FormC);
    }

    /// <summary>A subfield's code, and how many bytes it takes: one, but for a letter beyond ASCII in UTF-8, which no format allows.</summary>
    public (char Code, int Length) Code(ReadOnlySpan<byte> bytes) =>
        Encoding == MarcEncoding.Utf8 && Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done && rune.IsBmp
            ? ((char)rune.Value, length)
            : ((char)bytes[0], 1);

    private static TextDecoder Old(MarcFormat format, AnnouncedCoding announced, MarcFlaws flaws) => format == MarcFormat.Marc21
        ? new(MarcEncoding.Marc8, flaws, CodedText.Marc8())
        : new(MarcEncoding.Iso5426, flaws, CodedText.Unimarc(Set(announced.Set(1)), Set(announced.Set(2)), Set(announced.Set(3))));

    private static bool HasBadSwitch(ReadOnlySpan<byte> raw, TextDecoder decoder)
    {
        decoder.Decode(raw);
        return decoder.BadSwitches > 0;
    }

    // the codes of 100$a; where a record has no second set, ISO 5426 is what its bytes can still mean
    private static GraphicSet Set(string code) => code switch
    {
        "" or "03" => GraphicSet.Iso5426,
        "01" => GraphicSet.Latin,
        "02" => GraphicSet.Cyrillic,
        "04" => GraphicSet.ExtendedCyrillic,
        "05" => GraphicSet.Greek,
        _ => GraphicSet.Unread,
    };

    // code pages give a control character for a byte that has no meaning in them
    private string Undefined(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0080', '\u009F'))
        {
            return text;
        }

        flaws |= MarcFlaws.Characters;
        return string.Concat(text.Select(c => c is >= '\u0080' and <= '\u009F' ? GraphicSet.Unknown : c));
    }
}

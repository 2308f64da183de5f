using System.Globalization;
using System.Text;

namespace Library.Catalog.Domain.Marc;

/// <summary>
/// Reads text of several sets that escape sequences switch between (ISO 2022): MARC-8, and the 8-bit sets of UNIMARC. Each subfield begins with the
/// sets that the record begins with; a switch that is not taken back ends with its subfield.
/// </summary>
internal sealed class CodedText
{
    private const byte Escape = 0x1B;
    private const byte Space = 0x20;
    private const byte Delete = 0x7F;
    private const char FirstHalf = '\u0361';
    private const char FirstHalfTilde = '\u0360';
    private const char SecondHalf = '\uFE21';
    private const char SecondHalfTilde = '\uFE23';
    private const int MaxReference = 10; // "&#x10FFFF;"

    private readonly bool isMarc8;
    private readonly GraphicSet[] announced;
    private readonly GraphicSet[] designated;
    private readonly StringBuilder text = new();
    private readonly StringBuilder marks = new();
    private int left;
    private int right;
    private int openHalf;

    private CodedText(bool isMarc8, params GraphicSet[] announced) =>
        (this.isMarc8, this.announced, designated) = (isMarc8, announced, (GraphicSet[])announced.Clone());

    /// <summary>Whether a set is announced that is not read here.</summary>
    public bool HasUnread => !isMarc8 && announced.Contains(GraphicSet.Unread);

    /// <summary>What was found wrong so far.</summary>
    public MarcFlaws Flaws { get; private set; }

    /// <summary>How many switches were none so far; each stands as one U+FFFD.</summary>
    public int BadSwitches { get; private set; }

    /// <summary>MARC-8: ASCII and extended Latin (ANSEL) at the beginning of each subfield.</summary>
    public static CodedText Marc8() => new(true, GraphicSet.Latin, GraphicSet.Ansel, GraphicSet.Unread, GraphicSet.Unread);

    /// <summary>UNIMARC: ISO 646 and the sets that are announced as G1 to G3.</summary>
    public static CodedText Unimarc(GraphicSet first, GraphicSet second, GraphicSet third) => new(false, GraphicSet.Latin, first, second, third);

    /// <summary>The text of one subfield or control field, marks behind their letters; what has no meaning stands as U+FFFD.</summary>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        announced.CopyTo(designated, 0);
        (left, right, openHalf) = (0, 1, -1);
        text.Clear();
        marks.Clear();
        for (var i = 0; i < bytes.Length;)
        {
            i += bytes[i] switch
            {
                Escape => Switch(bytes[i..]),
                0x0E or 0x0F when !isMarc8 => Shift(bytes[i] == 0x0E ? 1 : 0),
                <= Space or Delete => Put((char)bytes[i]),
                (byte)'&' when isMarc8 && designated[left] == GraphicSet.Latin && Reference(bytes[i..], out var character) is > 0 and var length => PutReference(character, length),
                > Delete and < 0xA0 => PutControl(bytes[i]),
                0xA0 or 0xFF => PutUnknown(1),
                _ => PutGraphic(bytes[i..], designated[bytes[i] < Delete ? left : right]),
            };
        }

        return text.Append(marks).ToString();
    }

    private int PutGraphic(ReadOnlySpan<byte> bytes, GraphicSet set)
    {
        if (set.IsMultiByte)
        {
            return PutEastAsian(bytes);
        }

        var character = set[bytes[0] & 0x7F];
        if (character == GraphicSet.Unknown)
        {
            return PutUnknown(1);
        }

        if (openHalf >= 0 && character is SecondHalf or SecondHalfTilde)
        {
            return CloseHalf(character);
        }

        if (!GraphicSet.IsCombining(character))
        {
            return Put(character);
        }

        marks.Append(character);
        return 1;
    }

    // ISO 5426 has one first half for the ligature and the tilde: the second tells which it was. Unicode has one mark for both halves.
    private int CloseHalf(char second)
    {
        text[openHalf] = second == SecondHalf ? FirstHalf : FirstHalfTilde;
        openHalf = -1;
        return 1;
    }

    private int PutEastAsian(ReadOnlySpan<byte> bytes)
    {
        // three bytes of one half; where one is of the other half, or none, what came before stands as unknown
        var half = bytes[0] & 0x80;
        for (var i = 1; i < 3; i++)
        {
            if (i == bytes.Length || (bytes[i] & 0x80) != half || (bytes[i] & 0x7F) < (i == 2 ? 0x20 : 0x21) || (bytes[i] & 0x7F) == Delete)
            {
                return PutUnknown(i);
            }
        }

        if (EastAsianCodes.Find(bytes[0] & 0x7F, bytes[1] & 0x7F, bytes[2] & 0x7F) is not { } character)
        {
            return PutUnknown(bytes[2] is Space or 0xA0 ? 2 : 3);
        }

        Put(character.ToString());
        return 3;
    }

    // MARC-8 keeps a few of the controls, UNIMARC those of ISO 6630 that it allows
    private int PutControl(byte control) => (control, isMarc8) switch
    {
        (0x88, _) => Put('\u0098'),
        (0x89, _) => Put('\u009C'),
        (0x8D, true) => Put('\u200D'),
        (0x8E, true) => Put('\u200C'),
        (0x8B or 0x8C, false) => Put((char)control),
        _ => PutUnknown(1),
    };

    private int PutUnknown(int length)
    {
        Flaws |= MarcFlaws.Characters;
        Put(GraphicSet.Unknown);
        return length;
    }

    private int Put(char character)
    {
        Put(character.ToString());
        return 1;
    }

    // here marks stand before their letter, in Unicode after it
    private void Put(string letter)
    {
        text.Append(letter);
        for (var i = 0; i < marks.Length; i++)
        {
            openHalf = marks[i] is FirstHalf or FirstHalfTilde ? text.Length + i : openHalf;
        }

        text.Append(marks);
        marks.Clear();
    }

    // a character that MARC-8 lacks stands as its number, a mark behind its letter already
    private int PutReference(Rune character, int length)
    {
        Put(character.ToString());
        return length;
    }

    private static int Reference(ReadOnlySpan<byte> bytes, out Rune character)
    {
        character = default;
        if (!bytes.StartsWith("&#x"u8))
        {
            return 0;
        }

        var end = bytes[..Math.Min(bytes.Length, MaxReference)].IndexOf((byte)';');
        return end is >= 7 and <= 9
            && int.TryParse(Encoding.ASCII.GetString(bytes[3..end]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            && number >= 0xA0 && Rune.TryCreate(number, out character) ? end + 1 : 0;
    }

    private int Shift(int set)
    {
        left = set;
        return 1;
    }

    // one that is unfinished or unknown stands as U+FFFD with what follows as text, and the sets stay
    private int Switch(ReadOnlySpan<byte> bytes)
    {
        var length = isMarc8 ? SwitchMarc8(bytes) : SwitchUnimarc(bytes);
        if (length > 0)
        {
            return length;
        }

        Flaws |= MarcFlaws.Escape;
        BadSwitches++;
        return Put(GraphicSet.Unknown);
    }

    private int SwitchMarc8(ReadOnlySpan<byte> bytes)
    {
        GraphicSet? custom = bytes.Length < 2 ? null : bytes[1] switch
        {
            (byte)'g' => GraphicSet.GreekSymbols,
            (byte)'b' => GraphicSet.Subscripts,
            (byte)'p' => GraphicSet.Superscripts,
            (byte)'s' => GraphicSet.Latin,
            _ => null,
        };
        if (custom is null)
        {
            return Designate(bytes);
        }

        designated[0] = custom;
        return 2;
    }

    private int SwitchUnimarc(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }

        switch (bytes[1])
        {
            case (byte)'n' or (byte)'o':
                left = bytes[1] == 'n' ? 2 : 3;
                return 2;
            case (byte)'|' or (byte)'}' or (byte)'~':
                right = '~' - bytes[1] + 1;
                return 2;
            case (byte)'H' or (byte)'I' or (byte)'K' or (byte)'L': // the controls of ISO 6630 in seven bits
                PutControl((byte)(bytes[1] + 0x40));
                return 2;
            default:
                return Designate(bytes);
        }
    }

    // ESC, $ for a set of several bytes, which of the four sets is meant, ! in the name of ANSEL, the set's final byte
    private int Designate(ReadOnlySpan<byte> bytes)
    {
        var at = 1;
        bool Skip(ReadOnlySpan<byte> rest, byte mark) => at < rest.Length && rest[at] == mark && ++at > 0;

        var isMultiByte = Skip(bytes, (byte)'$');
        var target = at >= bytes.Length ? -1 : bytes[at] switch
        {
            (byte)'(' or (byte)',' => 0,
            (byte)')' or (byte)'-' => 1,
            (byte)'*' or (byte)'.' when !isMarc8 => 2,
            (byte)'+' or (byte)'/' when !isMarc8 => 3,
            _ => -1,
        };
        at += target >= 0 ? 1 : 0;
        if (target < 0 && !isMultiByte)
        {
            return 0;
        }

        Skip(bytes, (byte)'!');
        var set = at < bytes.Length ? Set(bytes[at], isMultiByte, Math.Max(target, 0)) : null;
        if (set is null)
        {
            return 0;
        }

        designated[Math.Max(target, 0)] = set;
        return at + 1;
    }

    // a UNIMARC record may name a set that is not read here; MARC-8 has no others, and what looks like one is damage
    private GraphicSet? Set(byte final, bool isMultiByte, int target) => (final, isMultiByte) switch
    {
        ((byte)'1', _) => GraphicSet.EastAsian,
        (_, true) => null,
        ((byte)'B' or (byte)'@', _) => GraphicSet.Latin,
        ((byte)'E', _) => GraphicSet.Ansel,
        ((byte)'N', _) => GraphicSet.Cyrillic,
        ((byte)'Q', _) => GraphicSet.ExtendedCyrillic,
        ((byte)'S', _) => GraphicSet.Greek,
        ((byte)'2', _) => GraphicSet.Hebrew,
        ((byte)'3', _) => GraphicSet.Arabic,
        ((byte)'4', _) => GraphicSet.ExtendedArabic,
        ((byte)'s', _) when isMarc8 => GraphicSet.Latin,
        ((byte)'P', _) when !isMarc8 => GraphicSet.Iso5426,
        (>= 0x40 and <= 0x7E, _) when !isMarc8 && target > 0 => GraphicSet.Unread,
        _ => null,
    };
}

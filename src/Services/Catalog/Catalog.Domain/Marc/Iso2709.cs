using System.Buffers.Text;
using System.Text;

namespace Library.Catalog.Domain.Marc;

/// <summary>Takes one ISO 2709 record apart. Lengths that are wrong are mended where the field terminators leave no doubt.</summary>
internal static class Iso2709
{
    private const byte FieldTerminator = 0x1E;
    private const byte SubfieldDelimiter = 0x1F;
    private const int LeaderLength = 24;
    private const int EntryLength = 12;

    private readonly record struct Entry(string Tag, int? Length, int? Start);

    /// <summary>The record length in the leader (0–4), or null where that is not five digits.</summary>
    public static int? StatedLength(ReadOnlySpan<byte> bytes) => bytes.Length >= 5 ? Digits(bytes[..5]) : null;

    /// <summary>Takes a record apart that ends on its terminator.</summary>
    public static MarcReading Parse(byte[] raw, MarcFormat format, int position, long offset)
    {
        MarcReject Reject(MarcRejectReason reason, string text) => new(position, offset, raw.Length, GuessControlNumber(raw), reason, text);

        if (raw.Length <= LeaderLength || raw.AsSpan(0, LeaderLength).IndexOfAnyInRange((byte)0x1D, SubfieldDelimiter) >= 0)
        {
            return Reject(MarcRejectReason.LeaderInvalid, $"a leader has 24 characters before the first separator; the record has {raw.Length} bytes");
        }

        var leader = string.Concat(Encoding.Latin1.GetString(raw, 0, LeaderLength).Select(c => char.IsControl(c) ? ' ' : c));
        var directoryEnd = raw.AsSpan(LeaderLength).IndexOf(FieldTerminator) + LeaderLength;
        if (directoryEnd < LeaderLength || (directoryEnd - LeaderLength) % EntryLength != 0)
        {
            return Reject(MarcRejectReason.DirectoryInvalid, $"the directory of {Math.Max(0, directoryEnd - LeaderLength)} bytes is not made of entries of 12");
        }

        if (directoryEnd == LeaderLength)
        {
            return Reject(MarcRejectReason.Empty, "the directory has no entries");
        }

        var flaws = StatedLength(raw) == raw.Length ? MarcFlaws.None : MarcFlaws.Length;
        flaws |= raw.AsSpan(0, LeaderLength).IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0 ? MarcFlaws.None : MarcFlaws.Leader;
        flaws |= Digits(raw.AsSpan(12, 5)) == directoryEnd + 1 ? MarcFlaws.None : MarcFlaws.BaseAddress;
        var entries = Entries(raw.AsSpan(LeaderLength, directoryEnd - LeaderLength));
        var slices = Slices(raw, directoryEnd + 1, entries);
        if (slices is null)
        {
            slices = InOrder(raw, directoryEnd + 1, entries);
            flaws |= MarcFlaws.Directory;
        }

        if (slices is null)
        {
            return Reject(MarcRejectReason.DirectoryInvalid, $"the directory lists {entries.Length} fields, which are not those that follow");
        }

        var text = TextDecoder.For(raw, Announced(leader[9], raw, entries, slices, format), format);
        var fields = new MarcField[entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            fields[i] = Field(entries[i].Tag, raw.AsSpan(slices[i]), format, text, ref flaws);
        }

        return new MarcRecord(position, offset, raw, MarcForm.Iso2709, format)
        {
            Leader = leader,
            Fields = fields,
            Encoding = text.Encoding,
            Flaws = flaws | text.Flaws,
        };
    }

    /// <summary>The control number of a piece that could not be read, where the first field is one and ends where the directory says.</summary>
    public static string? GuessControlNumber(ReadOnlySpan<byte> piece)
    {
        if (piece.Length < LeaderLength + EntryLength || !piece[LeaderLength..].StartsWith("001"u8))
        {
            return null;
        }

        var fields = piece[(piece.IndexOf(FieldTerminator) + 1)..];
        var length = fields.IndexOf(FieldTerminator);
        if (length is < 1 or > 100 || Digits(piece.Slice(LeaderLength + 3, 4)) != length + 1)
        {
            return null;
        }

        var number = fields[..length];
        return number.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0 ? Encoding.ASCII.GetString(number).Trim() : null;
    }

    private static int? Digits(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && Utf8Parser.TryParse(bytes, out int number, out var used) && used == bytes.Length ? number : null;

    private static Entry[] Entries(ReadOnlySpan<byte> directory)
    {
        var entries = new Entry[directory.Length / EntryLength];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = directory.Slice(i * EntryLength, EntryLength);
            entries[i] = new Entry(Encoding.Latin1.GetString(entry[..3]), Digits(entry.Slice(3, 4)), Digits(entry.Slice(7, 5)));
        }

        return entries;
    }

    // by the directory: every field must end on the only field terminator in it
    private static Range[]? Slices(byte[] raw, int baseAddress, Entry[] entries)
    {
        var slices = new Range[entries.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i] is not { Length: { } length and > 0, Start: { } start } || baseAddress + start + length > raw.Length
                || raw.AsSpan(baseAddress + start, length).IndexOf(FieldTerminator) != length - 1)
            {
                return null;
            }

            slices[i] = (baseAddress + start)..(baseAddress + start + length - 1);
        }

        return slices;
    }

    // by the terminators: the fields in order of their stated starts, or of the directory where a start is unreadable or repeated
    private static Range[]? InOrder(byte[] raw, int baseAddress, Entry[] entries)
    {
        var found = new List<Range>(entries.Length);
        for (var from = baseAddress; from < raw.Length - 1 && found.Count <= entries.Length;)
        {
            var length = raw.AsSpan(from).IndexOf(FieldTerminator);
            var to = length < 0 ? raw.Length - 1 : from + length;
            found.Add(from..to);
            from = to + 1;
        }

        if (found.Count != entries.Length)
        {
            return null;
        }

        var order = Enumerable.Range(0, entries.Length).ToArray();
        if (entries.All(entry => entry.Start is not null) && entries.DistinctBy(entry => entry.Start).Count() == entries.Length)
        {
            order = [.. order.OrderBy(i => entries[i].Start)];
        }

        var slices = new Range[entries.Length];
        for (var i = 0; i < order.Length; i++)
        {
            slices[order[i]] = found[i];
        }

        return slices;
    }

    // what the record says of its text stands in ASCII, whatever the text is in
    private static AnnouncedCoding Announced(char leader9, byte[] raw, Entry[] entries, Range[] slices, MarcFormat format)
    {
        string First(string tag)
        {
            var at = Array.FindIndex(entries, entry => entry.Tag == tag);
            return at < 0 ? "" : Encoding.Latin1.GetString(raw.AsSpan(slices[at]));
        }

        static string Of(string field, char code)
        {
            var at = field.IndexOf($"\u001F{code}", StringComparison.Ordinal);
            return at < 0 ? "" : field[(at + 2)..].Split('\u001F')[0];
        }

        return format == MarcFormat.Marc21
            ? new(leader9, "", RecordText.LanguageCode(First("008"), 35))
            : new(leader9, Of(First("100"), 'a') is { Length: >= 28 } coded ? coded[26..] : "", RecordText.LanguageCode(Of(First("101"), 'a'), 0));
    }

    private static MarcField Field(string tag, ReadOnlySpan<byte> bytes, MarcFormat format, TextDecoder text, ref MarcFlaws flaws)
    {
        if (!tag.All(char.IsAsciiLetterOrDigit))
        {
            flaws |= MarcFlaws.Tag;
        }

        var first = bytes.IndexOf(SubfieldDelimiter);
        var hasSubfields = format == MarcFormat.Unimarc && first == 2; // COMARC's 000 and 001
        if (first < 0 || (tag.StartsWith("00", StringComparison.Ordinal) && !hasSubfields))
        {
            return new ControlField(tag, text.Decode(bytes));
        }

        if (first != 2)
        {
            flaws |= first < 2 ? MarcFlaws.Indicators : MarcFlaws.Indicators | MarcFlaws.Subfields;
        }

        var subfields = new List<Subfield>();
        for (var rest = bytes[(first + 1)..]; ;)
        {
            var length = rest.IndexOf(SubfieldDelimiter);
            AddSubfield(subfields, length < 0 ? rest : rest[..length], text, ref flaws);
            if (length < 0)
            {
                break;
            }

            rest = rest[(length + 1)..];
        }

        return new DataField(tag, Indicator(bytes[..first], 0), Indicator(bytes[..first], 1), subfields);
    }

    private static void AddSubfield(List<Subfield> subfields, ReadOnlySpan<byte> bytes, TextDecoder text, ref MarcFlaws flaws)
    {
        if (bytes.IsEmpty || bytes[0] is <= 0x20 or >= 0x7F)
        {
            flaws |= MarcFlaws.Subfields;
        }

        if (!bytes.IsEmpty)
        {
            var (code, length) = text.Code(bytes);
            subfields.Add(new Subfield(code, text.Decode(bytes[length..])));
        }
    }

    private static char Indicator(ReadOnlySpan<byte> indicators, int index) =>
        index < indicators.Length && indicators[index] is >= 0x20 and < 0x7F ? (char)indicators[index] : ' ';
}

using System.Text;

namespace Library.Catalog.Domain.Marc;

/// <summary>One subfield.</summary>
/// <param name="Code">Its code, e.g. 'a'.</param>
/// <param name="Value">Its text, as decoded; control characters may stand in it.</param>
public readonly record struct Subfield(char Code, string Value);

/// <summary>A field of a record.</summary>
/// <param name="Tag">Three characters, e.g. 245.</param>
public abstract record MarcField(string Tag);

/// <summary>A field of plain text.</summary>
/// <param name="Tag">Three characters, e.g. 001.</param>
/// <param name="Value">The text.</param>
public sealed record ControlField(string Tag, string Value) : MarcField(Tag);

/// <summary>A field of subfields.</summary>
/// <param name="Tag">Three characters, e.g. 245.</param>
/// <param name="Indicator1">The first indicator; a space where undefined.</param>
/// <param name="Indicator2">The second indicator; a space where undefined.</param>
/// <param name="Subfields">The subfields in the record's order.</param>
public sealed record DataField(string Tag, char Indicator1, char Indicator2, IReadOnlyList<Subfield> Subfields) : MarcField(Tag)
{
    /// <summary>The text of the first subfield with <paramref name="code"/>, or null.</summary>
    public string? First(char code)
    {
        foreach (var subfield in Subfields)
        {
            if (subfield.Code == code)
            {
                return subfield.Value;
            }
        }

        return null;
    }
}

/// <summary>A record as it was read, with its raw bytes.</summary>
public sealed class MarcRecord : MarcReading
{
    internal MarcRecord(int position, long byteOffset, byte[] raw, MarcForm form, MarcFormat format)
        : base(position, byteOffset) => (Raw, Form, Format) = (raw, form, format);

    /// <summary>The record byte for byte as it came in, from the leader to the record terminator, or the record element.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <inheritdoc/>
    public override long ByteLength => Raw.Length;

    /// <summary>The form of <see cref="Raw"/>.</summary>
    public MarcForm Form { get; }

    /// <summary>The format that the file was declared to have.</summary>
    public MarcFormat Format { get; }

    /// <summary>The leader: 24 characters in ISO 2709; may be shorter in XML.</summary>
    public required string Leader { get; init; }

    /// <summary>The fields in the record's order.</summary>
    public required IReadOnlyList<MarcField> Fields { get; init; }

    /// <summary>In which coding the text came.</summary>
    public required MarcEncoding Encoding { get; init; }

    /// <summary>What was wrong.</summary>
    public required MarcFlaws Flaws { get; init; }

    /// <summary>The control number (001), trimmed; null when there is none.</summary>
    public string? ControlNumber => Control("001")?.Trim() is { Length: > 0 } number ? number : null;

    /// <summary>The text of the first control field with <paramref name="tag"/>, or null.</summary>
    public string? Control(string tag) => Fields.OfType<ControlField>().FirstOrDefault(control => control.Tag == tag)?.Value;

    /// <summary>The data fields with one of <paramref name="tags"/>, in the record's order.</summary>
    public IEnumerable<DataField> Data(params string[] tags) => Fields.OfType<DataField>().Where(field => tags.Contains(field.Tag));

    /// <summary>The leader's character at <paramref name="index"/> (from 0), a space where the leader is too short.</summary>
    public char LeaderAt(int index) => index < Leader.Length ? Leader[index] : ' ';

    /// <summary>A record that was made and not read, to be written; it has no raw bytes.</summary>
    public static MarcRecord Made(MarcFormat format, string leader, IReadOnlyList<MarcField> fields) =>
        new(1, 0, [], MarcForm.Iso2709, format) { Leader = leader, Fields = fields, Encoding = MarcEncoding.Utf8, Flaws = MarcFlaws.None };

    /// <summary>The record with other fields, to be written; <see cref="Raw"/> stays what it was made from.</summary>
    public MarcRecord With(IReadOnlyList<MarcField> fields) =>
        new(Position, ByteOffset, [.. Raw.Span], Form, Format) { Leader = Leader, Fields = fields, Encoding = Encoding, Flaws = Flaws };

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder("record ").Append(Position).Append(' ').Append(ControlNumber).ToString();
}

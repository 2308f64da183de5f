namespace Library.Catalog.Domain.Marc;

/// <summary>
/// What a reader made of the next piece of a file: a <see cref="MarcRecord"/> or a <see cref="MarcReject"/>. Accepted and rejected together are all
/// that was found.
/// </summary>
public abstract class MarcReading
{
    private protected MarcReading(int position, long byteOffset) => (Position, ByteOffset) = (position, byteOffset);

    /// <summary>The place in the file, 1 is the first.</summary>
    public int Position { get; }

    /// <summary>Where it begins, in bytes from the start of the file.</summary>
    public long ByteOffset { get; }
}

/// <summary>Why a piece of a file is not a record.</summary>
public enum MarcRejectReason
{
    /// <summary>The file ends within the record. Remedy: send the file again.</summary>
    Truncated = 1,

    /// <summary>The piece is longer than a record can be (99,999 bytes; 1 MiB as XML).</summary>
    TooLong,

    /// <summary>The leader is missing or cannot be read.</summary>
    LeaderInvalid,

    /// <summary>The directory does not fit the fields and cannot be mended.</summary>
    DirectoryInvalid,

    /// <summary>There are no fields.</summary>
    Empty,

    /// <summary>The XML is not well formed, or not MARCXML.</summary>
    XmlInvalid,

    /// <summary>The file brings a document type definition, which is never read. Remedy: send it without.</summary>
    DtdProhibited,
}

/// <summary>A piece of a file that is not a record.</summary>
public sealed class MarcReject : MarcReading
{
    internal MarcReject(int position, long byteOffset, string? recordId, MarcRejectReason reason, string text)
        : base(position, byteOffset) => (RecordId, Reason, Text) = (recordId, reason, text);

    /// <summary>The control number, where it could be made out.</summary>
    public string? RecordId { get; }

    /// <summary>Why.</summary>
    public MarcRejectReason Reason { get; }

    /// <summary>What was found, in one English sentence with figures.</summary>
    public string Text { get; }
}

/// <summary>What was wrong with a record that was taken all the same.</summary>
[Flags]
public enum MarcFlaws
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The leader states another length than the record has.</summary>
    Length = 1,

    /// <summary>The leader states another base address than the directory's end.</summary>
    BaseAddress = 2,

    /// <summary>The directory's positions or lengths are wrong; fields were taken in order.</summary>
    Directory = 4,

    /// <summary>A tag is not three digits or letters.</summary>
    Tag = 8,

    /// <summary>A field has not exactly two indicators.</summary>
    Indicators = 16,

    /// <summary>A field has text outside subfields, or a subfield without a code.</summary>
    Subfields = 32,

    /// <summary>The leader states another character coding than the text has.</summary>
    Coding = 64,

    /// <summary>The leader has characters that are not printable ASCII; a control character stands as a space.</summary>
    Leader = 256,

    /// <summary>Some bytes have no meaning in the coding and stand as U+FFFD; the raw record keeps them.</summary>
    Characters = 128,
}

/// <summary>In which coding a record's text came.</summary>
public enum MarcEncoding
{
    /// <summary>Unicode as UTF-8, or plain ASCII.</summary>
    Utf8 = 1,

    /// <summary>MARC-8, of which ASCII and the extended Latin set (ANSEL) are read here.</summary>
    Marc8,

    /// <summary>ISO 5426, the extended Latin set of UNIMARC.</summary>
    Iso5426,

    /// <summary>What the XML declaration names.</summary>
    Xml,
}

/// <summary>Which of the two formats a record follows.</summary>
public enum MarcFormat
{
    /// <summary>MARC 21.</summary>
    Marc21 = 1,

    /// <summary>UNIMARC.</summary>
    Unimarc,
}

/// <summary>In which form the raw record came.</summary>
public enum MarcForm
{
    /// <summary>ISO 2709.</summary>
    Iso2709 = 1,

    /// <summary>A record element of MARCXML.</summary>
    Xml,
}

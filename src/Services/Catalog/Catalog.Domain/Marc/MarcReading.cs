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

    /// <summary>
    /// How many bytes of the file it takes. What lies between one piece and the next is filler: line ends, zero bytes, wrappers of XML. A file that
    /// was not read to its end (<see cref="MarcRejectReason.DtdProhibited"/>, UTF-16) belongs to its last piece as a whole.
    /// </summary>
    public abstract long ByteLength { get; }
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
    internal MarcReject(int position, long byteOffset, long byteLength, string? recordId, MarcRejectReason reason, string text)
        : base(position, byteOffset) => (ByteLength, RecordId, Reason, Text) = (byteLength, recordId, reason, text);

    /// <inheritdoc/>
    public override long ByteLength { get; }

    /// <summary>The control number, where it could be made out.</summary>
    public string? RecordId { get; }

    /// <summary>Why.</summary>
    public MarcRejectReason Reason { get; }

    /// <summary>What was found, in one English sentence with figures.</summary>
    public string Text { get; }
}

/// <summary>In which coding a record's text came.</summary>
public enum MarcEncoding
{
    /// <summary>Unicode as UTF-8, or plain ASCII.</summary>
    Utf8 = 1,

    /// <summary>MARC-8 with all its sets.</summary>
    Marc8,

    /// <summary>The 8-bit sets of UNIMARC: ISO 646 with ISO 5426, or with what 100$a announces.</summary>
    Iso5426,

    /// <summary>What the XML declaration names.</summary>
    Xml,

    /// <summary>The code page of Central Europe, which neither format knows.</summary>
    Windows1250,

    /// <summary>The code page of Cyrillic, which neither format knows.</summary>
    Windows1251,

    /// <summary>The code page of Western Europe with Latin-1 in it, which neither format knows.</summary>
    Windows1252,
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

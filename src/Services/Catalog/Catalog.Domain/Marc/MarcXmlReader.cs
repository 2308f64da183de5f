using System.Runtime.CompilerServices;
using System.Text;

namespace Library.Catalog.Domain.Marc;

/// <summary>
/// Reads files of MARCXML records as a stream, and of the short form of UNIMARC (rec, lab, cf, df, sf). Each record element is cut out of the bytes
/// and parsed by itself, so that broken XML costs one record and not the rest of the file, the record is kept as it came in, and nothing of a
/// document type definition is ever read.
/// </summary>
public static class MarcXmlReader
{
    /// <summary>The longest record element, in bytes (inclusive).</summary>
    public const int MaxRecordBytes = 1_048_576;

    /// <summary>
    /// Gives every record and every piece that is none, as <see cref="MarcReader.ReadAsync"/> does. Wrappers (collections, SRU answers) are
    /// passed over.
    /// </summary>
    /// <param name="stream">The file; left open. UTF-8 or the coding that its XML declaration or byte order mark names.</param>
    /// <param name="format">What the sender says it is.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async IAsyncEnumerable<MarcReading> ReadAsync(
        Stream stream, MarcFormat format, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var window = new ByteWindow(stream, MaxRecordBytes + 65_536);
        await window.EnsureAsync(4, cancellationToken).ConfigureAwait(false);
        if (window.Bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            yield return new MarcReject(1, 0, window.Bytes.Length, null, MarcRejectReason.XmlInvalid, "the file is UTF-16; UTF-8 is read here");
            yield break;
        }

        Encoding? coding = null;
        var position = 0;
        while (await FindAsync(window, "<"u8, cancellationToken).ConfigureAwait(false))
        {
            await window.EnsureAsync(XmlTag.MaxLength, cancellationToken).ConfigureAwait(false);
            var tag = XmlTag.At(window.Bytes);
            if (tag.Kind == XmlTagKind.Doctype)
            {
                yield return new MarcReject(
                    position + 1, window.Offset, window.Bytes.Length, null, MarcRejectReason.DtdProhibited, "a document type definition; the rest was not read");
                yield break;
            }

            if (tag.Kind == XmlTagKind.Declaration)
            {
                coding ??= XmlTag.DeclaredEncoding(window.Bytes);
            }

            if (await ReadPieceAsync(window, tag, coding, format, position + 1, cancellationToken).ConfigureAwait(false) is { } piece)
            {
                position++;
                yield return piece;
            }
        }

        if (position == 0 && window.Offset > 0)
        {
            yield return new MarcReject(1, 0, window.Offset, null, MarcRejectReason.XmlInvalid, $"no record element was found in {window.Offset} bytes");
        }
    }

    // what the tag in view begins, or null where that is neither a record nor a piece of one; the view moves past it
    private static async ValueTask<MarcReading?> ReadPieceAsync(
        ByteWindow window, XmlTag tag, Encoding? coding, MarcFormat format, int position, CancellationToken cancellationToken)
    {
        var offset = window.Offset;
        MarcReject Reject(MarcRejectReason reason, string text) => new(position, offset, window.Offset - offset, null, reason, text);

        switch (tag.Kind)
        {
            case XmlTagKind.Comment or XmlTagKind.CharacterData:
                var isClosed = await SkipAsync(window, tag, cancellationToken).ConfigureAwait(false);
                return isClosed ? null : Reject(MarcRejectReason.Truncated, "the file ends within a comment or character data");
            case XmlTagKind.Field:
                await SkipPastRecordAsync(window, cancellationToken).ConfigureAwait(false);
                return Reject(MarcRejectReason.XmlInvalid, "fields outside of a record element");
            case XmlTagKind.RecordStart:
                break;
            default:
                window.Advance(1);
                return null;
        }

        var (outcome, length) = await FrameAsync(window, tag.Prefix, cancellationToken).ConfigureAwait(false);
        var raw = outcome == FrameOutcome.Record ? window.Bytes[..length].ToArray() : [];
        window.Advance(length);
        switch (outcome)
        {
            case FrameOutcome.Record:
                return MarcXmlRecord.Parse(raw, coding ?? Encoding.UTF8, format, position, offset);
            case FrameOutcome.TooLong:
                await SkipPastRecordAsync(window, cancellationToken).ConfigureAwait(false);
                return Reject(MarcRejectReason.TooLong, $"the record element does not end within {MaxRecordBytes} bytes");
            case FrameOutcome.Truncated:
                return Reject(MarcRejectReason.Truncated, $"the file ends after {length} bytes of an unfinished record element");
            default:
                return null;
        }
    }

    private enum FrameOutcome
    {
        Record,
        Wrapper,
        TooLong,
        Truncated,
    }

    /// <summary>
    /// How far the record element in view reaches. Another record element within it makes it a wrapper (SRU, OAI-PMH), unless fields came before:
    /// then the end tag is missing.
    /// </summary>
    private static async ValueTask<(FrameOutcome Outcome, int Length)> FrameAsync(ByteWindow window, string prefix, CancellationToken cancellationToken)
    {
        var at = 1;
        var hasFields = false;
        while (true)
        {
            var next = at < window.Bytes.Length ? window.Bytes[at..].IndexOf((byte)'<') : -1;
            at = next < 0 ? window.Bytes.Length : at + next;
            if (at > MaxRecordBytes)
            {
                return (FrameOutcome.TooLong, at);
            }

            await window.EnsureAsync(at + XmlTag.MaxLength, cancellationToken).ConfigureAwait(false);
            if (at >= window.Bytes.Length)
            {
                return (FrameOutcome.Truncated, window.Bytes.Length);
            }

            var tag = XmlTag.At(window.Bytes[at..]);
            if (tag.Kind == XmlTagKind.RecordEnd && tag.Prefix == prefix)
            {
                return (FrameOutcome.Record, at + tag.Length);
            }

            if (tag.Kind == XmlTagKind.RecordStart)
            {
                return (hasFields ? FrameOutcome.Record : FrameOutcome.Wrapper, at);
            }

            hasFields |= tag.Kind == XmlTagKind.Field;
            at += tag.Kind is XmlTagKind.Comment or XmlTagKind.CharacterData ? await ClosedLengthAsync(window, at, tag, cancellationToken).ConfigureAwait(false) : 1;
        }
    }

    // of one that is not closed within the widest view: all that is in view, so that it is looked through once
    private static async ValueTask<int> ClosedLengthAsync(ByteWindow window, int at, XmlTag tag, CancellationToken cancellationToken)
    {
        int length;
        while ((length = XmlTag.ClosedLength(window.Bytes[at..], tag)) == 0)
        {
            if (!await window.ReadMoreAsync(cancellationToken).ConfigureAwait(false))
            {
                return window.Bytes.Length - at;
            }
        }

        return length;
    }

    // past the end of a comment or character data; false, with the rest of the file passed over, where it is never closed
    private static async ValueTask<bool> SkipAsync(ByteWindow window, XmlTag tag, CancellationToken cancellationToken)
    {
        window.Advance(tag.Length);
        var isClosed = await FindAsync(window, tag.Closing, cancellationToken).ConfigureAwait(false);
        window.Advance(isClosed ? tag.Closing.Length : 0);
        return isClosed;
    }

    // past the next end of a record element, or to the next beginning of one
    private static async ValueTask SkipPastRecordAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        while (await FindAsync(window, "<"u8, cancellationToken).ConfigureAwait(false))
        {
            await window.EnsureAsync(XmlTag.MaxLength, cancellationToken).ConfigureAwait(false);
            var tag = XmlTag.At(window.Bytes);
            switch (tag.Kind)
            {
                case XmlTagKind.RecordStart:
                    return;
                case XmlTagKind.RecordEnd:
                    window.Advance(tag.Length);
                    return;
                case XmlTagKind.Comment or XmlTagKind.CharacterData:
                    await SkipAsync(window, tag, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    window.Advance(1);
                    break;
            }
        }
    }

    /// <summary>Moves the view to the next occurrence of <paramref name="mark"/>; false, with everything passed over, when there is none.</summary>
    private static ValueTask<bool> FindAsync(ByteWindow window, ReadOnlySpan<byte> mark, CancellationToken cancellationToken) =>
        FindAsync(window, mark.ToArray(), cancellationToken);

    private static async ValueTask<bool> FindAsync(ByteWindow window, byte[] mark, CancellationToken cancellationToken)
    {
        while (true)
        {
            var at = window.Bytes.IndexOf(mark);
            if (at >= 0)
            {
                window.Advance(at);
                return true;
            }

            window.Advance(Math.Max(0, window.Bytes.Length - mark.Length + 1));
            if (!await window.ReadMoreAsync(cancellationToken).ConfigureAwait(false))
            {
                window.Advance(window.Bytes.Length);
                return false;
            }
        }
    }
}

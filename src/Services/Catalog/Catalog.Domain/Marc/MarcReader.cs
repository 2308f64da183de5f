using System.Runtime.CompilerServices;

namespace Library.Catalog.Domain.Marc;

/// <summary>Reads files of ISO 2709 records as a stream.</summary>
public static class MarcReader
{
    /// <summary>The longest record that the format allows, in bytes (inclusive).</summary>
    public const int MaxRecordBytes = 99_999;

    private const byte RecordTerminator = 0x1D;

    /// <summary>
    /// Gives every record and every piece that is none, in the file's order and in constant memory. Content never makes it throw: a bad piece is
    /// rejected and reading goes on after the next
    /// record terminator; a file that ends within a record gives a reject for the tail. Line ends and zero bytes between records, and a byte order
    /// mark before the first, are passed over.
    /// </summary>
    /// <param name="stream">The file; left open.</param>
    /// <param name="format">What the sender says it is; it decides how text that is not UTF-8 is read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async IAsyncEnumerable<MarcReading> ReadAsync(
        Stream stream, MarcFormat format, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var window = new ByteWindow(stream, 4 * 65_536);
        if (await window.EnsureAsync(3, cancellationToken).ConfigureAwait(false) && window.Bytes.StartsWith("\uFEFF"u8))
        {
            window.Advance(3);
        }

        for (var position = 1; await SkipFillerAsync(window, cancellationToken).ConfigureAwait(false); position++)
        {
            var offset = window.Offset;
            var length = await FrameAsync(window, cancellationToken).ConfigureAwait(false);
            if (length == 1)
            {
                await SkipTerminatorsAsync(window, cancellationToken).ConfigureAwait(false);
                yield return new MarcReject(
                    position, offset, window.Offset - offset, null, MarcRejectReason.LeaderInvalid, $"{window.Offset - offset} record terminators without a record");
                continue;
            }

            if (length > 0)
            {
                var raw = window.Bytes[..length].ToArray();
                window.Advance(length);
                yield return Iso2709.Parse(raw, format, position, offset);
                continue;
            }

            var piece = window.Bytes[..Math.Min(window.Bytes.Length, MaxRecordBytes)].ToArray();
            var terminated = await SkipPastTerminatorAsync(window, cancellationToken).ConfigureAwait(false);
            yield return Reject(piece, terminated, window.Offset - offset, position, offset);
        }
    }

    private static MarcReject Reject(byte[] piece, bool terminated, long length, int position, long offset)
    {
        var id = Iso2709.GuessControlNumber(piece);
        if (!terminated && Iso2709.StatedLength(piece) is null)
        {
            return new MarcReject(position, offset, length, null, MarcRejectReason.LeaderInvalid, $"the last {length} bytes of the file do not begin with a record's length");
        }

        return terminated || length > MaxRecordBytes
            ? new MarcReject(position, offset, length, id, MarcRejectReason.TooLong, $"no record ends within {MaxRecordBytes} bytes; {length} bytes were skipped")
            : new MarcReject(position, offset, length, id, MarcRejectReason.Truncated, $"the file ends after {length} bytes of an unfinished record");
    }

    /// <summary>The length of the record in view with its terminator, or 0 where none ends within the longest length.</summary>
    private static async ValueTask<int> FrameAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        var searched = 0;
        int at;
        while ((at = window.Bytes[searched..].IndexOf(RecordTerminator)) < 0)
        {
            searched = window.Bytes.Length;
            if (searched > MaxRecordBytes || !await window.ReadMoreAsync(cancellationToken).ConfigureAwait(false))
            {
                return 0;
            }
        }

        var length = searched + at + 1;
        if (length > MaxRecordBytes)
        {
            return 0;
        }

        // a terminator within the text: the leader's own length ends on one too, and what follows the first does not look like a record
        if (Iso2709.StatedLength(window.Bytes) is { } stated && stated > length && stated <= MaxRecordBytes
            && await window.EnsureAsync(stated, cancellationToken).ConfigureAwait(false)
            && window.Bytes[stated - 1] == RecordTerminator && !StartsRecord(window.Bytes[length..]))
        {
            return stated;
        }

        return length;
    }

    private static bool StartsRecord(ReadOnlySpan<byte> bytes) => Iso2709.StatedLength(bytes[FillerLength(bytes)..]) is not null;

    private static int FillerLength(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.IndexOfAnyExcept("\r\n\0\x1A"u8);
        return length < 0 ? bytes.Length : length;
    }

    private static async ValueTask<bool> SkipFillerAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        do
        {
            window.Advance(FillerLength(window.Bytes));
        }
        while (window.Bytes.IsEmpty && await window.ReadMoreAsync(cancellationToken).ConfigureAwait(false));
        return !window.Bytes.IsEmpty;
    }

    // a run of them is one piece: a file of nothing else is not as many rejects as it has bytes
    private static async ValueTask SkipTerminatorsAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        do
        {
            var length = window.Bytes.IndexOfAnyExcept(RecordTerminator);
            window.Advance(length < 0 ? window.Bytes.Length : length);
        }
        while (window.Bytes.IsEmpty && await window.ReadMoreAsync(cancellationToken).ConfigureAwait(false));
    }

    private static async ValueTask<bool> SkipPastTerminatorAsync(ByteWindow window, CancellationToken cancellationToken)
    {
        do
        {
            var at = window.Bytes.IndexOf(RecordTerminator);
            window.Advance(at < 0 ? window.Bytes.Length : at + 1);
            if (at >= 0)
            {
                return true;
            }
        }
        while (await window.ReadMoreAsync(cancellationToken).ConfigureAwait(false));
        return false;
    }
}

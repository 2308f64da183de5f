namespace Library.Catalog.Domain.Marc;

/// <summary>A view that moves over a stream and never grows past its capacity: memory stays constant however long the file is.</summary>
internal sealed class ByteWindow(Stream stream, int capacity)
{
    private byte[] buffer = new byte[Math.Min(capacity, 16_384)];
    private int start;
    private int end;
    private bool atEnd;

    /// <summary>The bytes in view.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(start, end - start);

    /// <summary>Where the view begins, in bytes from the start of the stream.</summary>
    public long Offset { get; private set; }

    /// <summary>Moves the start of the view.</summary>
    public void Advance(int count)
    {
        start += count;
        Offset += count;
    }

    /// <summary>Widens the view until it holds <paramref name="count"/> bytes (at most the capacity); false when the stream ends before.</summary>
    public async ValueTask<bool> EnsureAsync(int count, CancellationToken cancellationToken)
    {
        while (end - start < count)
        {
            if (atEnd || !await ReadMoreAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads what comes next into the view; false at the end of the stream or when the view is as wide as it can be.</summary>
    public async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        if (end == buffer.Length)
        {
            // most of it in view: a wider one, so that few bytes are never made room for by moving many
            var wider = start <= buffer.Length / 2 && buffer.Length < capacity ? new byte[Math.Min(capacity, buffer.Length * 2)] : buffer;
            Bytes.CopyTo(wider);
            (buffer, start, end) = (wider, 0, end - start);
        }

        if (atEnd || end == buffer.Length)
        {
            return false;
        }

        var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
        end += read;
        atEnd = read == 0;
        return !atEnd;
    }
}

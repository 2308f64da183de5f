namespace Library.Catalog.Domain.Marc;

/// <summary>A view of fixed size that moves over a stream: memory stays constant however long the file is.</summary>
internal sealed class ByteWindow(Stream stream, int capacity)
{
    private readonly byte[] buffer = new byte[capacity];
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
        if (end == buffer.Length && start > 0)
        {
            Bytes.CopyTo(buffer);
            (start, end) = (0, end - start);
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

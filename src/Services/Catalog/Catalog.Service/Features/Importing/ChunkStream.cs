using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Importing;

/// <summary>A received file read from its chunks in the database, one chunk in memory at a time.</summary>
public sealed class ChunkStream(NpgsqlDataSource database, Guid operation) : Stream
{
    private byte[] chunk = [];
    private int at;
    private int next;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (at == chunk.Length)
        {
            await using var command = database.Command("SELECT bytes FROM import_chunk WHERE operation = $1 AND number = $2", operation, next);
            if (await command.ExecuteScalarAsync(cancellationToken) is not byte[] bytes) return 0;
            (chunk, at, next) = (bytes, 0, next + 1);
        }
        var count = Math.Min(buffer.Length, chunk.Length - at);
        chunk.AsMemory(at, count).CopyTo(buffer);
        at += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Chunks are read asynchronously.");
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

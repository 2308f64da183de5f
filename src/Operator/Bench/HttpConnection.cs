using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Library.Operator.Bench;

/// <summary>
/// One keep-alive HTTP/1.1 connection with blocking calls, for one thread. It costs the machine a fraction of what HttpClient does, so
/// that what is measured is the network and not its load; it understands just the answers that the gateway gives.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int LongestAnswer = 64 * 1024, TimeoutMs = 30_000;
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = TimeoutMs, ReceiveTimeout = TimeoutMs };
    private readonly byte[] buffer = new byte[LongestAnswer];
    private int filled;

    internal HttpConnection(Uri server) => socket.Connect(server.Host, server.Port);

    /// <summary>Sends a whole request, head and body, and reads the answer.</summary>
    /// <returns>The status and, where it is not 200, what stands in the body.</returns>
    /// <exception cref="SocketException">The connection broke, or nothing came for half a minute.</exception>
    internal (int Status, string Problem) Exchange(ReadOnlySpan<byte> request)
    {
        while (request.Length > 0) request = request[socket.Send(request)..];
        filled = 0;
        int head;
        while ((head = Filled.IndexOf("\r\n\r\n"u8)) < 0) Receive();
        head += 4;
        if (!Utf8Parser.TryParse(Filled[9..12], out int status, out _)) throw new InvalidDataException("The answer has no status.");
        var end = head;
        if (ValueOf("content-length:"u8, head) is { } length) end += length;
        else if (Ascii.EqualsIgnoreCase(HeaderAt("transfer-encoding:"u8, head), "chunked"u8)) end = EndOfChunks(head);
        while (filled < end) Receive();
        return (status, status == 200 ? "" : Encoding.UTF8.GetString(Filled[head..end]));
    }

    private Span<byte> Filled => buffer.AsSpan(0, filled);

    private void Receive()
    {
        if (filled == buffer.Length) throw new InvalidDataException("The answer is too long.");
        var read = socket.Receive(buffer.AsSpan(filled));
        filled += read > 0 ? read : throw new SocketException((int)SocketError.ConnectionReset);
    }

    private int EndOfChunks(int at)
    {
        while (true)
        {
            int line;
            while ((line = Filled[at..].IndexOf("\r\n"u8)) < 0) Receive();
            if (!Utf8Parser.TryParse(Filled.Slice(at, line), out int size, out _, 'x')) throw new InvalidDataException("The answer has no chunk's length.");
            at += line + 2 + size + 2;
            while (filled < at) Receive();
            if (size == 0) return at;
        }
    }

    private int? ValueOf(ReadOnlySpan<byte> name, int head) => Utf8Parser.TryParse(HeaderAt(name, head), out int value, out _) ? value : null;

    private ReadOnlySpan<byte> HeaderAt(ReadOnlySpan<byte> name, int head)
    {
        ReadOnlySpan<byte> rest = Filled[..(head - 2)];
        while (rest.IndexOf("\r\n"u8) is var end and >= 0)
        {
            var line = rest[..end];
            if (line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name)) return line[name.Length..].Trim((byte)' ');
            rest = rest[(end + 2)..];
        }
        return [];
    }

    public void Dispose() => socket.Dispose();
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace Library.Notifications.Service.Tests;

/// <summary>A mail server of one screen: takes every letter but those to an address that is to be refused, and keeps them in memory.</summary>
public sealed class TinySmtp : IAsyncDisposable
{
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    public TinySmtp(int port = 0)
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;
    public ConcurrentQueue<MimeMessage> Letters { get; } = new();

    /// <summary>Recipients that contain this are refused for good, with the address in the answer as real servers do.</summary>
    public string Refused { get; init; } = "nobody@";

    /// <summary>The letters to an address.</summary>
    public IReadOnlyList<MimeMessage> To(string address) => [.. Letters.Where(letter => letter.To.Mailboxes.Any(mailbox => mailbox.Address == address))];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!stop.IsCancellationRequested)
            try
            {
                _ = TalkAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
            catch (Exception problem) when (problem is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var connection = client;
        await using var stream = connection.GetStream();
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 tiny");
        while (await reader.ReadLineAsync(stop.Token) is { } line)
            if (line.StartsWith("RCPT TO:", StringComparison.OrdinalIgnoreCase) && line.Contains(Refused, StringComparison.Ordinal))
            {
                await writer.WriteLineAsync($"550 no such person: {line["RCPT TO:".Length..]}");
            }
            else if (line.Equals("DATA", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("354 go on");
                Letters.Enqueue(await ReadLetterAsync(reader));
                await writer.WriteLineAsync("250 taken");
            }
            else if (line.Equals("QUIT", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("221 bye");
                return;
            }
            else
            {
                await writer.WriteLineAsync(line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase) ? "250 8BITMIME" : "250 ok");
            }
    }

    private async Task<MimeMessage> ReadLetterAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(stop.Token) is { } line && line != ".")
            text.Append(line.StartsWith("..", StringComparison.Ordinal) ? line[1..] : line).Append("\r\n");
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
        return await MimeMessage.LoadAsync(bytes);
    }
}

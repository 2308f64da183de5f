using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Library.Operator.Bench;

/// <summary>
/// Takes what the services export over OTLP (HTTP, protobuf), counts it and forgets it: telemetry works in full while loans are
/// measured, and what storing it would cost is left out.
/// </summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task serving;
    private long bytes;

    internal Collector(int port)
    {
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Received so far.</summary>
    internal long Bytes => Interlocked.Read(ref bytes);

    private async Task ServeAsync()
    {
        while (listener.IsListening)
            try
            {
                _ = TakeAsync(await listener.GetContextAsync());
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
    }

    private async Task TakeAsync(HttpListenerContext context)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (int read; (read = await context.Request.InputStream.ReadAsync(buffer)) > 0;) Interlocked.Add(ref bytes, read);
            // an empty message says that all was taken
            context.Response.ContentType = "application/x-protobuf";
            context.Response.ContentLength64 = 0;
            context.Response.Close();
        }
        catch (Exception broken) when (broken is HttpListenerException or IOException or ObjectDisposedException)
        {
            context.Response.Abort(); // the exporter sends it again
        }
    }

    /// <summary>A port that nobody listens on.</summary>
    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }
}

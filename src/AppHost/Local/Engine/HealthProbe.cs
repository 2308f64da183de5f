using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Library.AppHost.Local.Engine;

/// <summary>Asks over the network whether a process does its work. Each gives null when healthy, else a few words.</summary>
internal static class HealthProbe
{
    // a new connection each time: a probe that reuses one does not see that nobody listens any more
    private static readonly HttpClient Http = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        UseProxy = false,
        AllowAutoRedirect = false,
    });

    internal static async Task<string?> HttpAsync(string address, CancellationToken cancellation)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead, cancellation);
            return answer.StatusCode == HttpStatusCode.OK
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{new Uri(address).AbsolutePath} answers {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError == HttpRequestError.ConnectionError ? "does not answer yet" : e.Message;
        }
    }

    /// <summary>RabbitMQ's listener opens last in its boot: the first frame of the handshake means that it serves.</summary>
    internal static async Task<string?> AmqpAsync(int port, CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
            var stream = client.GetStream();
            await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellation);
            var first = new byte[1];
            return await stream.ReadAsync(first, cancellation) == 1 && first[0] == 1 ? null : "answers, but not in AMQP 0-9-1";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return "does not answer yet";
        }
    }
}

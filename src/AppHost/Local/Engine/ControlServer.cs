using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Library.AppHost.Local.Engine;

/// <summary>What the operator's tool asks of a running network: one JSON line in, one out, over a Unix socket that only its owner may open.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const int MaxConnections = 16;
    private static readonly TimeSpan LineTimeout = TimeSpan.FromSeconds(10);

    private readonly Socket _listener;
    private readonly string _path;
    private readonly NetworkRunner _runner;
    private readonly Func<NetworkState> _state;
    private readonly CancellationTokenSource _ending;
    private readonly SemaphoreSlim _connections = new(MaxConnections);
    private readonly Task _accepting;

    private ControlServer(Socket listener, string path, NetworkRunner runner, Func<NetworkState> state, CancellationTokenSource ending)
    {
        (_listener, _path, _runner, _state, _ending) = (listener, path, runner, state, ending);
        _accepting = AcceptAsync();
    }

    /// <param name="path">Of the socket; what a crashed run has left there is replaced.</param>
    /// <param name="runner">The processes.</param>
    /// <param name="state">What <c>status</c> answers.</param>
    /// <param name="ending">Cancelled by <c>down</c>.</param>
    internal static ControlServer Open(string path, NetworkRunner runner, Func<NetworkState> state, CancellationTokenSource ending)
    {
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(MaxConnections);
        return new ControlServer(listener, path, runner, state, ending);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        File.Delete(_path);
        _connections.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
            {
                await _connections.WaitAsync();
                var client = await _listener.AcceptAsync();
                talks.RemoveAll(t => t.IsCompleted);
                talks.Add(TalkAsync(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(talks); // closed by DisposeAsync
        }
    }

    private async Task TalkAsync(Socket client)
    {
        try
        {
            using var timeout = new CancellationTokenSource(LineTimeout);
            await using var stream = new NetworkStream(client, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var line = await reader.ReadLineAsync(timeout.Token);
            var answer = await AnswerAsync(line);
            await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, NetworkState.Json), timeout.Token);
            await stream.WriteAsync("\n"u8.ToArray(), timeout.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // the other side has gone or says nothing: nobody is left to be answered
        }
        finally
        {
            _connections.Release();
        }
    }

    private async Task<ControlAnswer> AnswerAsync(string? line)
    {
        ControlRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<ControlRequest>(line ?? "", NetworkState.Json);
        }
        catch (JsonException)
        {
            request = null;
        }

        switch (request)
        {
            case { Command: "status" }:
                break;
            case { Command: "stop", Resource: { } name } when !await _runner.StopAsync(name):
            case { Command: "start", Resource: { } other } when !_runner.Start(other):
                return new ControlAnswer(false, $"There is no {request.Resource} here.", _state());
            case { Command: "stop" or "start", Resource: not null }:
                break;
            case { Command: "down" }:
                await _ending.CancelAsync();
                break;
            default:
                return new ControlAnswer(false, "Commands: status, stop, start, down.", null);
        }

        return new ControlAnswer(true, null, _state());
    }
}

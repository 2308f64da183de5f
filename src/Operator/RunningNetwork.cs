using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Library.Operator;

/// <summary>Exit codes of every verb.</summary>
internal static class Exit
{
    internal const int Done = 0;
    internal const int Failed = 1;
    internal const int Usage = 2;
    internal const int Interrupted = 130;
}

/// <summary>Something that the operator has to be told in a sentence; no stack trace helps.</summary>
internal sealed class OperatorException(string message) : Exception(message);

/// <summary>The network of this folder, asked over its control socket.</summary>
internal sealed class RunningNetwork(NetworkHome home)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(90);

    internal static RunningNetwork OfThisFolder() => new(NetworkHome.Locate());

    internal NetworkHome Home => home;

    /// <summary>What the last run has written; null where none ever ran.</summary>
    internal NetworkState? Recorded => NetworkState.Read(home.StateFile);

    internal bool IsRunning => Recorded is { Stopped: false } state && Posix.IsAlive(state.Pid, state.PidBegan);

    /// <exception cref="OperatorException">Nothing runs here.</exception>
    internal async Task<NetworkState> StateAsync(CancellationToken cancellation) =>
        (await AskAsync(new ControlRequest("status"), cancellation)).State ?? throw new OperatorException("The network does not answer.");

    /// <exception cref="OperatorException">Nothing runs here.</exception>
    internal async Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken cancellation) =>
        await TryAskAsync(request, cancellation) ?? throw new OperatorException("The network is not running: ./library up starts it.");

    /// <returns>Null when nothing runs here, or not yet.</returns>
    internal async Task<ControlAnswer?> TryAskAsync(ControlRequest request, CancellationToken cancellation)
    {
        if (!IsRunning)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerTimeout);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(home.ControlSocket), limit.Token);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(request, NetworkState.Json) + "\n"), limit.Token);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadLineAsync(limit.Token) is { } line ? JsonSerializer.Deserialize<ControlAnswer>(line, NetworkState.Json) : null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }

    /// <summary>A value that the network has generated.</summary>
    internal string Secret(string name)
    {
        try
        {
            var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(home.SecretsFile));
            return secrets?.GetValueOrDefault(name) ?? throw new OperatorException($"{home.SecretsFile} holds no {name}: ./library up makes it.");
        }
        catch (IOException e)
        {
            throw new OperatorException($"{home.SecretsFile} cannot be read: {e.Message}");
        }
    }
}

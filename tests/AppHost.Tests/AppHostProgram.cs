using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Library.AppHost.Tests;

/// <summary>The AppHost as its own process, in a folder of its own.</summary>
internal sealed class AppHostProgram : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private readonly Process _process;

    private AppHostProgram(Process process) => _process = process;

    internal int Pid => _process.Id;

    internal static AppHostProgram Start(string folder, params string[] arguments)
    {
        var home = NetworkHome.Locate();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(home.Binaries("AppHost"), "AppHost.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            Environment = { ["LIBRARY_HOME"] = folder, ["LIBRARY_PG_FSYNC"] = "off", ["DOTNET_ENVIRONMENT"] = "Development" },
        };
        return new AppHostProgram(Process.Start(start)!);
    }

    /// <summary>All that it prints until it ends.</summary>
    internal async Task<string> OutputAsync()
    {
        using var limit = new CancellationTokenSource(Deadline);
        var output = await _process.StandardOutput.ReadToEndAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        return output;
    }

    internal async Task<NetworkState> UntilHealthyAsync(string folder)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            if (NetworkState.Read(Path.Combine(folder, "state.json")) is { Stopped: false } recorded && recorded.Pid == Pid && recorded.IsHealthy)
            {
                return (await AskAsync(recorded.ControlSocket, """{"command":"status"}""")).State!;
            }

            Assert.False(_process.HasExited, "AppHost has ended.");
            Assert.True(Stopwatch.GetElapsedTime(began) < Deadline, "Not healthy within the deadline.");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    internal static async Task<ControlAnswer> AskAsync(string path, string line)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await socket.SendAsync(Encoding.UTF8.GetBytes(line + "\n"));
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.UTF8);
        return JsonSerializer.Deserialize<ControlAnswer>(await reader.ReadLineAsync() ?? "", NetworkState.Json)!;
    }

    internal async Task<int> ExitAsync()
    {
        await OutputAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

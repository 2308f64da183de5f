using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Library.AppHost.Local.Engine;

/// <summary>Erlang's epmd: started by a node as a daemon of its own, it outlives the node and has to be ended by its port.</summary>
internal static class PortMapper
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(100);

    /// <summary>Ends the one on this port; it refuses for a moment after its node has gone, so this asks again.</summary>
    internal static async Task EndAsync(int port)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (await IsListeningAsync(port) && System.Diagnostics.Stopwatch.GetElapsedTime(began) < AtMost)
        {
            var environment = LaunchContext.InheritedEnvironment();
            environment["ERL_EPMD_PORT"] = port.ToString(CultureInfo.InvariantCulture);
            environment["ERL_EPMD_ADDRESS"] = "127.0.0.1";
            if (Tool.Find("epmd") is not { } epmd)
            {
                return; // Erlang was removed meanwhile
            }

            await Tool.RunAsync(epmd, ["-kill"], environment, AtMost, CancellationToken.None);
            await Task.Delay(TryAgain);
        }
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

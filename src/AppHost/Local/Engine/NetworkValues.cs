using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Library.AppHost.Local.Engine;

/// <summary>What is known only when a network starts: ports and generated values.</summary>
/// <param name="port">Of a resource, an endpoint and a replica, as text.</param>
/// <param name="secret">Of a name and a least length.</param>
internal sealed class NetworkValues(Func<ProcessResource, string, int, string> port, Func<string, int, string> secret)
{
    internal string Port(ProcessResource resource, string endpoint, int replica) => port(resource, endpoint, replica);

    internal string Secret(string name, int minLength = 24) => secret(name, minLength);
}

/// <summary>Ports chosen once, remembered, and kept for as long as nobody else has taken them.</summary>
internal sealed class PortBook
{
    // below the range that the kernel takes outgoing ports from (32768 on), so that a stopped service finds its port free again
    private const int FirstPort = 20_000;
    private const int LastPort = 31_999;
    private const int MaxTries = 2_000;

    private readonly string _file;
    private readonly Dictionary<string, int> _ports;
    private readonly HashSet<int> _given = [];

    internal PortBook(string file)
    {
        _file = file;
        _ports = File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(file)) ?? [] : [];
    }

    internal static string Key(ProcessResource resource, string endpoint, int replica) =>
        string.Create(CultureInfo.InvariantCulture, $"{resource.Name}/{endpoint}/{replica}");

    internal int this[ProcessResource resource, string endpoint, int replica] => _ports[Key(resource, endpoint, replica)];

    /// <summary>Gives every endpoint its port.</summary>
    /// <param name="resources">The processes of the network.</param>
    /// <param name="demanded">The port that the configuration insists on for a resource's first endpoint, or null.</param>
    /// <returns>Null, or what is in the way.</returns>
    internal string? Assign(IEnumerable<ProcessResource> resources, Func<string, int?> demanded)
    {
        foreach (var resource in resources)
        {
            for (var replica = 0; replica < resource.Replicas; replica++)
            {
                foreach (var (position, endpoint) in resource.Endpoints.Index())
                {
                    var key = Key(resource, endpoint.Name, replica);
                    if (position == 0 && replica == 0 && demanded(resource.Name) is { } port)
                    {
                        if (!TryTake(port))
                        {
                            return string.Create(CultureInfo.InvariantCulture,
                                $"Port {port}, asked for by Ports:{resource.Name}, is taken by another program. Free it, or ask for another.");
                        }

                        _ports[key] = port;
                        continue;
                    }

                    // the way in is easiest to remember at 8080
                    int?[] preferred = [_ports.TryGetValue(key, out var known) ? known : null, endpoint.IsExternal && position == 0 && replica == 0 ? 8080 : null];
                    _ports[key] = preferred.FirstOrDefault(p => p is { } wish && TryTake(wish)) ?? TakeAny();
                }
            }
        }

        AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(_ports, NetworkState.Json));
        return null;
    }

    private int TakeAny()
    {
        for (var i = 0; i < MaxTries; i++)
        {
            // at random, so that two networks started at once do not meet
            var port = RandomNumberGenerator.GetInt32(FirstPort, LastPort + 1);
            if (TryTake(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port found between {FirstPort} and {LastPort}.");
    }

    private bool TryTake(int port) => !_given.Contains(port) && IsFree(port) && _given.Add(port);

    internal static bool IsFree(int port)
    {
        try
        {
            foreach (var address in Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : new[] { IPAddress.Loopback })
            {
                using var listener = new TcpListener(address, port);
                listener.Start();
            }

            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return true; // no IPv6 on this machine's loopback, and IPv4 has just been found free
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>Passwords and keys, generated once and kept in a file that only its owner reads.</summary>
internal sealed class SecretBook
{
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

    private readonly Lock _lock = new();
    private readonly string _file;
    private readonly SortedDictionary<string, string> _secrets;

    internal SecretBook(string file)
    {
        _file = file;
        _secrets = File.Exists(file) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllBytes(file)) ?? [] : [];
    }

    internal string Get(string name, int minLength)
    {
        lock (_lock)
        {
            if (!_secrets.TryGetValue(name, out var secret))
            {
                secret = _secrets[name] = RandomNumberGenerator.GetString(Alphabet, minLength);
                AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(_secrets), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return secret;
        }
    }
}

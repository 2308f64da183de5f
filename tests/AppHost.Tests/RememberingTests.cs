using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Library.AppHost.Tests;

/// <summary>What is kept between runs, and what a crashed run leaves.</summary>
public sealed class RememberingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("library-engine-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ports_are_kept_and_one_that_was_taken_meanwhile_is_replaced()
    {
        var service = Service();
        var first = Assigned(service);
        Assert.Equal(first, Assigned(service));

        using var stranger = new TcpListener(IPAddress.Loopback, first["service/http/0"]);
        stranger.Start();
        var now = Assigned(service);
        Assert.NotEqual(first["service/http/0"], now["service/http/0"]);
        Assert.Equal(first["service/http/1"], now["service/http/1"]);
    }

    [Fact]
    public void A_demanded_port_is_given_or_refused_plainly()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var taken = ((IPEndPoint)stranger.LocalEndpoint).Port;
        var refusal = new PortBook(Path.Combine(_folder, "ports.json")).Assign([Service()], name => name == "service" ? taken : null);
        Assert.Equal($"Port {taken}, asked for by Ports:service, is taken by another program. Free it, or ask for another.", refusal);

        stranger.Stop();
        var book = new PortBook(Path.Combine(_folder, "ports.json"));
        var service = Service();
        Assert.Null(book.Assign([service], _ => taken));
        Assert.Equal(taken, book[service, "http", 0]);
    }

    [Fact]
    public void Passwords_are_made_once_and_only_their_owner_may_read_them()
    {
        var file = Path.Combine(_folder, "secrets.json");
        var password = new SecretBook(file).Get("postgres-password", 24);
        Assert.Equal(24, password.Length);
        Assert.Equal(password, new SecretBook(file).Get("postgres-password", 24));
        Assert.NotEqual(password, new SecretBook(file).Get("messaging-password", 24));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task What_a_crashed_run_has_left_is_ended_and_a_strangers_process_of_the_same_number_is_not()
    {
        using var left = Process.Start("setsid", ["sleep", "1000"]);
        using var stranger = Process.Start("setsid", ["sleep", "1000"]);
        try
        {
            var (leftBegan, strangerBegan) = (Posix.Began(left.Id)!.Value, Posix.Began(stranger.Id)!.Value);
            // the AppHost of that run is gone: its number belongs to nobody, its lock fell with it
            var crashed = State([Part("left", left.Id, leftBegan), Part("reused", stranger.Id, strangerBegan + 1)]);
            await File.WriteAllBytesAsync(Path.Combine(_folder, "state.json"), JsonSerializer.SerializeToUtf8Bytes(crashed, NetworkState.Json));
            await File.WriteAllTextAsync(Path.Combine(_folder, "lock"), "");

            var said = new StringWriter();
            Assert.Equal(NetworkHost.Done, await NetworkHost.SweepAsync(Home, said));
            Assert.Contains($"Ending left (pid {left.Id})", said.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("reused", said.ToString(), StringComparison.Ordinal);
            await left.WaitForExitAsync();
            Assert.True(Posix.IsAlive(stranger.Id, strangerBegan));
            Assert.True(NetworkState.Read(Home.StateFile)!.Stopped);
        }
        finally
        {
            left.Kill();
            stranger.Kill();
        }
    }

    [Fact]
    public async Task One_run_at_a_time_in_a_folder()
    {
        using var held = RunLock.TryTake(Home.LockFile);
        Assert.NotNull(held);
        var said = new StringWriter();
        Assert.Equal(NetworkHost.Refused, await NetworkHost.RunAsync([], Home, new ConfigurationManager(), "Development", said));
        Assert.Contains("Already running", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_with_one_networks_data_does_not_start_another_network()
    {
        Directory.CreateDirectory(Home.Data);
        await File.WriteAllTextAsync(Path.Combine(Home.Data, "network"), "ignalina\n");
        var said = new StringWriter();
        Assert.Equal(NetworkHost.Refused, await NetworkHost.RunAsync([], Home, new ConfigurationManager(), "Development", said));
        Assert.Contains("holds the network ignalina, not radovljica", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_starts_anew_keeps_five_older_ones_and_stays_below_its_cap()
    {
        var path = Path.Combine(_folder, "part.log");
        for (var run = 0; run < 8; run++)
        {
            using var log = new LogFile(path, maxBytes: 100);
            log.Write(Encoding.UTF8.GetBytes($"run {run}\n"));
        }

        Assert.Equal(["part.log", "part.log.1", "part.log.2", "part.log.3", "part.log.4", "part.log.5"], Directory.EnumerateFiles(_folder).Select(f => Path.GetFileName(f)).Order());
        Assert.Equal(("run 7", "run 2"), (LogFile.Tail(path, 1), LogFile.Tail(path + ".5", 1)));

        using (var log = new LogFile(path, maxBytes: 100))
        {
            for (var line = 0; line < 50; line++)
            {
                log.Write("123456789\n"u8);
            }
        }

        Assert.All(Directory.EnumerateFiles(_folder), f => Assert.InRange(new FileInfo(f).Length, 1, 100));
    }

    private NetworkHome Home => NetworkHome.Locate() with { Folder = _folder };

    private static Script Service()
    {
        var service = Script.Bash("service", "sleep 1000");
        service.Endpoints.Add(new EndpointDefinition("http", "http"));
        service.Replicas = 2;
        return service;
    }

    private Dictionary<string, int> Assigned(Script service)
    {
        var book = new PortBook(Path.Combine(_folder, "ports.json"));
        Assert.Null(book.Assign([service], _ => null));
        return Enumerable.Range(0, 2).ToDictionary(r => PortBook.Key(service, "http", r), r => book[service, "http", r]);
    }

    private NetworkState State(PartState[] parts) => new()
    {
        Pid = int.MaxValue,
        PidBegan = 1,
        Network = "radovljica",
        StartedAt = DateTimeOffset.UnixEpoch,
        Stopped = false,
        ControlSocket = Home.ControlSocket,
        EpmdPort = null,
        Parts = parts,
    };

    private static PartState Part(string name, int pid, long began) => new()
    {
        Name = name,
        Replica = 0,
        Kind = "script",
        Phase = PartPhase.Running,
        Healthy = true,
        Problem = null,
        Pid = pid,
        PidBegan = began,
        StopSignal = Posix.SigTerm,
        Ports = new Dictionary<string, int>(),
        Url = null,
        Restarts = 0,
        Version = null,
        Log = "",
        OneShot = false,
    };
}

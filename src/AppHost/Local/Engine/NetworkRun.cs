using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Library.AppHost.Local.Engine;

/// <summary>The time between the first start and the last stop: answers commands, and writes down every change for whoever comes after a crash.</summary>
internal sealed class NetworkRun(
    IReadOnlyList<ProcessResource> resources, NetworkHome home, string network, PortBook ports, IConfiguration configuration, TextWriter output)
{
    private readonly NetworkRunner _runner = new(resources, home, ports, configuration, BackOff.Usual, output.WriteLine);
    private readonly DateTimeOffset _startedAt = TimeProvider.System.GetUtcNow();

    internal async Task UntilToldToStopAsync()
    {
        using var ending = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        await using var control = ControlServer.Open(home.ControlSocket, _runner, () => State(stopped: false), ending);
        var recording = RecordAsync(ending.Token);
        _runner.StartAll();
        await Task.Delay(Timeout.InfiniteTimeSpan, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        output.WriteLine("Stopping.");
        await _runner.StopAllAsync();
        await recording;
        Save(stopped: true);

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true; // in our order, not at once
            ending.Cancel();
        }
    }

    private async Task RecordAsync(CancellationToken ending)
    {
        var told = new Dictionary<(string, int), string>();
        while (!ending.IsCancellationRequested)
        {
            var parts = _runner.Parts.ToArray();
            Save(stopped: false);
            foreach (var part in parts)
            {
                Tell(part, told);
            }

            await _runner.Changed.UntilAsync(() => !_runner.Parts.SequenceEqual(parts), ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(PartState part, Dictionary<(string, int), string> told)
    {
        var news = $"{part.Phase}{(part.Problem is null ? "" : ": ")}{part.Problem}";
        if (told.GetValueOrDefault((part.Name, part.Replica)) != news)
        {
            told[(part.Name, part.Replica)] = news;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {part.Name}[{part.Replica}] {news}"));
        }
    }

    private void Save(bool stopped) => AtomicFile.Write(home.StateFile, JsonSerializer.SerializeToUtf8Bytes(State(stopped), NetworkState.Json));

    private NetworkState State(bool stopped) => new()
    {
        Pid = System.Environment.ProcessId,
        PidBegan = Posix.Began(System.Environment.ProcessId) ?? 0,
        Network = network,
        StartedAt = _startedAt,
        Stopped = stopped,
        ControlSocket = home.ControlSocket,
        EpmdPort = resources.OfType<RabbitMQServerResource>().FirstOrDefault() is { } broker ? ports[broker, RabbitMQServerResource.Epmd, 0] : null,
        Parts = [.. _runner.Parts],
    };
}

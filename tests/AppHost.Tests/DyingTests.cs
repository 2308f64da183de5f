using System.Globalization;

namespace Library.AppHost.Tests;

public sealed class DyingTests
{
    [Fact]
    public async Task A_child_that_dies_comes_back_after_a_pause_that_grows()
    {
        await using var network = new TestNetwork();
        var starts = network.FileOf("starts");
        network.Add(Script.Bash("mortal", $"date +%s%N >> {starts}; exit 7"));
        network.Runner.StartAll();
        await network.UntilAsync(() => network.Part("mortal").Restarts >= 5);
        Assert.Contains("ended with exit code 7", network.Part("mortal").Problem, StringComparison.Ordinal);

        await network.Runner.StopAllAsync();
        var at = (await File.ReadAllLinesAsync(starts)).Select(l => long.Parse(l, CultureInfo.InvariantCulture)).ToArray();
        var pauses = at.Zip(at.Skip(1), (earlier, later) => TimeSpan.FromMicroseconds((later - earlier) / 1000)).Take(4).ToArray();
        int[] atLeastMs = [50, 100, 200, 400];
        Assert.All(pauses.Zip(atLeastMs), p => Assert.True(p.First.TotalMilliseconds >= p.Second, $"{p.First} is shorter than {p.Second} ms"));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(5, 16)]
    [InlineData(6, 30)]
    [InlineData(100, 30)]
    public void The_pause_doubles_up_to_thirty_seconds(int deaths, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BackOff.Usual.Pause(deaths));

    [Fact]
    public async Task After_good_health_the_next_pause_is_the_first_again()
    {
        await using var network = new TestNetwork(backOff: new BackOff(TimeSpan.FromMilliseconds(20), TimeSpan.FromHours(1), ForgivenAfter: TimeSpan.Zero));
        // unforgiven, the twentieth start would be hours away
        network.Add(Script.Bash("mortal", "exit 1"));
        network.Runner.StartAll();
        await network.UntilAsync(() => network.Part("mortal").Restarts >= 20);
    }

    [Fact]
    public async Task A_service_that_breaks_down_is_healthy_again_with_the_same_port()
    {
        await using var network = new TestNetwork();
        network.AddProbe("probe").WithHttpEndpoint("http").WithHttpHealthCheck("/health");
        network.Runner.StartAll();
        await network.UntilHealthyAsync("probe");
        var before = network.Part("probe");

        Assert.True(Posix.Signal(before.Pid!.Value, Posix.SigKill));
        await network.UntilAsync(() => network.Part("probe") is { IsHealthy: true, Restarts: 1 });
        Assert.NotEqual(before.Pid, network.Part("probe").Pid);
        Assert.Equal(before.Url, network.Part("probe").Url);
    }

    [Fact]
    public async Task A_service_comes_back_even_while_what_it_once_waited_for_is_away()
    {
        await using var network = new TestNetwork();
        var broker = network.Add(Script.Bash("broker", "sleep 1000"));
        network.Add(Script.Bash("service", "sleep 1000")).WaitFor(broker);
        network.Runner.StartAll();
        await network.UntilHealthyAsync("broker", "service");
        await network.Runner.StopAsync("broker");
        Posix.SignalGroup(network.Part("service").Pid!.Value, Posix.SigKill);
        await network.UntilAsync(() => network.Part("service") is { IsHealthy: true, Restarts: 1 });
        Assert.Equal(PartPhase.Stopped, network.Part("broker").Phase);
    }
}

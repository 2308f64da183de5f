namespace Library.AppHost.Tests;

public sealed class StoppingTests
{
    [Fact]
    public async Task One_part_goes_down_stays_down_and_comes_back_while_the_others_run_on()
    {
        await using var network = new TestNetwork();
        network.Add(Script.Bash("stays", "sleep 1000"));
        network.Add(Script.Bash("goes", "sleep 1000"));
        network.Runner.StartAll();
        await network.UntilHealthyAsync("stays", "goes");
        var (stays, goes) = (network.Part("stays"), network.Part("goes"));

        Assert.True(await network.Runner.StopAsync("goes"));
        Assert.False(Posix.IsAlive(goes.Pid!.Value, goes.PidBegan!.Value));
        Assert.Equal((PartPhase.Stopped, 0), (network.Part("goes").Phase, network.Part("goes").Restarts));

        Assert.True(network.Runner.Start("goes"));
        await network.UntilHealthyAsync("goes");
        Assert.Equal(stays.Pid, network.Part("stays").Pid);
        Assert.False(await network.Runner.StopAsync("nobody"));
    }

    [Fact]
    public async Task All_stop_in_reverse_order_and_leave_no_process_behind()
    {
        await using var network = new TestNetwork();
        var order = network.FileOf("order");
        var helpers = network.FileOf("helpers");
        // each has a helper in the background that would outlive it
        string Text(string name) => $"trap 'echo {name} >> {order}; exit 0' TERM; sleep 1000 & echo $! >> {helpers}; touch {network.FileOf(name)}; wait";
        string[] names = ["postgres", "messaging", "service", "gateway"];
        foreach (var name in names)
        {
            network.Add(Script.Bash(name, Text(name), healthyWhenExists: network.FileOf(name)));
        }

        network.Runner.StartAll();
        await network.UntilHealthyAsync(names);
        var ran = network.Runner.Parts.ToArray();
        await network.Runner.StopAllAsync();

        Assert.Equal(names.Reverse(), await File.ReadAllLinesAsync(order));
        Assert.All(ran, p => Assert.False(Posix.IsAlive(p.Pid!.Value, p.PidBegan!.Value)));
        await TestNetwork.EventuallyAsync(() => File.ReadAllLines(helpers).All(p => Posix.Began(int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)) is null));
    }

    [Fact]
    public async Task A_process_that_will_not_end_is_killed_after_the_grace()
    {
        await using var network = new TestNetwork();
        network.Add(Script.Bash("stubborn", $"trap '' TERM; touch {network.FileOf("deaf")}; while true; do sleep 1; done", healthyWhenExists: network.FileOf("deaf")));
        network.Runner.StartAll();
        await network.UntilHealthyAsync("stubborn");
        var ran = network.Part("stubborn");
        await network.Runner.StopAllAsync();
        Assert.False(Posix.IsAlive(ran.Pid!.Value, ran.PidBegan!.Value));
    }

    [Fact]
    public async Task A_process_can_be_taken_down_while_it_waits_and_while_it_pauses()
    {
        await using var network = new TestNetwork(backOff: new BackOff(TimeSpan.FromHours(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1)));
        var never = network.Add(Script.Bash("never", "sleep 1000", network.FileOf("never-there")));
        network.Add(Script.Bash("waiting", "sleep 1000")).WaitFor(never);
        network.Add(Script.Bash("dead", "exit 1"));
        network.Runner.StartAll();
        await network.UntilAsync(() => network.Part("dead").Phase == PartPhase.BackingOff);
        await network.Runner.StopAllAsync();
        Assert.All(network.Runner.Parts, p => Assert.Equal(PartPhase.Stopped, p.Phase));
    }
}

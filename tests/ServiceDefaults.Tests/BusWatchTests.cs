using Library.ServiceDefaults.Messaging;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Library.ServiceDefaults.Tests;

public sealed class BusWatchTests
{
    private static readonly IReadOnlyDictionary<string, string> Impatient = new Dictionary<string, string> { ["Messaging:StuckAfter"] = "00:00:03" };

    [Fact]
    public async Task A_process_that_hears_nothing_more_while_messages_wait_ends_and_the_next_handles_each_once()
    {
        await using var stuck = await Sample.StartAsync(settings: Impatient);
        var held = new TaskCompletionSource();
        stuck.Get<Seen>().Heavy = () => held.Task;
        var stones = Enumerable.Range(1, 40).Select(n => $"stones/heavy-{n}").ToList();
        await stuck.WriteAsync(commit: true, [.. stones.Select(stone => Sample.Stone(stone, 1))]);
        var ended = stuck.Get<IHostApplicationLifetime>().ApplicationStopping;
        await Eventually.IsTrueAsync(() => Task.FromResult(ended.IsCancellationRequested), "the process ends itself");

        await using var next = await Sample.StartAsync(beside: stuck);
        held.SetResult();
        await stuck.App.StopAsync();
        // copies first: what is being added to while it is sorted is read past its end
        List<string> Handled() => [.. stuck.Get<Seen>().Stones.ToArray().Concat(next.Get<Seen>().Stones.ToArray()).Select(stone => stone.Aggregate).Order()];
        Assert.Equal(stones.Order(), await Eventually.SeesAsync(() => Task.FromResult(Handled()), handled => handled.Count == stones.Count, "all are handled"));
    }

    [Fact]
    public async Task A_process_that_works_slowly_through_a_long_queue_goes_on()
    {
        await using var host = await Sample.StartAsync(settings: Impatient);
        host.Get<Seen>().Heavy = () => Task.Delay(700); // nothing waits for this: it is the work, ten rounds of eight, together more than twice the time after which one is taken to be stuck
        await host.WriteAsync(commit: true, [.. Enumerable.Range(1, 80).Select(n => Sample.Stone($"stones/heavy-{n}", 1))]);
        var seen = host.Get<Seen>();
        await Eventually.SeesAsync(() => Task.FromResult(seen.Stones.Count), count => count == 80, "all are handled");
        Assert.False(host.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }
}

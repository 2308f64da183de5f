using System.Text.Json.Nodes;
using Library.Contracts;
using Library.ServiceDefaults.Messaging;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Library.ServiceDefaults.Tests;

public sealed class MessagingTests
{
    [Fact]
    public async Task A_committed_fact_arrives_without_being_asked_for_and_a_rolled_back_one_never()
    {
        await using var host = await Sample.StartAsync();
        await host.WriteAsync(commit: false, Sample.Stone("stones/rolled-back", 1));
        await host.WriteAsync(commit: true, Sample.Stone("stones/turned", 1));
        var seen = host.Get<Seen>();
        await Eventually.IsTrueAsync(() => Task.FromResult(!seen.Stones.IsEmpty), "the fact is handled");
        Assert.Equal(("stones/turned", 1L), Assert.Single(seen.Stones));
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0, "it is marked as published");
    }

    [Fact]
    public async Task Facts_of_one_aggregate_arrive_in_the_order_in_which_they_were_written()
    {
        await using var host = await Sample.StartAsync();
        IMessage[] facts = [.. Enumerable.Range(1, 60).SelectMany(version => Enumerable.Range(1, 4).Select(stone => new StoneLeft { Aggregate = $"stones/{stone}", Version = version }))];
        await host.WriteAsync(commit: true, facts);
        await Eventually.IsTrueAsync(async () => await host.Get<Queues>().DepthAsync("never-started", CancellationToken.None) == facts.Length, "all are in the queue");
        // read from the queue itself, which is first in, first out: consumers handle side by side
        await using var channel = await host.Get<IConnection>().CreateChannelAsync();
        var arrived = new List<(string Aggregate, long Version)>();
        while (await channel.BasicGetAsync(host.MessagingPrefix + "never-started", autoAck: true) is { } got)
        {
            var message = JsonNode.Parse(got.Body.Span)!["message"]!;
            arrived.Add(((string)message["aggregate"]!, (long)message["version"]!));
        }
        Assert.Equal(facts.Length, arrived.Count);
        foreach (var stone in arrived.GroupBy(fact => fact.Aggregate)) Assert.Equal(Enumerable.Range(1, 60).Select(version => (long)version), stone.Select(fact => fact.Version));
    }

    [Fact]
    public async Task A_message_that_is_delivered_twice_is_handled_once()
    {
        await using var host = await Sample.StartAsync();
        var id = Guid.CreateVersion7();
        await host.PublishAsync(Sample.Stone("stones/twice", 1), id);
        await host.PublishAsync(Sample.Stone("stones/twice", 1), id);
        await host.PublishAsync(Sample.Stone("stones/last", 1));
        var seen = host.Get<Seen>();
        await Eventually.IsTrueAsync(() => Task.FromResult(seen.Stones.Any(stone => stone.Aggregate == "stones/last")), "the last is handled");
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM inbox") == 2, "two messages are known");
        Assert.Single(seen.Stones, stone => stone.Aggregate == "stones/twice");
    }

    [Fact]
    public async Task A_fact_for_a_service_that_was_never_started_waits_in_its_queue_and_holds_up_nobody()
    {
        await using var host = await Sample.StartAsync();
        await host.WriteAsync(commit: true, new StoneLeft { Aggregate = "stones/left", Version = 1 }, Sample.Stone("stones/left", 2));
        var seen = host.Get<Seen>();
        await Eventually.IsTrueAsync(() => Task.FromResult(!seen.Stones.IsEmpty), "the next fact of the same aggregate is handled");
        await Eventually.IsTrueAsync(async () => await host.Get<Queues>().DepthAsync("never-started", CancellationToken.None) == 1, "the fact waits in the queue of the other service");
        // a consumer may be faster than the relay's note that the broker has the fact
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0, "nothing is held up");
    }

    [Fact]
    public async Task One_relay_publishes_and_another_takes_over_when_it_is_gone()
    {
        var first = await Sample.StartAsync();
        await using var second = await Sample.StartAsync(beside: first);
        await first.WriteAsync(commit: true, Sample.Stone("stones/before", 1));
        await Eventually.IsTrueAsync(async () => await second.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0, "published");
        Assert.Equal(1, await second.ScalarAsync<long>("SELECT count(*) FROM lease WHERE name = 'relay'"));
        await first.App.StopAsync();
        await second.WriteAsync(commit: true, Sample.Stone("stones/after", 1));
        await Eventually.IsTrueAsync(async () => await second.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0, "published by the other");
        await first.App.DisposeAsync();
    }
}

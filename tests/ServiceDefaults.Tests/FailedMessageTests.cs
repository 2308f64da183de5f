using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Library.ServiceDefaults.Tests;

/// <summary>A message that cannot be handled ends where an administrator finds it, and blocks nobody on its way (ADR 14).</summary>
public sealed class FailedMessageTests
{
    private const string Messages = "/api/v1/services/sample/failedMessages";

    [Fact]
    public async Task A_poison_message_does_not_block_those_behind_it_and_dies_after_its_rounds()
    {
        await using var host = await Sample.StartAsync(settings: Sample.Impatient);
        for (var n = 0; n < 20; n++) await host.PublishAsync(Sample.Stone($"stones/poison-{n}", 1)); // more than are handled side by side
        for (var n = 0; n < 50; n++) await host.PublishAsync(Sample.Stone($"stones/sound-{n}", 1));
        var seen = host.Get<Seen>();
        await Eventually.IsTrueAsync(() => Task.FromResult(seen.Stones.Count == 50), "the sound ones are handled");
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM failed_message WHERE state = 'DEAD' AND attempts = 3") == 20, "the poisonous ones are dead");
        Assert.Equal(0L, await host.Get<Queues>().DepthAsync("sample", CancellationToken.None));
        Assert.Null(await host.Get<Queues>().DepthAsync("sample_error", CancellationToken.None)); // there is one such place, not two
        Assert.Equal(50, await host.ScalarAsync<long>("SELECT count(*) FROM inbox"));
    }

    [Fact]
    public async Task A_message_that_can_be_handled_later_is_handled_without_anybody_doing_anything()
    {
        await using var host = await Sample.StartAsync(settings: Sample.Impatient);
        await host.PublishAsync(Sample.Stone("stones/poison", 1));
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM failed_message") == 1, "it is kept");
        host.Get<Seen>().Poisonous = false;
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM failed_message") == 0, "it is handled and gone");
        Assert.Equal(("stones/poison", 1L), Assert.Single(host.Get<Seen>().Stones));
    }

    [Fact]
    public async Task An_administrator_lists_shows_and_replays_a_dead_message()
    {
        await using var host = await Sample.StartAsync(settings: Sample.Impatient);
        var id = Guid.CreateVersion7();
        await host.PublishAsync(Sample.Stone("stones/poison", 1), id);
        using var admin = host.Rest("admin");
        var dead = await Eventually.SeesAsync(() => GetAsync(admin, $"{Messages}?state=DEAD"), seen => seen["failedMessages"] is JsonArray { Count: 1 }, "it is dead");
        var told = dead["failedMessages"]![0]!;
        Assert.Equal(("services/sample/failedMessages/" + id, "Library.ServiceDefaults.Tests.StoneTurned", "stones/poison"), ((string)told["name"]!, (string)told["type"]!, (string)told["aggregate"]!));
        Assert.Equal("InvalidOperationException: This stone cannot be turned.", (string)told["problem"]!);
        Assert.Contains("stones/poison", (string)(await GetAsync(admin, $"/api/v1/{told["name"]}"))["body"]!, StringComparison.Ordinal);

        Assert.Equal(400, await CodeAsync(admin, $"/api/v1/{told["name"]}:replay", "")); // without a reason
        host.Get<Seen>().Poisonous = false;
        Assert.Equal(200, await CodeAsync(admin, $"/api/v1/{told["name"]}:replay", "the stone was mended"));
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM failed_message") == 0, "it is handled and gone");
        Assert.Single(host.Get<Seen>().Stones);
        Assert.Equal(404, await CodeAsync(admin, $"/api/v1/{told["name"]}:replay", "once more"));
    }

    [Fact]
    public async Task A_discarded_message_counts_as_handled_for_ever()
    {
        await using var host = await Sample.StartAsync(settings: Sample.Impatient);
        var id = Guid.CreateVersion7();
        await host.PublishAsync(Sample.Stone("stones/poison", 1), id);
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM failed_message WHERE state = 'DEAD'") == 1, "it is dead");
        using var admin = host.Rest("admin");
        Assert.Equal(200, await CodeAsync(admin, $"{Messages}/{id}:discard", "a test of ours"));
        Assert.Equal(200, await CodeAsync(admin, $"{Messages}/{id}:discard", "twice does no harm"));
        Assert.Equal(400, await CodeAsync(admin, $"{Messages}/{id}:replay", "too late"));
        Assert.Equal("a test of ours", await host.ScalarAsync<string>("SELECT reason FROM failed_message WHERE state = 'DISCARDED' AND decided_by <> ''"));

        host.Get<Seen>().Poisonous = false;
        await host.PublishAsync(Sample.Stone("stones/poison", 1), id); // the broker delivers it once more
        await host.PublishAsync(Sample.Stone("stones/last", 1));
        await Eventually.IsTrueAsync(() => Task.FromResult(!host.Get<Seen>().Stones.IsEmpty), "the next is handled");
        Assert.Equal("stones/last", Assert.Single(host.Get<Seen>().Stones).Aggregate);

        await host.ExecuteAsync("UPDATE failed_message SET decided_at = decided_at - interval '91 days'");
        await new Housekeeping(host.Database).RunAsync(host.Clock.Today, CancellationToken.None);
        Assert.Equal(0, await host.ScalarAsync<long>("SELECT count(*) FROM failed_message"));
    }

    [Fact]
    public async Task What_is_no_message_or_one_that_nothing_consumes_is_kept_and_blocks_nobody()
    {
        await using var host = await Sample.StartAsync(settings: Sample.Impatient);
        await host.PublishAsync(Sample.Stone("stones/first", 1)); // the queue is there from now on
        await Eventually.IsTrueAsync(() => Task.FromResult(host.Get<Seen>().Stones.Count == 1), "the first is handled");
        var queue = host.MessagingPrefix + "sample";
        await using (var channel = await host.Get<IConnection>().CreateChannelAsync())
        {
            await channel.BasicPublishAsync("", queue, "\xff\0 not a message"u8.ToArray());
            await channel.BasicPublishAsync("", queue, new byte[300 * 1024]);
        }
        await host.Get<MassTransit.IBus>().Publish(new StonePainted { Aggregate = "stones/painted", Version = 1 });
        var painted = new Uri($"exchange:{queue}");
        await (await host.Get<MassTransit.IBus>().GetSendEndpoint(painted)).Send(new StonePainted { Aggregate = "stones/painted", Version = 1 });
        await host.PublishAsync(Sample.Stone("stones/second", 1));
        await Eventually.IsTrueAsync(() => Task.FromResult(host.Get<Seen>().Stones.Count == 2), "the one behind them is handled");
        await Eventually.IsTrueAsync(async () => await host.ScalarAsync<long>("SELECT count(*) FROM failed_message WHERE state = 'DEAD'") == 3, "the three are dead");
        Assert.Equal(1, await host.ScalarAsync<long>("SELECT count(*) FROM failed_message WHERE body IS NULL AND attempts = 1"));
        Assert.Equal(1, await host.ScalarAsync<long>("SELECT count(*) FROM failed_message WHERE type LIKE '%.StonePainted' AND aggregate = 'stones/painted' AND attempts = 3"));
        using var admin = host.Rest("admin");
        var page = await GetAsync(admin, $"{Messages}?pageSize=2");
        Assert.Equal(2, page["failedMessages"]!.AsArray().Count);
        Assert.Single((await GetAsync(admin, $"{Messages}?pageSize=2&pageToken={page["nextPageToken"]}"))["failedMessages"]!.AsArray());
    }

    [Fact]
    public async Task Only_an_administrator_sees_them_and_only_at_the_service_that_holds_them()
    {
        await using var host = await Sample.StartAsync();
        using var librarian = host.Rest("librarian");
        using var admin = host.Rest("admin");
        Assert.Equal(403, (int)(await librarian.GetAsync(new Uri(Messages, UriKind.Relative))).StatusCode);
        Assert.Equal(404, (int)(await admin.GetAsync(new Uri("/api/v1/services/other/failedMessages", UriKind.Relative))).StatusCode);
        Assert.Equal(404, (int)(await admin.GetAsync(new Uri($"{Messages}/none", UriKind.Relative))).StatusCode);
    }

    private static async Task<JsonObject> GetAsync(HttpClient client, string path) => (await client.GetFromJsonAsync<JsonObject>(new Uri(path, UriKind.Relative)))!;

    private static async Task<int> CodeAsync(HttpClient client, string path, string reason)
    {
        using var answer = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), new { reason });
        return (int)answer.StatusCode;
    }
}

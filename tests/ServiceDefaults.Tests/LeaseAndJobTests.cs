using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Time;
using Library.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;

namespace Library.ServiceDefaults.Tests;

public sealed class LeaseAndJobTests
{
    [Fact]
    public async Task A_lease_has_one_holder_until_it_is_released_or_over()
    {
        await using var host = await Sample.StartAsync();
        var (one, other) = (LeasesOf(host), LeasesOf(host));
        Assert.True(await one.TryHoldAsync("tower", TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.True(await one.TryHoldAsync("tower", TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.False(await other.TryHoldAsync("tower", TimeSpan.FromMinutes(1), CancellationToken.None));
        await other.ReleaseAsync("tower", CancellationToken.None); // not its own
        Assert.False(await other.TryHoldAsync("tower", TimeSpan.FromMinutes(1), CancellationToken.None));

        await host.ExecuteAsync("UPDATE lease SET held_until = clock_timestamp() - interval '1 second' WHERE name = 'tower'");
        Assert.True(await other.TryHoldAsync("tower", TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.False(await one.TryHoldAsync("tower", TimeSpan.FromMinutes(1), CancellationToken.None));
    }

    [Fact]
    public async Task Missed_days_run_in_order_and_once_however_many_instances_run_them()
    {
        await using var first = await Sample.StartAsync();
        await using var second = await Sample.StartAsync(beside: first);
        await first.Get<JobRunner>().RunDueAsync(CancellationToken.None); // whatever is due today
        var before = first.Get<Seen>().Days.Concat(second.Get<Seen>().Days).Max();

        var offset = first.Clock.OffsetMs + (long)TimeSpan.FromDays(40).TotalMilliseconds;
        await Task.WhenAll(
            first.Get<ClockKeeper>().TakeOverAsync(offset, CancellationToken.None),
            second.Get<ClockKeeper>().TakeOverAsync(offset, CancellationToken.None));
        await Task.WhenAll(
            first.Get<JobRunner>().RunDueAsync(CancellationToken.None),
            second.Get<JobRunner>().RunDueAsync(CancellationToken.None));

        var ran = first.Get<Seen>().Days.Concat(second.Get<Seen>().Days).Where(day => day > before).ToList();
        Assert.Equal(40, ran.Count);
        Assert.Equal(Enumerable.Range(1, 40).Select(before.PlusDays), ran.Order());
        Assert.Equal(first.Get<Seen>().Days.Order(), first.Get<Seen>().Days);
        Assert.Equal(second.Get<Seen>().Days.Order(), second.Get<Seen>().Days);
    }

    [Fact]
    public async Task Jobs_run_again_after_the_database_failed_under_them()
    {
        await using var host = await Sample.StartAsync();
        await host.ExecuteAsync("ALTER TABLE lease RENAME TO gone");
        await Assert.ThrowsAsync<PostgresException>(() => host.Get<JobRunner>().RunDueAsync(CancellationToken.None));
        await host.ExecuteAsync("ALTER TABLE gone RENAME TO lease");
        await host.Get<JobRunner>().RunDueAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_lease_that_is_kept_is_prolonged_until_it_is_given_up()
    {
        await using var host = await Sample.StartAsync();
        var (one, other) = (LeasesOf(host), LeasesOf(host));
        var duration = TimeSpan.FromSeconds(6);
        await using (var kept = await one.TryKeepAsync("tower", duration, TimeSpan.Zero, CancellationToken.None))
        {
            Assert.NotNull(kept);
            Assert.Null(await other.TryKeepAsync("tower", duration, TimeSpan.Zero, CancellationToken.None));
            var until = await UntilAsync(host);
            await Eventually.IsTrueAsync(async () => await UntilAsync(host) > until, "the lease was prolonged");
        }
        await using var next = await other.TryKeepAsync("tower", duration, TimeSpan.Zero, CancellationToken.None);
        Assert.NotNull(next);
    }

    private static Leases LeasesOf(TestHost host) => new(host.Database, NullLogger<Leases>.Instance);

    private static Task<Instant> UntilAsync(TestHost host) => host.ScalarAsync<Instant>("SELECT held_until FROM lease WHERE name = 'tower'");

    [Fact]
    public async Task The_business_clock_never_goes_back()
    {
        await using var host = await Sample.StartAsync();
        var keeper = host.Get<ClockKeeper>();
        await keeper.TakeOverAsync(86_400_000, CancellationToken.None);
        await keeper.TakeOverAsync(1_000, CancellationToken.None);
        Assert.Equal(86_400_000, host.Clock.OffsetMs);
        Assert.Equal(86_400_000, await host.ScalarAsync<long>("SELECT offset_ms FROM business_clock"));
    }

    [Fact]
    public async Task Published_and_handled_messages_and_used_keys_are_forgotten_in_time()
    {
        await using var host = await Sample.StartAsync();
        await host.ExecuteAsync("""
            INSERT INTO outbox (id, aggregate, type, body, published_at) SELECT gen_random_uuid(), 'stones/x', 'T', '{}', now() - make_interval(days => n) FROM unnest(ARRAY[1, 13, 15, 20]) n
            """);
        await host.ExecuteAsync("""
            INSERT INTO idempotency (caller, method, key, request_hash, resource, answer, written_at) SELECT 'c', 'm', n::text, '\x00', 'r', '', now() - make_interval(days => n) FROM generate_series(1, 9) n
            """);
        var housekeeping = new Housekeeping(host.Database);
        await housekeeping.RunAsync(host.Clock.Today, CancellationToken.None);
        Assert.Equal(2, await host.ScalarAsync<long>("SELECT count(*) FROM outbox"));
        Assert.Equal(6, await host.ScalarAsync<long>("SELECT count(*) FROM idempotency"));
    }
}

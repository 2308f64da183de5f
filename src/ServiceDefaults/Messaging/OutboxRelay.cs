using System.Diagnostics;
using System.Text.Json;
using Library.ServiceDefaults.Data;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Messaging;

/// <summary>
/// Publishes the outbox with the broker's confirms: one relay per database at a time (a lease), messages of one aggregate one
/// after the other, those of different aggregates side by side. A message is marked only after its confirm, so a crash
/// publishes it again rather than never; consumers know it by its id.
/// </summary>
public sealed class OutboxRelay(
    NpgsqlDataSource database, Leases leases, Outbox outbox, IBus bus, MessageTypes types, ILogger<OutboxRelay> log) : BackgroundService
{
    public const string ActivityName = "Library.Outbox";
    internal const string Lease = "relay";
    private const int BatchSize = 500, InFlight = 64;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10), RenewEvery = TimeSpan.FromSeconds(3);

    /// <summary>From one batch to the next at least: under load what comes meanwhile goes together, in one reading, one marking and one writing of the broker.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250), PublishTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3)];
    private static readonly ActivitySource Source = new(ActivityName);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        var renewed = 0L;
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                var began = Stopwatch.GetTimestamp();
                if (renewed == 0 || Stopwatch.GetElapsedTime(renewed) > RenewEvery)
                    renewed = await leases.TryHoldAsync(Lease, LeaseTime, stoppingToken) ? Stopwatch.GetTimestamp() : 0;
                var published = renewed == 0 ? 0 : await PublishBatchAsync(stoppingToken);
                failures = 0;
                if (published == BatchSize) continue;
                await outbox.WaitAsync(Poll, stoppingToken);
                if (Gather - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } rest) await Task.Delay(rest, stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                // broker or database away: what is not marked stays and is published later
                renewed = 0;
                log.LogWarning("The outbox could not be published ({Problem}: {Detail}); it is kept", problem.GetType().Name, problem.Message);
                // not woken by the next commit: under load that would be one attempt and one line of log for each
                await Task.Delay(Pauses[Math.Min(failures++, Pauses.Length - 1)], stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception problem)
            {
                // whatever a stop interrupts: what was not marked is published by the next
                log.LogDebug("The relay stops ({Problem})", problem.GetType().Name);
                break;
            }
        await leases.ReleaseAsync(Lease, CancellationToken.None);
    }

    private sealed record Row(Guid Id, string Aggregate, string Type, string Body, string? TraceParent);

    private async Task<int> PublishBatchAsync(CancellationToken cancellationToken)
    {
        var rows = await ReadAsync(cancellationToken);
        if (rows.Count == 0) return 0;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(PublishTimeout);
        using var slots = new SemaphoreSlim(InFlight);
        var published = new List<Guid>(rows.Count);
        var work = rows.GroupBy(row => row.Aggregate)
            .Select(group => PublishInOrderAsync([.. group], slots, published, limit.Token))
            .ToList();
        try
        {
            await Task.WhenAll(work);
        }
        finally
        {
            await MarkAsync(published);
        }
        return published.Count;
    }

    private async Task PublishInOrderAsync(IReadOnlyList<Row> rows, SemaphoreSlim slots, List<Guid> published, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            await slots.WaitAsync(cancellationToken);
            try
            {
                var type = types.Find(row.Type) ?? throw new InvalidOperationException($"The outbox holds a message of the unknown type {row.Type}.");
                var message = JsonSerializer.Deserialize(row.Body, type, Outbox.Json)!;
                using var activity = row.TraceParent is { } parent
                    ? Source.StartActivity("outbox publish", ActivityKind.Internal, parent)
                    : Source.StartActivity("outbox publish");
                await bus.Publish(message, type, context => context.MessageId = row.Id, cancellationToken);
                lock (published) published.Add(row.Id);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    private async Task<List<Row>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT id, aggregate, type, body, trace_parent FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1", BatchSize);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new Row(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
        return rows;
    }

    /// <summary>Not cancelled by a stop: what the broker has confirmed should not be published again.</summary>
    private async Task MarkAsync(List<Guid> published)
    {
        Guid[] ids;
        lock (published) ids = [.. published];
        if (ids.Length == 0) return;
        await using var command = database.Command("UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY ($1)", ids);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}

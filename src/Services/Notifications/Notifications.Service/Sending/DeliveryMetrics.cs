using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Metrics;

namespace Library.Notifications.Sending;

/// <summary>What becomes of notices, by kind, and how long the oldest has waited.</summary>
public sealed class DeliveryMetrics
{
    /// <summary>Rows are counted so far: more is as bad, and counting stays cheap.</summary>
    private const int MostCounted = 10_000;
    private readonly NpgsqlDataSource database;
    private readonly TimeProvider time;
    private readonly Counter<long> ended;
    private readonly SampledGauge queued, age;

    public DeliveryMetrics(NpgsqlDataSource database, TimeProvider time, IMeterFactory meters)
    {
        (this.database, this.time) = (database, time);
        var meter = meters.Create("Library.Notifications");
        ended = meter.CreateCounter<long>("library.deliveries", "{delivery}", "Notices that came to an end: sent, failed or suppressed.");
        queued = new(meter, "library.deliveries.queued", "{delivery}", "Notices that wait to be sent, new or for another attempt; counted up to 10,000.", time, tag: "kind");
        age = new(meter, "library.deliveries.age", "s", "Real time that the oldest waiting notice has waited; 0 where none waits.", time);
    }

    public Sample Sample => new("Deliveries", Sampler.Round, Sampler.UsualLimit, TakeAsync);

    /// <summary>Counts an attempt that was the last one.</summary>
    public void Finished(NoticeKind kind, DeliveryStanding standing)
    {
        if (standing is DeliveryStanding.Waiting) return;
        ended.Add(1, KeyValuePair.Create("kind", (object?)kind.Code()), KeyValuePair.Create("state", (object?)standing.GetType().Name.ToUpperInvariant()));
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command($"""
            SELECT kind, count(*), (array_agg(id ORDER BY id))[1]
            FROM (SELECT kind, id FROM delivery WHERE state = 'QUEUED' ORDER BY next_attempt_at LIMIT {MostCounted}) AS waiting GROUP BY kind
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = Enum.GetValues<NoticeKind>().ToDictionary(kind => kind.Code(), _ => 0L);
        var oldest = time.GetUtcNow();
        while (await reader.ReadAsync(cancellationToken))
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
            if (MadeAt(reader.GetGuid(2)) is var made && made < oldest) oldest = made;
        }
        foreach (var (kind, count) in counts) queued.Set(count, kind);
        age.Set((time.GetUtcNow() - oldest).TotalSeconds);
    }

    /// <summary>Real time at which a row was made: a UUID of version 7 begins with it, in milliseconds. The columns hold business time.</summary>
    private static DateTimeOffset MadeAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
    }
}

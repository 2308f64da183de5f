using System.Diagnostics.Metrics;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Time;

namespace Library.ServiceDefaults.Metrics;

/// <summary>What is looked at in every service: outbox, relay, failed messages, jobs, queue, the size of the database.</summary>
public sealed class ServiceSamples
{
    public const string MeterName = "Library.Service";

    /// <summary>Rows are counted so far: more is as bad, and counting stays cheap.</summary>
    private const int MostCounted = 10_000;
    private static readonly TimeSpan SizeEvery = TimeSpan.FromMinutes(5);

    private readonly NpgsqlDataSource database;
    private readonly Leases leases;
    private readonly Queues queues;
    private readonly BusinessClock clock;
    private readonly IReadOnlyList<IPeriodicJob> jobs;
    private readonly string queue;
    private readonly Instant lookingSince;
    private readonly SampledGauge unpublished, age, holder, dead, lateness, depth, size;

    public ServiceSamples(
        NpgsqlDataSource database, Leases leases, Queues queues, BusinessClock clock, IEnumerable<IPeriodicJob> jobs, ServiceName service, TimeProvider time,
        IMeterFactory meters)
    {
        (this.database, this.leases, this.queues, this.clock, this.jobs, queue, lookingSince) = (database, leases, queues, clock, [.. jobs], service.Value, clock.Now);
        var meter = meters.Create(MeterName);
        unpublished = new(meter, "library.outbox.unpublished", "{message}", "Messages that wait in the outbox; counted up to 10,000.", time);
        age = new(meter, "library.outbox.age", "s", "Age of the oldest message that waits in the outbox; 0 where none waits.", time);
        holder = new(meter, "library.relay.holder", "1", "1 where this process publishes the outbox, 0 where another one does.", time);
        dead = new(meter, "library.messages.dead", "{message}", "Messages that could not be handled and wait for a person; counted up to 10,000.", time);
        lateness = new(meter, "library.job.lateness", "s", "Business time since a job was due that is not done; 0 where none is.", time, tag: "job_name");
        depth = new(meter, "library.queue.depth", "{message}", "Messages ready in the service's queue.", time);
        size = new(meter, "library.database.size", "By", "Size of the service's database.", time, life: SizeEvery * 3);
    }

    public IEnumerable<Sample> All =>
    [
        new("The database", Sampler.Round, Sampler.UsualLimit, TakeAsync),
        new("The queue", Sampler.Round, Sampler.UsualLimit, TakeDepthAsync),
        new("The size of the database", SizeEvery, Sampler.UsualLimit, TakeSizeAsync),
    ];

    /// <summary>One round trip.</summary>
    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand($"""
                    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(written_at)), 0)::float8
                    FROM (SELECT written_at FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT {MostCounted}) AS waiting
                    """),
                DatabaseSetup.BatchCommand(
                    "SELECT EXISTS (SELECT FROM lease WHERE name = $1 AND holder = $2 AND held_until > clock_timestamp())", OutboxRelay.Lease, leases.Holder),
                DatabaseSetup.BatchCommand("SELECT job, done_through FROM job_state"),
                DatabaseSetup.BatchCommand($"SELECT count(*) FROM (SELECT FROM failed_message WHERE state = 'DEAD' LIMIT {MostCounted}) AS dead"),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        unpublished.Set(row.GetInt64(0));
        age.Set(Math.Max(0, row.GetDouble(1)));
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        holder.Set(row.GetBoolean(0) ? 1 : 0);
        await row.NextResultAsync(cancellationToken);
        var done = new Dictionary<string, LocalDate>();
        while (await row.ReadAsync(cancellationToken)) done[row.GetString(0)] = row.GetFieldValue<LocalDate>(1);
        SetLateness(done);
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        dead.Set(row.GetInt64(0));
    }

    private void SetLateness(Dictionary<string, LocalDate> done)
    {
        var now = clock.Now;
        foreach (var job in jobs)
            lateness.Set(JobLateness.Of(job, done.TryGetValue(job.Name, out var day) ? day : null, now, lookingSince, clock.Zone).TotalSeconds, job.Name);
    }

    private async Task TakeDepthAsync(CancellationToken cancellationToken)
    {
        if (await queues.DepthAsync(queue, cancellationToken) is { } ready) depth.Set(ready);
    }

    private async Task TakeSizeAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT pg_database_size(current_database())");
        size.Set((long)(await command.ExecuteScalarAsync(cancellationToken))!);
    }
}

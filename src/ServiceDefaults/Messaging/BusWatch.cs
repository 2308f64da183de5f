using System.Diagnostics;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Library.ServiceDefaults.Messaging;

/// <summary>Setting <c>Messaging:StuckAfter</c>: how long messages may wait while none comes in; longer than a message is held while the database is away.</summary>
public sealed record StuckAfter(TimeSpan Limit)
{
    public static readonly StuckAfter Usual = new(TimeSpan.FromSeconds(60));
}

/// <summary>When a message last came in or was done with, and how many are in hand.</summary>
public sealed class Arrivals : IReceiveObserver
{
    private long last = Stopwatch.GetTimestamp();
    private int inHand;

    public TimeSpan Since => Stopwatch.GetElapsedTime(Interlocked.Read(ref last));
    public int InHand => Volatile.Read(ref inHand);

    public Task PreReceive(ReceiveContext context)
    {
        Interlocked.Increment(ref inHand);
        return NoteAsync();
    }

    public Task PostReceive(ReceiveContext context)
    {
        Interlocked.Decrement(ref inHand);
        return NoteAsync();
    }

    public Task ReceiveFault(ReceiveContext context, Exception exception)
    {
        Interlocked.Decrement(ref inHand);
        return NoteAsync();
    }

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType) where T : class => NoteAsync();

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) where T : class => NoteAsync();

    private Task NoteAsync()
    {
        Interlocked.Exchange(ref last, Stopwatch.GetTimestamp());
        return Task.CompletedTask;
    }
}

/// <summary>
/// Ends a process that has stopped hearing (ADR 30): messages wait in its queue, broker and database answer it, and none came in for
/// <see cref="StuckAfter"/>. Whoever runs it starts it again; nothing is lost by that (ADR 2). Judges nothing while broker or database is away.
/// </summary>
public sealed class BusWatch(
    NpgsqlDataSource database, IConnectionFactory broker, Queues queues, Arrivals arrivals, StuckAfter stuckAfter, IBusControl bus, ServiceName service,
    IHostApplicationLifetime lifetime, ILogger<BusWatch> log) : BackgroundService
{
    /// <summary>How often it looks within the time after which a process is taken to be stuck.</summary>
    private const int Looks = 6;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? waitingSince = null;
        using var timer = new PeriodicTimer(stuckAfter.Limit / Looks);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var began = Stopwatch.GetTimestamp();
            var waiting = arrivals.Since < stuckAfter.Limit / Looks ? 0 : await WaitingAsync(stoppingToken);
            if (waiting == 0) waitingSince = null;
            else waitingSince ??= began;
            if (waitingSince is not { } since || Stopwatch.GetElapsedTime(since) < stuckAfter.Limit || arrivals.Since < stuckAfter.Limit) continue;
            var endpoints = bus.CheckHealth().Endpoints.Select(endpoint => $"{endpoint.Value.Status}, {endpoint.Value.Description}");
            log.LogCritical(
                "{Waiting} messages wait, and none came in for {Seconds:0} s with broker and database there; {InHand} are in hand, the bus says: {Endpoints}. This process ends, to be started again",
                waiting, arrivals.Since.TotalSeconds, arrivals.InHand, string.Join("; ", endpoints));
            lifetime.StopApplication();
            return;
        }
    }

    /// <summary>Messages ready in this service's queue; 0 also where broker or database do not answer. Asked on a connection of its own: others may be what is stuck.</summary>
    private async Task<long> WaitingAsync(CancellationToken stoppingToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(stuckAfter.Limit / Looks);
        try
        {
            await using var connection = await broker.CreateConnectionAsync(limit.Token);
            var waiting = await queues.DepthAsync(connection, service.Value, limit.Token) ?? 0;
            if (waiting == 0) return 0;
            await using var command = database.Command("SELECT 1");
            await command.ExecuteScalarAsync(limit.Token);
            return waiting;
        }
        catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("Not known whether messages wait ({Problem})", problem.GetType().Name);
            return 0;
        }
    }
}

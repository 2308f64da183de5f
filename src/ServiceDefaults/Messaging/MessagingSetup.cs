using System.Reflection;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Metrics;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Library.ServiceDefaults.Messaging;

/// <summary>The consumers of this service: for each message's name those that must have handled it.</summary>
public sealed record ConsumedMessages(IReadOnlyDictionary<string, IReadOnlyList<string>> ConsumersOf);

/// <summary>Setting <c>Messaging:Prefix</c>: keeps several networks apart on one broker.</summary>
public sealed record QueueNames(string Prefix);

public static class MessagingSetup
{
    private const string Connection = "messaging";

    /// <summary>Messages handled side by side in one process; each holds a database connection.</summary>
    private const int Concurrency = 8;

    /// <summary>
    /// One durable quorum queue named after the service, every <see cref="IConsumer{T}"/> of <paramref name="service"/> on it,
    /// the outbox of the messages in <paramref name="contracts"/>, and their relay. A message that fails is tried a few times at once and then
    /// kept among the <see cref="FailedMessages"/>, so that it never blocks those behind it. While the database is away messages stay in the queue.
    /// </summary>
    public static void AddMessaging(this IHostApplicationBuilder builder, string name, Assembly service, Assembly contracts)
    {
        builder.AddRabbitMQClient(Connection, settings =>
        {
            settings.DisableHealthChecks = true; // the bus has its own, which never is worse than Degraded (ADR 10)
            settings.MaxConnectRetryCount = 0;
        });
        var consumers = service.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IConsumer)))
            .ToList();
        builder.Services.AddSingleton(new ConsumedMessages(consumers
            .SelectMany(consumer => consumer.GetInterfaces()
                .Where(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IConsumer<>))
                .Select(face => (Message: face.GetGenericArguments()[0].FullName!, consumer.Name)))
            .GroupBy(pair => pair.Message)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Select(pair => pair.Name)])));
        var types = new MessageTypes(contracts);
        builder.Services.AddSingleton(types);
        var rounds = builder.Configuration.GetSection("Messaging:RetryAfter").Get<TimeSpan[]>() is { Length: > 0 and <= 20 } pauses ? new RetryRounds(pauses) : RetryRounds.Usual;
        builder.Services.AddSingleton(rounds);
        builder.Services.AddSingleton<FailedMessages>();
        builder.Services.AddHostedService<FailedMessageRetry>();
        builder.Services.AddSingleton<Queues>();
        builder.Services.AddSingleton<Outbox>();
        builder.Services.AddSingleton<Inbox>();
        builder.Services.AddHostedService<OutboxRelay>();
        builder.Services.AddSingleton(builder.Configuration.GetValue<TimeSpan?>("Messaging:StuckAfter") is { } limit && limit > TimeSpan.Zero ? new StuckAfter(limit) : StuckAfter.Usual);
        builder.Services.AddSingleton<Arrivals>();
        builder.Services.AddHostedService<BusWatch>();

        var address = builder.Configuration.GetConnectionString(Connection);
        var prefix = builder.Configuration["Messaging:Prefix"] ?? "";
        builder.Services.AddSingleton(new QueueNames(prefix));
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry(); // a library's servers tell nobody outside that they run
            bus.ConfigureHealthCheckOptions(options => options.MinimalFailureStatus = HealthStatus.Degraded);
            bus.AddPublishObserver<PublishMetrics>();
            bus.AddReceiveObserver<ConsumeMetrics>();
            foreach (var consumer in consumers) bus.AddConsumer(consumer);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.ConnectReceiveObserver(context.GetRequiredService<Arrivals>());
                rabbit.Host(new Uri(address ?? throw new InvalidOperationException("ConnectionStrings:messaging is missing.")));
                if (prefix.Length > 0) rabbit.MessageTopology.SetEntityNameFormatter(new PrefixEntityNameFormatter(rabbit.MessageTopology.EntityNameFormatter, prefix));
                // a message makes the queues of those who must hear of it: nothing is lost when a service starts for the first time after the fact
                rabbit.Publish<Library.Contracts.IMessage>(topology => topology.Exclude = true);
                foreach (var (message, handlers) in types.Handled)
                    rabbit.Publish(message, topology =>
                    {
                        // the consumer binds its queue besides through an exchange of its own; the broker delivers once however many ways lead there
                        foreach (var handler in handlers)
                            ((IRabbitMqMessagePublishTopologyConfigurator)topology).BindQueue(ExchangeOf(message, rabbit.MessageTopology.EntityNameFormatter), prefix + handler, queue => queue.SetQueueArgument("x-queue-type", "quorum"));
                    });
                rabbit.ReceiveEndpoint(prefix + name, endpoint =>
                {
                    endpoint.SetQuorumQueue();
                    endpoint.PrefetchCount = Concurrency * 2;
                    endpoint.ConcurrentMessageLimit = Concurrency;
                    var keep = new KeepFailed(context.GetRequiredService<FailedMessages>());
                    endpoint.ConfigureError(error => error.UseFilter(keep));
                    endpoint.ConfigureDeadLetter(skipped => skipped.UseFilter(keep));
                    // our own database away: the message is held for a while, and then goes back into the queue, because it cannot be kept anywhere else
                    endpoint.UseMessageRetry(retry =>
                    {
                        retry.Handle<NpgsqlException>(DatabaseTrouble.IsPassing);
                        retry.Exponential(retryLimit: 8, minInterval: TimeSpan.FromMilliseconds(200), maxInterval: TimeSpan.FromSeconds(5), intervalDelta: TimeSpan.FromMilliseconds(400));
                    });
                    endpoint.UseMessageRetry(retry =>
                    {
                        retry.Ignore<NpgsqlException>(DatabaseTrouble.IsPassing);
                        retry.Intervals(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1));
                    });
                    endpoint.ConfigureConsumers(context);
                });
            });
        });
        // the service starts, and lends, while the broker is away
        builder.Services.Configure<MassTransitHostOptions>(options =>
        {
            options.WaitUntilStarted = false;
            options.StopTimeout = TimeSpan.FromSeconds(8);
        });
    }

    private static string ExchangeOf(Type message, IEntityNameFormatter names) =>
        (string)typeof(IEntityNameFormatter).GetMethod(nameof(IEntityNameFormatter.FormatEntityName))!.MakeGenericMethod(message).Invoke(names, null)!;
}

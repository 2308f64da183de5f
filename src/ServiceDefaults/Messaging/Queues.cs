using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Library.ServiceDefaults.Messaging;

/// <summary>Looks at queues with the raw client: whether they exist, and how many messages wait in them.</summary>
public sealed class Queues(IServiceProvider services, QueueNames names)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, bool> known = new();
    private readonly ConcurrentDictionary<string, long> lookedFor = new();

    /// <summary>A queue is bound to the messages just after it was made, and before anybody consumes from it.</summary>
    private static readonly TimeSpan BindingTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Those of the queues that do not exist yet. Once seen, a queue is taken to stay; a missing one is looked for once a second.</summary>
    public async Task<IReadOnlySet<string>> MissingAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        var missing = new HashSet<string>();
        foreach (var name in queues)
        {
            if (known.ContainsKey(name)) continue;
            if (lookedFor.TryGetValue(name, out var last) && Stopwatch.GetElapsedTime(last) < LookAgain) missing.Add(name);
            else if (await FindAsync(name, cancellationToken) is { } queue)
            {
                if (queue.ConsumerCount == 0) await Task.Delay(BindingTime, cancellationToken);
                known[name] = true;
            }
            else
            {
                lookedFor[name] = Stopwatch.GetTimestamp();
                missing.Add(name);
            }
        }
        return missing;
    }

    /// <summary>Messages ready in a queue; null where it does not exist.</summary>
    public async Task<long?> DepthAsync(string name, CancellationToken cancellationToken) => (await FindAsync(name, cancellationToken))?.MessageCount;

    private async Task<QueueDeclareOk?> FindAsync(string name, CancellationToken cancellationToken)
    {
        // resolved late: connecting waits for the broker, and only this needs it
        var connection = services.GetRequiredService<IConnection>();
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            return await channel.QueueDeclarePassiveAsync(names.Prefix + name, cancellationToken);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }
}

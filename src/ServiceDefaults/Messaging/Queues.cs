using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Library.ServiceDefaults.Messaging;

/// <summary>Looks at queues with the raw client: whether they exist, and how many messages wait in them.</summary>
public sealed class Queues(IServiceProvider services, QueueNames names)
{
    private readonly ConcurrentDictionary<string, bool> known = new();

    /// <summary>A queue is bound to the messages just after it was made, and before anybody consumes from it.</summary>
    private static readonly TimeSpan BindingTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Throws while one of the queues does not exist; once seen, a queue is taken to stay.</summary>
    public async Task EnsureExistAsync(IEnumerable<string> queues, CancellationToken cancellationToken)
    {
        foreach (var name in queues)
            if (!known.ContainsKey(name))
            {
                var queue = await FindAsync(name, cancellationToken) ?? throw new InvalidOperationException($"The queue {name} does not exist yet.");
                if (queue.ConsumerCount == 0) await Task.Delay(BindingTime, cancellationToken);
                known[name] = true;
            }
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

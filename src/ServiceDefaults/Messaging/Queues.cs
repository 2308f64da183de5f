using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Library.ServiceDefaults.Messaging;

/// <summary>Looks at queues with the raw client.</summary>
public sealed class Queues(IServiceProvider services, QueueNames names)
{
    /// <summary>Messages ready in a queue; null where it does not exist.</summary>
    public async Task<long?> DepthAsync(string name, CancellationToken cancellationToken)
    {
        // resolved late: connecting waits for the broker, and only this needs it
        var connection = services.GetRequiredService<IConnection>();
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            return (await channel.QueueDeclarePassiveAsync(names.Prefix + name, cancellationToken)).MessageCount;
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }
}

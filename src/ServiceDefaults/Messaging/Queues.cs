using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Library.ServiceDefaults.Messaging;

/// <summary>Looks at queues with the raw client.</summary>
public sealed class Queues(IServiceProvider services, QueueNames names)
{
    /// <summary>Messages ready in a queue; null where it does not exist.</summary>
    // resolved late: connecting waits for the broker, and only this needs it
    public Task<long?> DepthAsync(string name, CancellationToken cancellationToken) => DepthAsync(services.GetRequiredService<IConnection>(), name, cancellationToken);

    /// <summary>As <see cref="DepthAsync(string, CancellationToken)"/>, asked on this connection.</summary>
    public async Task<long?> DepthAsync(IConnection connection, string name, CancellationToken cancellationToken)
    {
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

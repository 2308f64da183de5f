using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Library.ServiceDefaults.Messaging;

/// <summary>
/// Puts failed messages that are due back into this service's queue, as they came. The row stays until the message is handled
/// (<see cref="Inbox"/>); one that is lost on the way is sent again, and the inbox knows one that comes twice. Any number of instances may do this at once.
/// </summary>
public sealed class FailedMessageRetry(
    NpgsqlDataSource database, IServiceProvider services, QueueNames names, ServiceName service, ILogger<FailedMessageRetry> log) : BackgroundService
{
    private const int Batch = 50;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1), TakenToBeLostAfter = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                while (await SendDueAsync(stoppingToken) == Batch)
                {
                    // more may be due
                }
            }
            // broker or database away: what is due stays due
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Failed messages were not tried again ({Problem}); they are kept", problem.GetType().Name);
            }
    }

    /// <summary>Sends what is due and says how many.</summary>
    public async Task<int> SendDueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var due = new List<(Guid Id, string ContentType, byte[] Body)>();
        await using (var find = transaction.Command("""
            UPDATE failed_message SET next_try_at = clock_timestamp() + $1
            WHERE id IN (SELECT id FROM failed_message WHERE state = 'WAITING' AND next_try_at <= clock_timestamp() ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING id, content_type, body
            """, TakenToBeLostAfter, Batch))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) due.Add((row.GetGuid(0), row.GetString(1), row.GetFieldValue<byte[]>(2)));
        if (due.Count == 0) return 0;

        // resolved late: connecting waits for the broker, and only this needs it
        var broker = services.GetRequiredService<IConnection>();
        await using var channel = await broker.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        foreach (var (id, contentType, body) in due)
            await channel.BasicPublishAsync("", names.Prefix + service.Value, mandatory: true, new BasicProperties
            {
                MessageId = id.ToString(),
                ContentType = contentType,
                DeliveryMode = DeliveryModes.Persistent,
                Headers = new Dictionary<string, object?> { [FailedMessages.RetryHeader] = "1" },
            }, body, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return due.Count;
    }
}

using Library.ServiceDefaults.Data;
using MassTransit;

namespace Library.ServiceDefaults.Messaging;

/// <summary>
/// Makes a consumer's work happen once: the message's id and the work stand in one transaction. A second delivery finds the
/// id and is a success without work.
/// </summary>
public sealed class Inbox(NpgsqlDataSource database, Outbox outbox)
{
    /// <summary>Runs <paramref name="work"/> unless <paramref name="consumer"/> has handled this message; commits; wakes the relay.</summary>
    public async Task OnceAsync<TMessage>(ConsumeContext<TMessage> context, string consumer, Func<NpgsqlTransaction, Task> work) where TMessage : class
    {
        var id = context.MessageId ?? throw new InvalidOperationException("A message without an id cannot be handled once.");
        var failedBefore = context.ReceiveContext.TransportHeaders.TryGetHeader(FailedMessages.RetryHeader, out _);
        await using var connection = await database.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        bool isNew;
        await using (var record = transaction.Command("INSERT INTO inbox (message_id, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING", id, consumer))
            isNew = await record.ExecuteNonQueryAsync(context.CancellationToken) == 1;
        if (isNew) await work(transaction);
        else if (!failedBefore) return;
        if (failedBefore)
        {
            await using var settle = transaction.Command("DELETE FROM failed_message WHERE id = $1 AND state <> 'DISCARDED'", id);
            await settle.ExecuteNonQueryAsync(context.CancellationToken);
        }
        await transaction.CommitTracedAsync(context.CancellationToken);
        outbox.Wake();
    }
}

using Library.Contracts.Operations;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.ServiceDefaults.Operations;

/// <summary>An administrator's decision about a failed message, kept with who made it and why.</summary>
public sealed class DecideFailedMessage(NpgsqlDataSource database, ReadFailedMessages read, ConsumedMessages consumed)
{
    /// <summary>Due now, with all its rounds anew.</summary>
    public async Task<FailedMessage> ReplayAsync(ReplayFailedMessageRequest request, string by, CancellationToken cancellationToken)
    {
        var reason = Reason(request.Reason);
        var id = ReadFailedMessages.IdOf(request.Message);
        await using var command = database.Command("""
            UPDATE failed_message SET state = 'WAITING', attempts = 1, next_try_at = clock_timestamp(), decided_by = $2, decided_at = clock_timestamp(), reason = $3
            WHERE id = $1 AND state <> 'DISCARDED' AND body IS NOT NULL
            """, id, by, reason);
        var changed = await command.ExecuteNonQueryAsync(cancellationToken) == 1;
        var found = await read.GetAsync(request.Message, cancellationToken);
        if (!changed) throw Failure.Refused(found.State == FailedMessage.Types.State.Discarded ? "MESSAGE_DISCARDED" : "MESSAGE_NOT_KEPT");
        return found;
    }

    /// <summary>Recorded as handled by every consumer of this service, in one transaction: a copy still on its way does nothing.</summary>
    public async Task<FailedMessage> DiscardAsync(DiscardFailedMessageRequest request, string by, CancellationToken cancellationToken)
    {
        var reason = Reason(request.Reason);
        var id = ReadFailedMessages.IdOf(request.Message);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await using var discard = transaction.Command("""
                UPDATE failed_message SET state = 'DISCARDED', next_try_at = NULL, decided_by = $2, decided_at = clock_timestamp(), reason = $3
                WHERE id = $1 AND state <> 'DISCARDED' RETURNING type
                """, id, by, reason);
            if (await discard.ExecuteScalarAsync(cancellationToken) is string type && consumed.ConsumersOf.TryGetValue(type, out var consumers))
            {
                await using var record = transaction.Command(
                    "INSERT INTO inbox (message_id, consumer) SELECT $1, consumer FROM unnest($2) AS consumer ON CONFLICT DO NOTHING", id, consumers.ToArray());
                await record.ExecuteNonQueryAsync(cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
        }
        return await read.GetAsync(request.Message, cancellationToken);
    }

    private static string Reason(string given)
    {
        var fields = new Fields();
        var reason = fields.Text("reason", given, 1, 500);
        fields.ThrowIfWrong();
        return reason;
    }
}

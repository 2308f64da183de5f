using Library.ServiceDefaults.Data;
using MassTransit;

namespace Library.ServiceDefaults.Messaging;

/// <summary>
/// Makes a consumer's work happen once: the message's id and the work stand in one transaction. A second delivery finds the
/// id and is a success without work.
/// </summary>
public sealed class Inbox(NpgsqlDataSource database, Outbox outbox)
{
    private readonly Lock gate = new();
    private List<Note> waiting = [];
    private bool writing;

    private sealed record Note(Guid Message, string Consumer)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>
    /// Notes that <paramref name="consumer"/> has handled a message that asks nothing of it. What comes while a note is written is written
    /// with the next, in one statement; returns when it is committed.
    /// </summary>
    public async Task NoteAsync<TMessage>(ConsumeContext<TMessage> context, string consumer) where TMessage : class
    {
        if (FailedBefore(context))
        {
            await OnceAsync(context, consumer, _ => Task.CompletedTask);
            return;
        }
        var note = new Note(IdOf(context), consumer);
        lock (gate)
        {
            waiting.Add(note);
            if (!writing)
            {
                writing = true;
                _ = WriteNotesAsync();
            }
        }
        await note.Written.Task;
    }

    private async Task WriteNotesAsync()
    {
        while (true)
        {
            List<Note> notes;
            lock (gate)
            {
                if (waiting.Count == 0)
                {
                    writing = false;
                    return;
                }
                (notes, waiting) = (waiting, []);
            }
            try
            {
                await using var command = database.Command(
                    "INSERT INTO inbox (message_id, consumer) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING",
                    notes.Select(note => note.Message).ToArray(), notes.Select(note => note.Consumer).ToArray());
                await command.ExecuteNonQueryAsync();
                foreach (var note in notes) note.Written.SetResult();
            }
            catch (Exception problem)
            {
                // of each message that waits for it: its consumer fails, and it is delivered again
                foreach (var note in notes) note.Written.SetException(problem);
            }
        }
    }

    private static Guid IdOf(ConsumeContext context) => context.MessageId ?? throw new InvalidOperationException("A message without an id cannot be handled once.");

    private static bool FailedBefore(ConsumeContext context) => context.ReceiveContext.TransportHeaders.TryGetHeader(FailedMessages.RetryHeader, out _);

    /// <summary>Runs <paramref name="work"/> unless <paramref name="consumer"/> has handled this message; commits; wakes the relay.</summary>
    public async Task OnceAsync<TMessage>(ConsumeContext<TMessage> context, string consumer, Func<NpgsqlTransaction, Task> work) where TMessage : class
    {
        var id = IdOf(context);
        var failedBefore = FailedBefore(context);
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

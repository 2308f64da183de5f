using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Library.Contracts;
using Library.ServiceDefaults.Data;

namespace Library.ServiceDefaults.Messaging;

/// <summary>
/// Facts are written here in the transaction that made them true, and published afterwards by <see cref="OutboxRelay"/>
/// (ADR 2). Put <see cref="Write"/> into the feature's batch, or use <see cref="AddAsync"/>; call <see cref="Wake"/> after the commit.
/// </summary>
public sealed class Outbox
{
    /// <summary>How messages stand in the outbox; the broker's form is MassTransit's.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>The row of one message. Its id is the message id on the wire, by which consumers know it again.</summary>
    public NpgsqlBatchCommand Write(IMessage message) => DatabaseSetup.BatchCommand(
        "INSERT INTO outbox (id, aggregate, type, body, trace_parent) VALUES ($1, $2, $3, $4, $5)",
        Guid.CreateVersion7(), message.Aggregate, message.GetType().FullName!, JsonSerializer.Serialize(message, message.GetType(), Json),
        Activity.Current?.Id);

    /// <summary>
    /// As <see cref="Write"/> under an id that follows from what is told, for what is told once although nothing else notes that it was: a second writing,
    /// also one of the same moment, changes nothing. What the id stands for has to be too old to be told again when housekeeping forgets it.
    /// </summary>
    public NpgsqlBatchCommand WriteOnce(Guid id, IMessage message) => DatabaseSetup.BatchCommand(
        "INSERT INTO outbox (id, aggregate, type, body, trace_parent) VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT outbox_pkey DO NOTHING",
        id, message.Aggregate, message.GetType().FullName!, JsonSerializer.Serialize(message, message.GetType(), Json), Activity.Current?.Id);

    /// <summary>Writes messages in one round trip.</summary>
    public async Task AddAsync(NpgsqlTransaction transaction, IEnumerable<IMessage> messages, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var message in messages) batch.BatchCommands.Add(Write(message));
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Tells the relay of this process that there is something to publish; without it the relay finds it at its next look.</summary>
    public void Wake() => signal.Writer.TryWrite(true);

    /// <summary>Returns when woken or when the time is up.</summary>
    internal async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await signal.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // the time is up: look without having been woken
        }
    }
}

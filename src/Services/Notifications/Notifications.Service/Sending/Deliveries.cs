using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Domain.Sending;
using Library.Notifications.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Notifications.Sending;

/// <summary>
/// The queue of notices. An attempt is begun by taking a lease on the row and ended by writing its outcome under that lease, so
/// that two processes never send one notice at once. A process that dies between the mail server's yes and the writing of it
/// leaves a row that is sent once more, with the same Message-ID: SMTP knows no transaction, and a notice twice is better than none.
/// </summary>
public sealed class Deliveries(NpgsqlDataSource database, BusinessClock clock, Outbox outbox, ILogger<Deliveries> log)
{
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Queues a notice by the default channel; the member's choice, which is asked for when it is sent, decides. Once for a message.</summary>
    public async Task AddAsync<TFigures>(
        NpgsqlTransaction transaction, Guid messageId, NoticeKind kind, string? member, string subject, TFigures figures, CancellationToken cancellationToken)
    {
        await using var insert = transaction.Command("""
            INSERT INTO delivery (id, message_id, kind, channel, member, subject, figures, created_at, trace_parent)
            VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9)
            ON CONFLICT ON CONSTRAINT delivery_made_once_per_message_and_channel DO NOTHING
            """, Guid.CreateVersion7(), messageId, kind.Code(), ChannelRules.Default.Code(), member, subject, JsonSerializer.Serialize(figures), clock.Now,
            Activity.Current?.Id);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Tells the sender of this process that there is something to send; without it the sender finds it at its next look.</summary>
    public void Wake() => signal.Writer.TryWrite(true);

    /// <summary>Returns when woken or when the time is up.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
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

    /// <summary>Begins an attempt at each of the deliveries that have waited longest, <paramref name="most"/> at most.</summary>
    public async Task<IReadOnlyList<ClaimedDelivery>> ClaimAsync(int most, TimeSpan leaseTime, CancellationToken cancellationToken)
    {
        var lease = Guid.CreateVersion7();
        await using var command = database.Command("""
            UPDATE delivery SET attempts = attempts + 1, lease = $1, next_attempt_at = clock_timestamp() + $2
            WHERE id = ANY (ARRAY(
                SELECT id FROM delivery WHERE state = 'QUEUED' AND next_attempt_at <= clock_timestamp()
                ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED))
            RETURNING id, message_id, kind, channel, member, subject, figures::text, language, attempts, problem, version, trace_parent
            """, lease, leaseTime, most);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<ClaimedDelivery>();
        while (await reader.ReadAsync(cancellationToken))
            claimed.Add(new ClaimedDelivery(
                reader.GetGuid(0), reader.GetGuid(1),
                NoticeNames.Kind(reader.GetString(2)) ?? throw new InvalidOperationException("A delivery is of an unknown kind."),
                NoticeNames.Channel(reader.GetString(3)) ?? throw new InvalidOperationException("A delivery has an unknown channel."),
                reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetInt32(8),
                reader.IsDBNull(9) ? null : reader.GetString(9), reader.GetInt64(10),
                reader.IsDBNull(11) ? null : reader.GetString(11), lease));
        return claimed;
    }

    /// <summary>
    /// Ends an attempt: state, the notices by other chosen channels and what the others are told stand in one transaction. Not
    /// cancelled by a stop, because what the mail server has taken should not be sent again. False where the lease was lost: nothing is written.
    /// </summary>
    public async Task<bool> FinishAsync(ClaimedDelivery delivery, DeliveryStanding standing, AttemptResult result)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await using (var update = Update(transaction, delivery, standing, result.Language))
            if (await update.ExecuteNonQueryAsync(CancellationToken.None) == 0)
            {
                log.LogWarning("The lease on delivery {Delivery} was lost; another process has it", delivery.Id);
                return false;
            }
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var channel in result.Channels.Where(channel => channel != delivery.Channel))
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
                INSERT INTO delivery (id, message_id, kind, channel, member, subject, figures, language, created_at, trace_parent)
                SELECT $2, message_id, kind, $3, member, subject, figures, language, $4, trace_parent FROM delivery WHERE id = $1
                ON CONFLICT ON CONSTRAINT delivery_made_once_per_message_and_channel DO NOTHING
                """, delivery.Id, Guid.CreateVersion7(), channel.Code(), clock.Now));
        if (Told(delivery, standing) is { } message) batch.BatchCommands.Add(outbox.Write(message));
        // a part that answers again is there for the others that waited for it
        if (standing is DeliveryStanding.Sent && delivery.Problem is { } passed)
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "UPDATE delivery SET next_attempt_at = clock_timestamp() WHERE state = 'QUEUED' AND lease IS NULL AND problem = $1", passed));
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        outbox.Wake();
        Wake();
        return true;
    }

    /// <summary>Queued and not tried to the end once: what moving the business clock waits for.</summary>
    public async Task<long> CountUntriedAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT count(*) FROM delivery WHERE state = 'QUEUED' AND (attempts = 0 OR (attempts = 1 AND lease IS NOT NULL))");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private NpgsqlCommand Update(NpgsqlTransaction transaction, ClaimedDelivery delivery, DeliveryStanding standing, string language) => standing switch
    {
        DeliveryStanding.Waiting waiting => transaction.Command("""
            UPDATE delivery SET lease = NULL, language = $3, problem = $4, next_attempt_at = clock_timestamp() + $5 WHERE id = $1 AND lease = $2
            """, delivery.Id, delivery.Lease, language, waiting.Problem.Code(), waiting.Pause),
        DeliveryStanding.Sent => transaction.Command("""
            UPDATE delivery SET state = 'SENT', lease = NULL, language = $3, problem = NULL, sent_at = $4, version = version + 1 WHERE id = $1 AND lease = $2
            """, delivery.Id, delivery.Lease, language, clock.Now),
        DeliveryStanding.Suppressed suppressed => Ended(transaction, delivery, language, "SUPPRESSED", suppressed.Problem),
        DeliveryStanding.Failed failed => Ended(transaction, delivery, language, "FAILED", failed.Problem),
        _ => throw new ArgumentOutOfRangeException(nameof(standing), standing.GetType().Name, "is no standing"),
    };

    private static NpgsqlCommand Ended(
        NpgsqlTransaction transaction, ClaimedDelivery delivery, string language, string state, DeliveryProblem problem) => transaction.Command("""
        UPDATE delivery SET state = $4, lease = NULL, language = $3, problem = $5, version = version + 1 WHERE id = $1 AND lease = $2
        """, delivery.Id, delivery.Lease, language, state, problem.Code());

    private static Contracts.IMessage? Told(ClaimedDelivery delivery, DeliveryStanding standing)
    {
        var name = ResourceName.Of("deliveries", delivery.Id);
        return standing switch
        {
            DeliveryStanding.Sent => new NoticeDelivered
            {
                Aggregate = name, Version = delivery.Version + 1, Member = delivery.Member, Kind = delivery.Kind.Code(),
            },
            DeliveryStanding.Failed failed => new NoticeFailed
            {
                Aggregate = name, Version = delivery.Version + 1, Member = delivery.Member, Kind = delivery.Kind.Code(), Reason = failed.Problem.Code(),
            },
            _ => null,
        };
    }
}

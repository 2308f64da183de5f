using System.Security.Cryptography;
using System.Text.Json;
using Library.ServiceDefaults.Data;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Messaging;

/// <summary>How patiently a message that fails is tried again, in rounds of a few tries each. Setting <c>Messaging:RetryAfter</c>.</summary>
/// <param name="RetryAfter">Pause after each failed round but the last, growing; after one more the message is dead. At most 20.</param>
public sealed record RetryRounds(IReadOnlyList<TimeSpan> RetryAfter)
{
    public static readonly RetryRounds Usual = new([TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)]);
}

/// <summary>
/// Messages that this service could not handle, as rows of its own database (ADR 14): out of the queue, so that they block nobody; tried
/// again by <see cref="FailedMessageRetry"/> with growing pauses; then dead until an operator replays or discards them.
/// </summary>
public sealed class FailedMessages(NpgsqlDataSource database, RetryRounds rounds, ILogger<FailedMessages> log)
{
    /// <summary>In the headers of a message that came from here: its handling ends its row.</summary>
    public const string RetryHeader = "Library-Retry";

    /// <summary>Far above any message of ours; what is larger came from elsewhere and is noted without its body.</summary>
    private const int LongestBody = 256 * 1024, LongestProblem = 500;

    /// <summary>Keeps a message whose tries have failed; one more round where it is known. The caller acknowledges it after this.</summary>
    public async Task KeepAsync(ReceiveContext received, string problem, CancellationToken cancellationToken)
    {
        var body = received.GetBody();
        var (id, type, aggregate) = Read(received, body);
        var kept = body.Length <= LongestBody;
        await using var command = database.Command("""
            INSERT INTO failed_message AS known (id, type, aggregate, content_type, body, problem, state, next_try_at)
            VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $5::bytea IS NULL OR cardinality($7::interval[]) = 0 THEN 'DEAD' ELSE 'WAITING' END,
                CASE WHEN $5::bytea IS NULL OR cardinality($7::interval[]) = 0 THEN NULL ELSE clock_timestamp() + ($7::interval[])[1] END)
            ON CONFLICT (id) DO UPDATE SET
                attempts = known.attempts + 1, problem = excluded.problem, last_failed_at = clock_timestamp(),
                state = CASE WHEN known.attempts + 1 > cardinality($7::interval[]) THEN 'DEAD' ELSE known.state END,
                next_try_at = CASE WHEN known.attempts + 1 > cardinality($7::interval[]) THEN NULL ELSE clock_timestamp() + ($7::interval[])[known.attempts + 1] END
            WHERE known.state = 'WAITING'
            RETURNING state
            """, id, type, aggregate, received.ContentType?.ToString() ?? "", kept ? body : null, problem[..Math.Min(problem.Length, LongestProblem)],
            rounds.RetryAfter.ToArray());
        if (await command.ExecuteScalarAsync(cancellationToken) is "DEAD")
            log.LogError("Message {Message} ({Type}) cannot be handled and waits for a decision: {Problem}", id, type, problem);
        else
            log.LogWarning("Message {Message} ({Type}) was not handled and is tried again later: {Problem}", id, type, problem);
    }

    /// <summary>What can be told of a message without its type: MassTransit's envelope bears it, where the body is one.</summary>
    private static (Guid Id, string Type, string Aggregate) Read(ReceiveContext received, byte[] body)
    {
        var id = received.GetMessageId() ?? new Guid(SHA256.HashData(body).AsSpan(0, 16));
        try
        {
            using var envelope = JsonDocument.Parse(body);
            var root = envelope.RootElement;
            var type = root.TryGetProperty("messageType", out var types) && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0 ? types[0].GetString() ?? "" : "";
            var aggregate = root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object
                && message.TryGetProperty("aggregate", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
            return (id, type.Replace("urn:message:", "", StringComparison.Ordinal).Replace(':', '.'), aggregate);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return (id, "", ""); // no envelope: it is kept all the same
        }
    }
}

/// <summary>Ends the way of a message that no try could handle, and of one that nobody here consumes (yet: a newer instance may).</summary>
internal sealed class KeepFailed(FailedMessages failed) : IFilter<ExceptionReceiveContext>, IFilter<ReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var problem = context.Exception.GetBaseException();
        return failed.KeepAsync(context, $"{problem.GetType().Name}: {problem.Message}", context.CancellationToken);
    }

    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) => failed.KeepAsync(context, "Nothing here consumes it.", context.CancellationToken);

    public void Probe(ProbeContext context) => context.CreateFilterScope("keep-failed");
}

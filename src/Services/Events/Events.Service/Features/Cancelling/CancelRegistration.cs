using Library.Events.Domain.Registrations;
using Library.Events.Messages;
using Library.Events.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Events.Features.Cancelling;

/// <summary>Gives up a registration. In the same transaction those who wait move up, in order, for as long as they fit.</summary>
public sealed class CancelRegistration(NpgsqlDataSource database, BusinessClock clock, Outbox outbox)
{
    public async Task<Registration> RunAsync(CancelRegistrationRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var name = RegistrationName.Parse(request.Name);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var facts = await LockAsync(transaction, name, cancellationToken) ?? throw Failure.NotFound("registration");
        caller.MustOwn(facts.Member ?? "", "registration");

        var answer = new Registration
        {
            Name = name.ToString(), State = Registration.Types.State.Cancelled, Seats = facts.Seats, Member = facts.Member ?? "",
        };
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        if (facts.State != Registration.Types.State.Cancelled) Cancel(batch, name, facts);
        if (key.Given) batch.BatchCommands.Add(key.Record(answer.Name, answer));
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private sealed record Waiting(WaitingRegistration Registration, string? Member, long Version);

    /// <summary>The event, the registration, and the waiting list without it.</summary>
    private sealed record Facts(
        EventSeats Event, Registration.Types.State State, string? Member, int Seats, long Version, IReadOnlyList<Waiting> Queue);

    private static async Task<Facts?> LockAsync(NpgsqlTransaction transaction, RegistrationName name, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT starts_at, capacity, seats_taken FROM event WHERE id = $1 FOR UPDATE", name.Event),
                DatabaseSetup.BatchCommand(
                    "SELECT state, member, seats, version FROM registration WHERE id = $1 AND event_id = $2", name.Registration, name.Event),
                DatabaseSetup.BatchCommand("""
                    SELECT id, seats, member, version FROM registration
                    WHERE event_id = $1 AND waiting_order IS NOT NULL AND id <> $2 ORDER BY waiting_order LIMIT $3
                    """, name.Event, name.Registration, EventSeats.WaitingListLimit),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        var (startsAt, capacity, taken) = (reader.GetFieldValue<Instant>(0), reader.GetInt32(1), reader.GetInt32(2));
        await reader.NextResultAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        var state = Names.Parse<Registration.Types.State>(reader.GetString(0)) ?? Registration.Types.State.Unspecified;
        var (member, seats, version) = (reader.IsDBNull(1) ? null : reader.GetString(1), reader.GetInt32(2), reader.GetInt64(3));
        await reader.NextResultAsync(cancellationToken);
        var queue = new List<Waiting>();
        while (await reader.ReadAsync(cancellationToken))
            queue.Add(new Waiting(
                new WaitingRegistration(reader.GetGuid(0), reader.GetInt32(1)), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetInt64(3)));
        var freed = state == Registration.Types.State.Confirmed ? seats : 0;
        var left = new EventSeats { StartsAt = startsAt, Capacity = capacity, Taken = taken - freed, Waiting = queue.Count };
        return new Facts(left, state, member, seats, version, queue);
    }

    private void Cancel(NpgsqlBatch batch, RegistrationName name, Facts facts)
    {
        var now = clock.Now;
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            UPDATE registration SET state = 'CANCELLED', waiting_order = NULL, cancelled_at = $2, version = version + 1 WHERE id = $1
            """, name.Registration, now));
        batch.BatchCommands.Add(outbox.Write(new RegistrationCancelled { Aggregate = name.ToString(), Version = facts.Version + 1, Member = facts.Member }));

        // also where the one who gave up was waiting: who stood behind a party too large may fit now
        var promoted = RegistrationRules.Promoted(facts.Event, [.. facts.Queue.Select(waiting => waiting.Registration)], now);
        foreach (var waiting in facts.Queue.Take(promoted.Count))
        {
            var next = name with { Registration = waiting.Registration.Id };
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "UPDATE registration SET state = 'CONFIRMED', waiting_order = NULL, version = version + 1 WHERE id = $1", next.Registration));
            batch.BatchCommands.Add(outbox.Write(
                new RegistrationPromoted { Aggregate = next.ToString(), Version = waiting.Version + 1, Member = waiting.Member }));
        }
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "UPDATE event SET seats_taken = $2, version = version + 1 WHERE id = $1", name.Event, facts.Event.Taken + promoted.Sum(next => next.Seats)));
    }
}

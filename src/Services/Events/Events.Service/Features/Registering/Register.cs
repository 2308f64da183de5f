using Grpc.Core;
using Library.Contracts;
using Library.Events.Domain.Registrations;
using Library.Events.Messages;
using Library.Events.V1;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Events.Features.Registering;

/// <summary>
/// Registers a member or a guest: confirmed while there are seats, else on the waiting list. The event's row is locked from
/// the reading of its seats to the commit, so that requests for one event are decided one after the other.
/// </summary>
public sealed class Register(
    NpgsqlDataSource database, MembershipDirectory.MembershipDirectoryClient membership, Network network, BusinessClock clock, Outbox outbox,
    ILogger<Register> log)
{
    private const string OneOpenPerMember = "registration_one_open_per_member", SeatsWithinCapacity = "event_seats_within_capacity";

    public async Task<Registration> RunAsync(CreateRegistrationRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var eventId = ResourceName.Parse(RegistrationName.Events, request.Parent, "event");
        var asked = RegistrationFields.Read(request, caller, network);
        if (asked.Member is not null && !caller.IsOnlyMember) await MustExistAsync(asked.Member, cancellationToken);

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (seats, lastPlace) = await LockAsync(transaction, eventId, cancellationToken);
        int position;
        switch (RegistrationRules.Decide(asked.Seats, seats, clock.Now))
        {
            case RegistrationDecision.Refused refused:
                throw Failure.Refused([.. refused.Reasons.Select(reason => reason.Code())],
                    ("capacity", Figure(seats.Capacity)), ("seatsLeft", Figure(seats.Left)), ("waiting", Figure(seats.Waiting)));
            case RegistrationDecision.Waitlisted waitlisted:
                position = waitlisted.Position;
                break;
            default:
                position = 0;
                break;
        }
        var name = new RegistrationName(eventId, Guid.CreateVersion7());
        var registration = new Registration
        {
            Name = name.ToString(), State = position > 0 ? Registration.Types.State.Waitlisted : Registration.Types.State.Confirmed,
            Position = position, Seats = asked.Seats, Member = asked.Member ?? "",
        };
        await SaveAsync(transaction, name, registration, asked, lastPlace + 1, key, cancellationToken);
        outbox.Wake();
        return registration;
    }

    /// <summary>
    /// A member whom staff name must exist. While Membership is away the registration is taken as it is: the desk does not wait
    /// for another service (ADR 1), and the worst that comes of it is a notice that finds nobody.
    /// </summary>
    private async Task MustExistAsync(string member, CancellationToken cancellationToken)
    {
        try
        {
            var borrower = await membership.GetBorrowerAsync(new GetBorrowerRequest { Member = member }, cancellationToken: cancellationToken);
            if (borrower.State == Member.Types.State.Erased) throw Failure.NotFound("member");
        }
        catch (RpcException problem) when (problem is not Failure && !cancellationToken.IsCancellationRequested)
        {
            if (problem.StatusCode == StatusCode.NotFound) throw Failure.NotFound("member");
            log.LogWarning("Membership did not say whether a member exists ({Code}); the registration is taken", problem.StatusCode);
        }
    }

    private static async Task<(EventSeats Seats, long LastPlace)> LockAsync(NpgsqlTransaction transaction, Guid eventId, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT starts_at, capacity, seats_taken FROM event WHERE id = $1 FOR UPDATE", eventId),
                DatabaseSetup.BatchCommand(
                    "SELECT count(*), coalesce(max(waiting_order), 0) FROM registration WHERE event_id = $1 AND waiting_order IS NOT NULL", eventId),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) throw Failure.NotFound("event");
        var (startsAt, capacity, taken) = (reader.GetFieldValue<Instant>(0), reader.GetInt32(1), reader.GetInt32(2));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var seats = new EventSeats { StartsAt = startsAt, Capacity = capacity, Taken = taken, Waiting = (int)reader.GetInt64(0) };
        return (seats, reader.GetInt64(1));
    }

    private async Task SaveAsync(
        NpgsqlTransaction transaction, RegistrationName name, Registration registration, RegistrationAsked asked, long place, CommandKey key,
        CancellationToken cancellationToken)
    {
        var waits = registration.State == Registration.Types.State.Waitlisted;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO registration (id, event_id, version, state, member, seats, waiting_order, registered_at) VALUES ($1, $2, 1, $3, $4, $5, $6, $7)
                    """, name.Registration, name.Event, Names.Of(registration.State), asked.Member, asked.Seats, waits ? place : null, clock.Now),
                DatabaseSetup.BatchCommand(
                    "UPDATE event SET seats_taken = seats_taken + $2, version = version + 1 WHERE id = $1", name.Event, waits ? 0 : asked.Seats),
                outbox.Write(Told(registration, asked.Member)),
            },
        };
        if (asked.Guest is { } guest)
            batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
                "INSERT INTO guest (registration_id, name, email, language) VALUES ($1, $2, $3, $4)",
                name.Registration, guest.Name, guest.Email, guest.Language));
        if (key.Given) batch.BatchCommands.Add(key.Record(registration.Name, registration));
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException broken) when (broken.ConstraintName == OneOpenPerMember)
        {
            throw Failure.AlreadyExists("ALREADY_REGISTERED");
        }
        catch (PostgresException broken) when (broken.ConstraintName == SeatsWithinCapacity)
        {
            throw Failure.Refused(RegistrationRefusal.EventFull.Code());
        }
        await transaction.CommitAsync(cancellationToken);
    }

    private static IMessage Told(Registration registration, string? member) => registration.State == Registration.Types.State.Waitlisted
        ? new RegistrationWaitlisted { Aggregate = registration.Name, Version = 1, Member = member }
        : new RegistrationConfirmed { Aggregate = registration.Name, Version = 1, Member = member };

    private static string Figure(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

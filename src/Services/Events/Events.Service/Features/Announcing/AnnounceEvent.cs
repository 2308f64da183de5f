using Google.Protobuf.WellKnownTypes;
using Library.Events.Messages;
using Library.Events.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Events.Features.Announcing;

/// <summary>Puts an event into the programme.</summary>
public sealed class AnnounceEvent(NpgsqlDataSource database, Network network, BusinessClock clock, Outbox outbox)
{
    private const int MostSeats = 10_000;

    public async Task<Event> RunAsync(CreateEventRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var (title, startsAt, endsAt) = Read(request);
        var id = Guid.CreateVersion7();
        var announced = new Event
        {
            Name = ResourceName.Of(RegistrationName.Events, id), Title = title, Category = request.Category, Audience = request.Audience,
            Branch = request.Branch, StartsAt = Stamp(startsAt), EndsAt = Stamp(endsAt), Capacity = request.Capacity, SeatsLeft = request.Capacity,
        };

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO event (id, version, title, category, audience, branch, starts_at, ends_at, capacity, announced_at)
                    VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """, id, title, request.Category, Names.Of(request.Audience), request.Branch, startsAt, endsAt, request.Capacity, clock.Now),
                outbox.Write(new EventAnnounced
                {
                    Aggregate = announced.Name, Version = 1, Branch = announced.Branch, Category = announced.Category, StartsAt = startsAt.ToDateTimeOffset(),
                }),
            },
        };
        if (key.Given) batch.BatchCommands.Add(key.Record(announced.Name, announced));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return announced;
    }

    private (string Title, Instant StartsAt, Instant EndsAt) Read(CreateEventRequest request)
    {
        var fields = new Fields();
        var title = fields.Text("title", request.Title, 1, 200);
        if (request.Category.Length == 0) fields.Wrong("category", "REQUIRED");
        else if (!network.EventCategories.ContainsKey(request.Category)) fields.Wrong("category", "UNKNOWN");
        fields.Enum("audience", request.Audience);
        if (request.Branch.Length == 0) fields.Wrong("branch", "REQUIRED");
        else if (!network.Branches.ContainsKey(request.Branch)) fields.Wrong("branch", "UNKNOWN");
        var startsAt = ReadInstant(fields, "startsAt", request.StartsAt);
        var endsAt = ReadInstant(fields, "endsAt", request.EndsAt);
        if (startsAt is { } start && endsAt is { } end && end <= start)
            fields.Wrong("endsAt", "RANGE", ("min", NodaTime.Text.InstantPattern.ExtendedIso.Format(start)), ("max", "9999-12-31T23:59:59Z"));
        fields.Range("capacity", request.Capacity, 1, MostSeats);
        fields.ThrowIfWrong();
        return (title, startsAt!.Value, endsAt!.Value);
    }

    /// <summary>To the microsecond, which is what PostgreSQL keeps; null, with a violation, where it is absent or no instant of our era.</summary>
    private static Instant? ReadInstant(Fields fields, string field, Timestamp? value)
    {
        if (value is null)
        {
            fields.Wrong(field, "REQUIRED");
            return null;
        }
        if (value.Nanos is >= 0 and < 1_000_000_000
            && value.Seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && value.Seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return Instant.FromUnixTimeSeconds(value.Seconds).PlusTicks(value.Nanos / 1_000 * 10);
        fields.Wrong(field, "TYPE", ("expected", "an instant, for example 2026-01-31T18:00:00Z"));
        return null;
    }

    private static Timestamp Stamp(Instant instant) => Timestamp.FromDateTimeOffset(instant.ToDateTimeOffset());
}

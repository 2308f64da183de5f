using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Library.Events.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;

namespace Library.Events.Features.Browsing;

/// <summary>Reads the programme.</summary>
public sealed class FindEvents(NpgsqlDataSource database, Network network)
{
    /// <summary>Read by <see cref="Map"/>, in this order.</summary>
    public const string Columns = "e.id, e.title, e.category, e.audience, e.branch, e.starts_at, e.ends_at, e.capacity, e.capacity - e.seats_taken";

    /// <summary>How many columns <see cref="Columns"/> has.</summary>
    public const int ColumnCount = 9;

    /// <summary>One event; NOT_FOUND.</summary>
    public async Task<Event> GetAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(RegistrationName.Events, name, "event");
        await using var command = database.Command($"SELECT {Columns} FROM event e WHERE e.id = $1", id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Map(reader) : throw Failure.NotFound("event");
    }

    /// <summary>
    /// By start, then id. The dates are of the network's zone, both inclusive, and count by the start. An audience means exactly that one: an event for
    /// ALL is listed where ALL or none is asked for.
    /// </summary>
    public async Task<ListEventsResponse> ListAsync(ListEventsRequest request, CancellationToken cancellationToken)
    {
        var (from, until, after, size) = Read(request);
        await using var command = database.Command($"""
            SELECT {Columns}
            FROM event e
            WHERE ($1::timestamptz IS NULL OR e.starts_at >= $1)
              AND ($2::timestamptz IS NULL OR e.starts_at < $2)
              AND ($3::text IS NULL OR e.branch = $3)
              AND ($4::text IS NULL OR e.audience = $4)
              AND ($5::timestamptz IS NULL OR (e.starts_at, e.id) > ($5, $6::uuid))
            ORDER BY e.starts_at, e.id
            LIMIT $7
            """, from, until, request.Branch.Length > 0 ? request.Branch : null,
            request.Audience == Event.Types.Audience.Unspecified ? null : Names.Of(request.Audience), after?.StartsAt, after?.Id, size + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListEventsResponse();
        while (await reader.ReadAsync(cancellationToken))
            if (answer.Events.Count < size) answer.Events.Add(Map(reader));
            else answer.NextPageToken = TokenAfter(answer.Events[^1]);
        return answer;
    }

    /// <summary>An event from the columns at the reader's start.</summary>
    public static Event Map(NpgsqlDataReader reader) => new()
    {
        Name = ResourceName.Of(RegistrationName.Events, reader.GetGuid(0)),
        Title = reader.GetString(1),
        Category = reader.GetString(2),
        Audience = Names.Parse<Event.Types.Audience>(reader.GetString(3)) ?? Event.Types.Audience.Unspecified,
        Branch = reader.GetString(4),
        StartsAt = Timestamp.FromDateTimeOffset(reader.GetFieldValue<Instant>(5).ToDateTimeOffset()),
        EndsAt = Timestamp.FromDateTimeOffset(reader.GetFieldValue<Instant>(6).ToDateTimeOffset()),
        Capacity = reader.GetInt32(7),
        SeatsLeft = reader.GetInt32(8),
    };

    private sealed record Place(Instant StartsAt, Guid Id);

    private (Instant? From, Instant? Until, Place? After, int Size) Read(ListEventsRequest request)
    {
        var fields = new Fields();
        var from = ReadDay(fields, "from", request.From);
        var to = ReadDay(fields, "to", request.To);
        if (from is { } first && to is { } last && last < first)
            fields.Wrong("to", "RANGE", ("min", request.From), ("max", "9998-12-31"));
        if (request.Branch.Length > 0 && !network.Branches.ContainsKey(request.Branch)) fields.Wrong("branch", "UNKNOWN");
        if (request.Audience != Event.Types.Audience.Unspecified) fields.Enum("audience", request.Audience);
        var size = fields.PageSize(request.PageSize, 20, 100);
        fields.ThrowIfWrong();
        return (
            from is { } start ? network.TimeZone.AtStartOfDay(start).ToInstant() : null,
            to is { } end ? network.TimeZone.AtStartOfDay(end.PlusDays(1)).ToInstant() : null,
            ReadToken(request.PageToken), size);
    }

    private static LocalDate? ReadDay(Fields fields, string field, string value)
    {
        var day = fields.OptionalDate(field, value);
        if (day is not { Year: < 1 or > 9998 }) return day;
        fields.Wrong(field, "RANGE", ("min", "0001-01-01"), ("max", "9998-12-31"));
        return null;
    }

    private static string TokenAfter(Event last) => PageToken.Write(
        last.StartsAt.ToDateTimeOffset().UtcTicks.ToString(CultureInfo.InvariantCulture), last.Name);

    private static Place? ReadToken(string token) => PageToken.Read(token, 2) switch
    {
        null => null,
        [var ticks, var name] when long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= DateTimeOffset.MaxValue.UtcTicks && ResourceName.TryParse(RegistrationName.Events, name, out var id)
            => new Place(Instant.FromDateTimeOffset(new DateTimeOffset(at, TimeSpan.Zero)), id),
        _ => throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN")),
    };
}

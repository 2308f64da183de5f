using Library.Events.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Events.Features.Browsing;

/// <summary>Reads registrations: for who made them, and with the guest's name and e-mail for our own services.</summary>
public sealed class FindRegistrations(NpgsqlDataSource database, Network network)
{
    private const string Position = """
        CASE WHEN r.waiting_order IS NULL THEN 0 ELSE
            (SELECT count(*) FROM registration w WHERE w.event_id = r.event_id AND w.waiting_order <= r.waiting_order) END
        """;

    /// <summary>NOT_FOUND, and to a member for another's.</summary>
    public async Task<Registration> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        var parsed = RegistrationName.Parse(name);
        await using var command = database.Command(
            $"SELECT r.state, {Position}, r.seats, r.member FROM registration r WHERE r.id = $1 AND r.event_id = $2", parsed.Registration, parsed.Event);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) throw Failure.NotFound("registration");
        var registration = new Registration
        {
            Name = parsed.ToString(), State = StateOf(reader.GetString(0)), Position = (int)reader.GetInt64(1), Seats = reader.GetInt32(2),
            Member = reader.IsDBNull(3) ? "" : reader.GetString(3),
        };
        caller.MustOwn(registration.Member, "registration");
        return registration;
    }

    /// <summary>With the guest's name and e-mail as long as they are kept; both are empty for a member and after thirty days. NOT_FOUND.</summary>
    public async Task<RegistrationContact> GetContactAsync(string name, CancellationToken cancellationToken)
    {
        var parsed = RegistrationName.Parse(name);
        await using var command = database.Command($"""
            SELECT {FindEvents.Columns}, r.state, {Position}, r.seats, r.member, g.name, g.email, g.language
            FROM registration r
            JOIN event e ON e.id = r.event_id
            LEFT JOIN guest g ON g.registration_id = r.id
            WHERE r.id = $1 AND r.event_id = $2
            """, parsed.Registration, parsed.Event);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) throw Failure.NotFound("registration");
        const int next = FindEvents.ColumnCount;
        return new RegistrationContact
        {
            Event = FindEvents.Map(reader),
            State = StateOf(reader.GetString(next)),
            Position = (int)reader.GetInt64(next + 1),
            Seats = reader.GetInt32(next + 2),
            Member = TextOr(reader, next + 3, ""),
            GuestName = TextOr(reader, next + 4, ""),
            GuestEmail = TextOr(reader, next + 5, ""),
            Language = TextOr(reader, next + 6, network.DefaultLanguage),
        };
    }

    private static string TextOr(NpgsqlDataReader reader, int column, string absent) => reader.IsDBNull(column) ? absent : reader.GetString(column);

    private static Registration.Types.State StateOf(string name) => Names.Parse<Registration.Types.State>(name) ?? Registration.Types.State.Unspecified;
}

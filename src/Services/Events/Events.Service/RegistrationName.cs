using Library.ServiceDefaults.Errors;

namespace Library.Events;

/// <summary>Resource name of a registration, <c>events/ID/registrations/ID</c>.</summary>
public readonly record struct RegistrationName(Guid Event, Guid Registration)
{
    public const string Events = "events", Registrations = "registrations";

    public override string ToString() => $"{Events}/{Event:D}/{Registrations}/{Registration:D}";

    /// <summary>NOT_FOUND for a name of another form, because no such registration can exist.</summary>
    /// <exception cref="Failure"/>
    public static RegistrationName Parse(string name) =>
        name.Split('/', 5) is [Events, var eventId, Registrations, var id]
        && Guid.TryParseExact(eventId, "D", out var inEvent) && Guid.TryParseExact(id, "D", out var registration)
            ? new RegistrationName(inEvent, registration)
            : throw Failure.NotFound("registration");
}

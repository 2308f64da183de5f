using Library.Events.V1;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Events.Features.Registering;

/// <summary>A guest as given; personal data, kept in the table guest only.</summary>
public sealed record AskedGuest(string Name, string Email, string Language);

/// <summary>A well-formed request: exactly one of member and guest is set.</summary>
public sealed record RegistrationAsked(string? Member, AskedGuest? Guest, int Seats);

/// <summary>Reads the fields of a registration; every wrong one is named.</summary>
public static class RegistrationFields
{
    private const int MostSeats = 20;

    /// <exception cref="ServiceDefaults.Errors.Failure">INVALID_ARGUMENT; NOT_FOUND where a member names another.</exception>
    public static RegistrationAsked Read(CreateRegistrationRequest request, Caller caller, Network network)
    {
        var fields = new Fields();
        var member = ReadMember(fields, request, caller);
        var guest = member is null && request.Guest is { } given ? ReadGuest(fields, given, request.Language, network) : null;
        var seats = request.Seats == 0 ? 1 : (int)fields.Range("seats", request.Seats, 1, MostSeats);
        fields.ThrowIfWrong();
        return new RegistrationAsked(member, guest, seats);
    }

    private static string? ReadMember(Fields fields, CreateRegistrationRequest request, Caller caller)
    {
        if (caller.IsOnlyMember)
        {
            // who registers others is staff: a member could not see or cancel a guest's registration afterwards
            if (request.Guest is not null) fields.Wrong("guest", "FORBIDDEN");
            return caller.MemberOr(request.Member);
        }
        if (request.Member.Length > 0 == (request.Guest is not null))
            fields.Wrong("member", "ONE_OF", ("expected", "member, guest"));
        if (request.Member.Length == 0) return null;
        return ResourceName.Of("members", fields.Name("member", "members", request.Member));
    }

    private static AskedGuest ReadGuest(Fields fields, Guest given, string language, Network network)
    {
        var name = fields.Text("guest.name", given.Name, 1, 200);
        var email = fields.Text("guest.email", given.Email, 3, 254);
        if (email.Length is >= 3 and <= 254 && !LooksLikeAddress(email)) fields.Wrong("guest.email", "FORMAT", ("expected", "name@example.org"));
        if (language.Length > 0 && !network.Languages.Contains(language)) fields.Wrong("language", "UNKNOWN");
        return new AskedGuest(name, email, language.Length > 0 ? language : network.DefaultLanguage);
    }

    /// <summary>One @ with something on both sides and a dot in the domain; whether it exists, only a letter can tell.</summary>
    private static bool LooksLikeAddress(string email) =>
        email.Split('@') is [{ Length: > 0 and <= 64 }, { Length: >= 3 } domain]
        && !email.Any(char.IsWhiteSpace) && email.All(c => c is not ('<' or '>' or ',' or ';' or '"' or '(' or ')'))
        && domain.Contains('.', StringComparison.Ordinal) && domain[0] != '.' && domain[^1] != '.' && !domain.Contains("..", StringComparison.Ordinal);
}

using Library.Membership.Domain;
using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using NodaTime.Text;

namespace Library.Membership.Features.Telling;

/// <summary>Name, address and choices at the moment of sending (design decision 9). A minor without an own address is reached through the guardian.</summary>
public sealed class GetContact(NpgsqlDataSource database, BusinessClock clock, Network network)
{
    public async Task<Contact> RunAsync(GetContactRequest request, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, request.Member, "member");
        var member = await MemberRows.OneAsync(database, id, cancellationToken);
        if (member.State == MemberState.Erased) throw Failure.NotFound("member");
        var contact = member.IsOrganisation
            ? Of((await People.OrganisationsAsync(database, [id], cancellationToken))[id])
            : await OfAsync((await People.PersonsAsync(database, [id], cancellationToken))[id], cancellationToken);
        contact.Language = member.Language;
        contact.Notices.AddRange(MemberReader.Choices(member.Notices));
        return contact;
    }

    private static Contact Of(Organisation organisation) => new()
    {
        GivenName = organisation.Authorised.GivenName,
        FamilyName = organisation.Authorised.FamilyName,
        Email = organisation.Email.Length > 0 ? organisation.Email : organisation.Authorised.Email,
        Phone = organisation.Phone,
    };

    private async Task<Contact> OfAsync(Person person, CancellationToken cancellationToken)
    {
        var contact = new Contact { GivenName = person.GivenName, FamilyName = person.FamilyName, Email = person.Email, Phone = person.Phone };
        var today = clock.Today;
        var minor = AgeRules.NeedsGuardian(LocalDatePattern.Iso.Parse(person.BirthDate).Value, today, network.RulebookOn(today).Ages.AdultFrom);
        if (!minor || person.Guardian is not { } guardian) return contact;
        var (email, phone) = await AddressOfAsync(guardian, cancellationToken);
        if (contact.Email.Length == 0) contact.Email = email;
        if (contact.Phone.Length == 0) contact.Phone = phone;
        return contact;
    }

    /// <summary>Empty for a guardian who was a member and has been erased.</summary>
    private async Task<(string Email, string Phone)> AddressOfAsync(Guardian guardian, CancellationToken cancellationToken)
    {
        if (guardian.Member.Length == 0) return (guardian.Email, guardian.Phone);
        var id = ResourceName.Parse(MemberRow.Collection, guardian.Member, "member");
        return (await People.PersonsAsync(database, [id], cancellationToken)).TryGetValue(id, out var person) ? (person.Email, person.Phone) : ("", "");
    }
}

using System.Text.Json;
using Library.Membership.Domain;
using Library.Membership.V1;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Membership.Members;

/// <summary>Members with their personal data, as the contract gives them.</summary>
public sealed class MemberReader(NpgsqlDataSource database)
{
    /// <summary>NOT_FOUND where there is none.</summary>
    public async Task<Member> OneAsync(string name, CancellationToken cancellationToken)
    {
        var row = await MemberRows.OneAsync(database, ResourceName.Parse(MemberRow.Collection, name, "member"), cancellationToken);
        return (await WithPersonsAsync([row], cancellationToken))[0];
    }

    public async Task<IReadOnlyList<Member>> ManyAsync(Guid[] ids, CancellationToken cancellationToken) =>
        await WithPersonsAsync(await MemberRows.ReadAsync(database, ids, cancellationToken), cancellationToken);

    private async Task<List<Member>> WithPersonsAsync(IReadOnlyList<MemberRow> rows, CancellationToken cancellationToken)
    {
        Guid[] people = [.. rows.Where(row => !row.IsOrganisation).Select(row => row.Id)];
        Guid[] bodies = [.. rows.Where(row => row.IsOrganisation).Select(row => row.Id)];
        var persons = people.Length == 0 ? [] : await People.PersonsAsync(database, people, cancellationToken);
        var organisations = bodies.Length == 0 ? [] : await People.OrganisationsAsync(database, bodies, cancellationToken);
        return [.. rows.Select(row => Map(row, persons.GetValueOrDefault(row.Id), organisations.GetValueOrDefault(row.Id)))];
    }

    private static Member Map(MemberRow row, Person? person, Organisation? organisation)
    {
        var member = new Member
        {
            Name = row.Name,
            RegistrationNumber = RegistrationNumber.Of(row.RegistrationNumber),
            CardNumber = row.CardNumber,
            State = (Member.Types.State)row.State,
            Membership = (MembershipTier.Types.Kind)row.Membership,
            Term = Map(row.Term),
            Branch = row.Branch,
            Disabled = row.Disabled,
            Language = row.Language,
            Restricted = row.Restricted,
            RestrictionReason = row.RestrictionReason,
            Version = row.Version,
        };
        if (person is not null) member.Person = person;
        if (organisation is not null) member.Organisation = organisation;
        member.Notices.AddRange(Choices(row.Notices));
        return member;
    }

    public static Term Map(MembershipTerm term) => new() { StartsOn = LocalDatePattern.Iso.Format(term.StartsOn), EndsOn = LocalDatePattern.Iso.Format(term.EndsOn) };

    /// <summary>Choices as the database keeps them: {"REMINDER":["EMAIL"]}.</summary>
    public static string Json(IEnumerable<NoticeChoice> choices) =>
        JsonSerializer.Serialize(choices.ToDictionary(choice => Names.Of(choice.Kind), choice => choice.Channels.Select(Names.Of).ToArray()));

    public static IEnumerable<NoticeChoice> Choices(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, string[]>>(json)!.Select(pair => new NoticeChoice
        {
            Kind = Names.Parse<NoticeChoice.Types.Kind>(pair.Key) ?? NoticeChoice.Types.Kind.Unspecified,
            Channels = { pair.Value.Select(channel => Names.Parse<NoticeChoice.Types.Channel>(channel) ?? NoticeChoice.Types.Channel.Unspecified) },
        });
}

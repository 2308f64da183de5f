using System.Net.Mail;
using Library.Membership.Domain;
using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Membership.Features.Joining;

/// <summary>A joining form that is well-formed: texts trimmed, every bound held.</summary>
public sealed record JoiningForm
{
    /// <summary>Null for an organisation.</summary>
    public required Person? Person { get; init; }
    /// <summary>Null for a person.</summary>
    public required Organisation? Organisation { get; init; }
    /// <summary>Null for an organisation.</summary>
    public required FeePayer? Payer { get; init; }
    public required Branch Branch { get; init; }
    public required MembershipKind Kind { get; init; }
    public required bool Disabled { get; init; }
    public required string Language { get; init; }
    /// <summary>JSON.</summary>
    public required string Notices { get; init; }
    /// <summary>The member who is the guardian, for the feature to look up.</summary>
    public required Guid? GuardianMember { get; init; }
}

/// <summary>Reads the joining form (art. 12); every field that is wrong is named at once.</summary>
public sealed class JoiningFormReader(Network network, LocalDate today)
{
    private static readonly LocalDate EarliestBirth = new(1900, 1, 1);
    private readonly Fields fields = new();

    public JoiningForm Read(CreateMemberRequest request)
    {
        if (request.Person is null == request.Organisation is null) fields.Wrong("person", "ONE_OF", ("expected", "person, organisation"));
        var person = request.Person is { } given ? Read(given) : null;
        var organisation = request.Organisation is { } body && request.Person is null ? Read(body) : null;
        if (!network.Branches.TryGetValue(request.Branch, out var branch)) fields.Wrong("branch", request.Branch.Length == 0 ? "REQUIRED" : "UNKNOWN");
        var kind = KindOf(request, branch);
        if (request.Disabled && organisation is not null) fields.Wrong("disabled", "FORBIDDEN");
        var language = request.Language.Length == 0 ? network.DefaultLanguage : request.Language;
        if (!network.Languages.Contains(language)) fields.Wrong("language", "ENUM", ("expected", string.Join(", ", network.Languages)));
        CheckNotices(request.Notices);
        fields.ThrowIfWrong();
        return new JoiningForm
        {
            Person = person,
            Organisation = organisation,
            Payer = person is null ? null : new FeePayer(LocalDatePattern.Iso.Parse(person.BirthDate).Value, (PersonStatus)person.Status),
            Branch = branch!,
            Kind = kind,
            Disabled = request.Disabled,
            Language = language,
            Notices = MemberReader.Json(request.Notices),
            GuardianMember = person?.Guardian is { Member.Length: > 0 } guardian ? ResourceName.Parse(MemberRow.Collection, guardian.Member, "member") : null,
        };
    }

    private MembershipKind KindOf(CreateMemberRequest request, Branch? branch)
    {
        var kind = (MembershipKind)fields.Enum("membership", request.Membership);
        var smallBranches = network.RulebookOn(today).Membership.SmallBranches;
        if (request.Organisation is not null && kind is MembershipKind.SmallBranch or MembershipKind.EOnly && request.Person is null)
            fields.Wrong("membership", "ENUM", ("expected", "FULL"));
        else if (branch is not null && !ChangeRules.MayJoinAt(kind, branch.Code, smallBranches))
            fields.Wrong("membership", "SMALL_BRANCH", ("branches", string.Join(", ", smallBranches.Order(StringComparer.Ordinal))));
        return kind;
    }

    private Person Read(Person given)
    {
        var person = new Person
        {
            GivenName = fields.Text("person.givenName", given.GivenName, 1, 100),
            FamilyName = fields.Text("person.familyName", given.FamilyName, 1, 100),
            BirthDate = given.BirthDate,
            Street = fields.Text("person.street", given.Street, 0, 200),
            PostCode = fields.Text("person.postCode", given.PostCode, 0, 20),
            City = fields.Text("person.city", given.City, 0, 100),
            Municipality = fields.Text("person.municipality", given.Municipality, 0, 100),
            Email = Email("person.email", given.Email),
            Phone = Phone("person.phone", given.Phone),
            Status = fields.Enum("person.status", given.Status),
        };
        RequirePost("person.", person.Email.Length > 0 || given.Guardian is not null, person.Street, person.PostCode, person.City);
        var birthDate = fields.Date("person.birthDate", given.BirthDate);
        if (birthDate == default) return person;
        if (birthDate < EarliestBirth || birthDate > today)
            fields.Wrong("person.birthDate", "RANGE", ("min", LocalDatePattern.Iso.Format(EarliestBirth)), ("max", LocalDatePattern.Iso.Format(today)));
        else if (given.Guardian is null && AgeRules.NeedsGuardian(birthDate, today, network.RulebookOn(today).Ages.AdultFrom))
            fields.Wrong("person.guardian", "REQUIRED");
        if (given.Guardian is not null) person.Guardian = Read(given.Guardian);
        return person;
    }

    private Guardian Read(Guardian given)
    {
        if (given.Member.Length > 0)
        {
            if (given.GivenName.Length + given.FamilyName.Length + given.Email.Length + given.Phone.Length > 0)
                fields.Wrong("person.guardian", "ONE_OF", ("expected", "member, givenName + familyName + email + phone"));
            fields.Name("person.guardian.member", MemberRow.Collection, given.Member);
            return new Guardian { Member = given.Member };
        }
        return new Guardian
        {
            GivenName = fields.Text("person.guardian.givenName", given.GivenName, 1, 100),
            FamilyName = fields.Text("person.guardian.familyName", given.FamilyName, 1, 100),
            Email = Email("person.guardian.email", given.Email),
            Phone = Phone("person.guardian.phone", given.Phone),
        };
    }

    private Organisation Read(Organisation given)
    {
        if (given.Authorised is null) fields.Wrong("organisation.authorised", "REQUIRED");
        var organisation = new Organisation
        {
            Name = fields.Text("organisation.name", given.Name, 1, 200),
            TaxNumber = given.TaxNumber.Trim(),
            VatPayer = given.VatPayer,
            Street = fields.Text("organisation.street", given.Street, 0, 200),
            PostCode = fields.Text("organisation.postCode", given.PostCode, 0, 20),
            City = fields.Text("organisation.city", given.City, 0, 100),
            Email = Email("organisation.email", given.Email),
            Phone = Phone("organisation.phone", given.Phone),
            Authorised = given.Authorised is null ? new AuthorisedPerson() : new AuthorisedPerson
            {
                GivenName = fields.Text("organisation.authorised.givenName", given.Authorised.GivenName, 1, 100),
                FamilyName = fields.Text("organisation.authorised.familyName", given.Authorised.FamilyName, 1, 100),
                Email = Email("organisation.authorised.email", given.Authorised.Email),
            },
        };
        if (organisation.TaxNumber.Length is < 1 or > 20 || !organisation.TaxNumber.All(char.IsAsciiLetterOrDigit))
            fields.Wrong("organisation.taxNumber", organisation.TaxNumber.Length == 0 ? "REQUIRED" : "FORMAT", ("expected", "1–20 × A–Z, 0–9"));
        RequirePost("organisation.", organisation.Email.Length > 0 || organisation.Authorised.Email.Length > 0,
            organisation.Street, organisation.PostCode, organisation.City);
        return organisation;
    }

    /// <summary>Formal reminders are not optional: with no e-mail they go by post (art. 37).</summary>
    private void RequirePost(string path, bool reachable, string street, string postCode, string city)
    {
        if (reachable) return;
        if (street.Length == 0) fields.Wrong($"{path}street", "E_MAIL_OR_POST");
        if (postCode.Length == 0) fields.Wrong($"{path}postCode", "E_MAIL_OR_POST");
        if (city.Length == 0) fields.Wrong($"{path}city", "E_MAIL_OR_POST");
    }

    private string Email(string field, string value)
    {
        var email = value.Trim();
        if (email.Length == 0) return "";
        if (email.Length > 254 || email.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            || !MailAddress.TryCreate(email, out var address) || address.Address != email)
            fields.Wrong(field, "FORMAT", ("expected", "name@example.org"));
        return email;
    }

    private string Phone(string field, string value)
    {
        var phone = value.Trim();
        if (phone.Length == 0) return "";
        if (phone.Length > 30 || phone.Count(char.IsAsciiDigit) < 5 || phone.Any(c => !char.IsAsciiDigit(c) && !"+ -/().".Contains(c, StringComparison.Ordinal)))
            fields.Wrong(field, "FORMAT", ("expected", "+386 40 123 456"));
        return phone;
    }

    private void CheckNotices(IReadOnlyList<NoticeChoice> notices)
    {
        var seen = new HashSet<NoticeChoice.Types.Kind>();
        for (var at = 0; at < Math.Min(notices.Count, 50); at++)
        {
            var choice = notices[at];
            fields.Enum($"notices[{at}].kind", choice.Kind);
            if (!seen.Add(choice.Kind)) fields.Wrong($"notices[{at}].kind", "ONCE");
            foreach (var channel in choice.Channels.Distinct())
                fields.Enum($"notices[{at}].channels", channel);
            if (choice.Channels.Count != choice.Channels.Distinct().Count()) fields.Wrong($"notices[{at}].channels", "ONCE");
            else if (choice.Kind == NoticeChoice.Types.Kind.LoanList && choice.Channels.Contains(NoticeChoice.Types.Channel.Sms))
                fields.Wrong($"notices[{at}].channels", "ENUM", ("expected", "EMAIL"));
        }
        if (notices.Count > 50) fields.Wrong("notices", "ONCE");
    }
}

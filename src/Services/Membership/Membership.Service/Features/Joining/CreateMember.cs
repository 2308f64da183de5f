using Library.Contracts;
using Library.Membership.Domain;
using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Membership.Features.Joining;

/// <summary>Enrols a person or an organisation: registration number, first card, first term, and the fee that Finance books (art. 11–19).</summary>
public sealed class CreateMember(NpgsqlDataSource database, Outbox outbox, BusinessClock clock, Network network)
{
    /// <summary>The answer bears no personal data and is kept with the key: a card that is replaced later does not change it.</summary>
    public async Task<CreateMemberResponse> RunAsync(CreateMemberRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var form = new JoiningFormReader(network, today).Read(request);
        if (form.GuardianMember is { } guardian && !await IsAdultMemberAsync(guardian, today, cancellationToken))
            throw Failure.Invalid(new Violation("person.guardian.member", "ADULT_MEMBER"));

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var card = await NewCard.NextAsync(transaction, form.Branch.Code, cancellationToken);
        var member = MemberOf(form, today, await NextNumberAsync(transaction, form.Branch.LibraryCode, cancellationToken), card.Number);
        var schedule = network.ScheduleOn(today);
        var fee = FeeRules.Price(new FeeFacts(form.Payer, form.Disabled), form.Kind, schedule, today);
        var charge = Fees.ForTerm(member, fee, schedule, member.Term.StartsOn, today);
        var answer = Answer(member, charge.AmountMinor, charge.CurrencyCode);

        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                Insert(member, form.Branch.LibraryCode, today),
                form.Person is { } person ? People.Insert(member.Id, person) : People.Insert(member.Id, form.Organisation!),
                card.Insert(member.Id, today),
                InsertTerm(member),
                Fees.Remember(member.Id, charge),
            },
        };
        foreach (var fact in Facts(member, charge, today)) batch.BatchCommands.Add(outbox.Write(fact));
        if (key.Given) batch.BatchCommands.Add(key.Record(member.Name, answer));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    /// <summary>For a repeated command whose kept answer went with the erasure of the member.</summary>
    public async Task<CreateMemberResponse> ReadAgainAsync(string name, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        var member = await MemberRows.OneAsync(database, id, cancellationToken);
        await using var fee = database.Command("SELECT amount_minor, currency_code FROM fee WHERE member_id = $1 ORDER BY charge_id LIMIT 1", id);
        await using var row = await fee.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return Answer(member, row.GetInt64(0), row.GetString(1));
    }

    /// <summary>The next term of a member, also for a renewal.</summary>
    public static NpgsqlBatchCommand InsertTerm(MemberRow member) => DatabaseSetup.BatchCommand(
        "INSERT INTO term (member_id, starts_on, ends_on, membership) VALUES ($1, $2, $3, $4)",
        member.Id, member.Term.StartsOn, member.Term.EndsOn, ContractCode.Of(member.Membership));

    private MemberRow MemberOf(JoiningForm form, LocalDate today, long number, string card)
    {
        var rulebook = network.RulebookOn(today);
        return new MemberRow
        {
            Id = Guid.CreateVersion7(),
            RegistrationNumber = number,
            IsOrganisation = form.Organisation is not null,
            State = MemberState.Active,
            Membership = form.Kind,
            Branch = form.Branch.Code,
            Term = TermRules.StartingOn(today, rulebook.Membership.TermMonths),
            Restricted = false,
            RestrictionReason = "",
            YouthSection = form.Payer is { } payer && AgeRules.IsInYouthSection(payer.BirthDate, payer.Status, today, rulebook.Ages.YouthSectionUnder),
            Category = form.Payer is { } person ? ContractCode.Of(person.Status) : MemberRow.OrganisationCategory,
            Municipality = form.Person?.Municipality ?? "",
            Disabled = form.Disabled,
            Language = form.Language,
            Notices = form.Notices,
            Version = 1,
            CardNumber = card,
            ReplacedCards = [],
        };
    }

    private static IMessage[] Facts(MemberRow member, Charge fee, LocalDate today) =>
    [
        member.Snapshot(),
        new MemberEnrolled
        {
            Aggregate = member.Name, Version = member.Version, EnrolledOn = today.ToDateOnly(), Branch = member.Branch, Category = member.Category,
            Municipality = member.Municipality,
        },
        new MembershipTermStarted
        {
            Aggregate = member.Name, Version = member.Version, StartsOn = member.Term.StartsOn.ToDateOnly(), EndsOn = member.Term.EndsOn.ToDateOnly(), Fee = fee,
        },
        new CardIssued { Aggregate = member.Name, Version = member.Version },
    ];

    private static CreateMemberResponse Answer(MemberRow member, long feeMinor, string currencyCode) => new()
    {
        Name = member.Name,
        RegistrationNumber = RegistrationNumber.Of(member.RegistrationNumber),
        CardNumber = member.CardNumber,
        Term = MemberReader.Map(member.Term),
        FeeMinor = feeMinor,
        CurrencyCode = currencyCode,
    };

    /// <summary>The row stays locked until the commit, so that no number is left out when an enrolment fails.</summary>
    private static async Task<long> NextNumberAsync(NpgsqlTransaction transaction, string library, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            INSERT INTO registration AS r (library, last_number) VALUES ($1, 1)
            ON CONFLICT (library) DO UPDATE SET last_number = r.last_number + 1
            RETURNING last_number
            """, library);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static NpgsqlBatchCommand Insert(MemberRow member, string library, LocalDate today) => DatabaseSetup.BatchCommand("""
        INSERT INTO member (id, library, registration_number, subject, state, membership, branch, enrolled_on, term_starts_on, term_ends_on,
                            youth_section, category, municipality, disabled, language, notices, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb, $17)
        """, member.Id, library, member.RegistrationNumber, member.IsOrganisation ? MemberRow.OrganisationCategory : "PERSON", ContractCode.Of(member.State),
        ContractCode.Of(member.Membership), member.Branch, today, member.Term.StartsOn, member.Term.EndsOn, member.YouthSection, member.Category,
        member.Municipality, member.Disabled, member.Language, member.Notices, member.Version);

    private async Task<bool> IsAdultMemberAsync(Guid id, LocalDate today, CancellationToken cancellationToken)
    {
        var persons = await People.PersonsAsync(database, [id], cancellationToken);
        return persons.TryGetValue(id, out var person)
            && !AgeRules.NeedsGuardian(NodaTime.Text.LocalDatePattern.Iso.Parse(person.BirthDate).Value, today, network.RulebookOn(today).Ages.AdultFrom);
    }
}

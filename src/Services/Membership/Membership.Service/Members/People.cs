using Library.Membership.Domain;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Membership.Members;

/// <summary>The personal data: written once, read for an answer, deleted for good.</summary>
public static class People
{
    public static NpgsqlBatchCommand Insert(Guid id, Person person) => DatabaseSetup.BatchCommand("""
        INSERT INTO person (member_id, given_name, family_name, birth_date, street, post_code, city, email, phone, status,
                            guardian_member_id, guardian_given_name, guardian_family_name, guardian_email, guardian_phone, search_words)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::uuid, $12, $13, $14, $15, array_to_tsvector($16))
        """, id, person.GivenName, person.FamilyName, LocalDatePattern.Iso.Parse(person.BirthDate).Value, person.Street, person.PostCode, person.City,
        person.Email, person.Phone, Names.Of(person.Status),
        person.Guardian is { Member.Length: > 0 } ? ResourceName.Parse(MemberRow.Collection, person.Guardian.Member, "member").ToString() : null,
        person.Guardian?.GivenName ?? "", person.Guardian?.FamilyName ?? "", person.Guardian?.Email ?? "", person.Guardian?.Phone ?? "",
        SearchWords.Of(person.GivenName, person.FamilyName));

    public static NpgsqlBatchCommand Insert(Guid id, Organisation organisation) => DatabaseSetup.BatchCommand("""
        INSERT INTO organisation (member_id, name, tax_number, vat_payer, street, post_code, city, email, phone,
                                  authorised_given_name, authorised_family_name, authorised_email, search_words)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, array_to_tsvector($13))
        """, id, organisation.Name, organisation.TaxNumber, organisation.VatPayer, organisation.Street, organisation.PostCode, organisation.City,
        organisation.Email, organisation.Phone, organisation.Authorised.GivenName, organisation.Authorised.FamilyName, organisation.Authorised.Email,
        SearchWords.Of(organisation.Name, organisation.Authorised.GivenName, organisation.Authorised.FamilyName));

    /// <summary>By member id; an organisation or an erased person is not among them.</summary>
    public static async Task<Dictionary<Guid, Person>> PersonsAsync(NpgsqlDataSource database, Guid[] ids, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT p.member_id, p.given_name, p.family_name, p.birth_date, p.street, p.post_code, p.city, m.municipality, p.email, p.phone, p.status,
                   p.guardian_member_id, p.guardian_given_name, p.guardian_family_name, p.guardian_email, p.guardian_phone
            FROM person p JOIN member m ON m.id = p.member_id WHERE p.member_id = ANY ($1)
            """, ids);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var persons = new Dictionary<Guid, Person>();
        while (await row.ReadAsync(cancellationToken))
            persons[row.GetGuid(0)] = new Person
            {
                GivenName = row.GetString(1),
                FamilyName = row.GetString(2),
                BirthDate = LocalDatePattern.Iso.Format(row.GetFieldValue<LocalDate>(3)),
                Street = row.GetString(4),
                PostCode = row.GetString(5),
                City = row.GetString(6),
                Municipality = row.GetString(7),
                Email = row.GetString(8),
                Phone = row.GetString(9),
                Status = Names.Parse<Person.Types.Status>(row.GetString(10)) ?? Person.Types.Status.Unspecified,
                Guardian = GuardianOf(row),
            };
        return persons;
    }

    /// <summary>By member id.</summary>
    public static async Task<Dictionary<Guid, Organisation>> OrganisationsAsync(NpgsqlDataSource database, Guid[] ids, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT member_id, name, tax_number, vat_payer, street, post_code, city, email, phone,
                   authorised_given_name, authorised_family_name, authorised_email
            FROM organisation WHERE member_id = ANY ($1)
            """, ids);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var organisations = new Dictionary<Guid, Organisation>();
        while (await row.ReadAsync(cancellationToken))
            organisations[row.GetGuid(0)] = new Organisation
            {
                Name = row.GetString(1),
                TaxNumber = row.GetString(2),
                VatPayer = row.GetBoolean(3),
                Street = row.GetString(4),
                PostCode = row.GetString(5),
                City = row.GetString(6),
                Email = row.GetString(7),
                Phone = row.GetString(8),
                Authorised = new AuthorisedPerson { GivenName = row.GetString(9), FamilyName = row.GetString(10), Email = row.GetString(11) },
            };
        return organisations;
    }

    /// <summary>What the fee of a person depends on; null for an organisation.</summary>
    public static async Task<FeePayer?> PayerAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT birth_date, status FROM person WHERE member_id = $1", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new FeePayer(row.GetFieldValue<LocalDate>(0), ContractCode.Parse<PersonStatus>(row.GetString(1)))
            : null;
    }

    private static Guardian? GuardianOf(NpgsqlDataReader row)
    {
        if (!row.IsDBNull(11)) return new Guardian { Member = ResourceName.Of(MemberRow.Collection, row.GetGuid(11)) };
        return row.GetString(13).Length == 0
            ? null
            : new Guardian { GivenName = row.GetString(12), FamilyName = row.GetString(13), Email = row.GetString(14), Phone = row.GetString(15) };
    }
}

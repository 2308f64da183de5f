using Library.Membership.Domain;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;

namespace Library.Membership.Members;

/// <summary>Reads members.</summary>
public static class MemberRows
{
    private const string Select = """
        SELECT m.id, m.registration_number, m.subject, m.state, m.membership, m.branch, m.term_starts_on, m.term_ends_on, m.restricted,
               m.restriction_reason, m.youth_section, m.category, m.municipality, m.disabled, m.language, m.notices::text, m.version,
               coalesce((SELECT c.number FROM card c WHERE c.member_id = m.id AND c.replaced_on IS NULL), ''),
               ARRAY(SELECT c.number FROM card c WHERE c.member_id = m.id AND c.replaced_on IS NOT NULL ORDER BY c.serial DESC LIMIT 20)
        FROM member m
        """;

    /// <summary>The members with these ids, in the order of enrolment.</summary>
    public static Task<List<MemberRow>> ReadAsync(NpgsqlDataSource database, Guid[] ids, CancellationToken cancellationToken) =>
        ReadAsync(database.Command($"{Select} WHERE m.id = ANY ($1) ORDER BY m.library, m.registration_number", ids), cancellationToken);

    /// <summary>NOT_FOUND where there is none.</summary>
    /// <exception cref="Failure"/>
    public static async Task<MemberRow> OneAsync(NpgsqlDataSource database, Guid id, CancellationToken cancellationToken) =>
        (await ReadAsync(database, [id], cancellationToken)).SingleOrDefault() ?? throw Failure.NotFound("member");

    /// <summary>The member who has, or had, the card; null where there is none.</summary>
    public static async Task<MemberRow?> OfCardAsync(NpgsqlDataSource database, string card, CancellationToken cancellationToken) =>
        (await ReadAsync(database.Command($"{Select} WHERE m.id = (SELECT member_id FROM card WHERE number = $1)", card), cancellationToken)).SingleOrDefault();

    /// <summary>
    /// Locks the member until the transaction ends, then reads: in one statement, a card that was replaced while waiting for the
    /// lock would be read as it was before.
    /// </summary>
    /// <exception cref="Failure">NOT_FOUND, also for one that was erased unless <paramref name="erasedToo"/>.</exception>
    public static async Task<MemberRow> LockAsync(NpgsqlTransaction transaction, Guid id, CancellationToken cancellationToken, bool erasedToo = false)
    {
        var member = (await LockAsync(transaction, [id], cancellationToken)).SingleOrDefault();
        return member is null || (member.State == MemberState.Erased && !erasedToo) ? throw Failure.NotFound("member") : member;
    }

    /// <summary>As above, for several; in the order of their ids, so that two jobs do not wait for each other.</summary>
    public static async Task<List<MemberRow>> LockAsync(NpgsqlTransaction transaction, Guid[] ids, CancellationToken cancellationToken)
    {
        await using (var take = transaction.Command("SELECT 1 FROM member WHERE id = ANY ($1) ORDER BY id FOR UPDATE", ids))
            await take.ExecuteNonQueryAsync(cancellationToken);
        return await ReadAsync(transaction.Command($"{Select} WHERE m.id = ANY ($1) ORDER BY m.id", ids), cancellationToken);
    }

    private static async Task<List<MemberRow>> ReadAsync(NpgsqlCommand query, CancellationToken cancellationToken)
    {
        await using var command = query;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<MemberRow>();
        while (await row.ReadAsync(cancellationToken))
            members.Add(new MemberRow
            {
                Id = row.GetGuid(0),
                RegistrationNumber = row.GetInt64(1),
                IsOrganisation = row.GetString(2) == MemberRow.OrganisationCategory,
                State = ContractCode.Parse<MemberState>(row.GetString(3)),
                Membership = ContractCode.Parse<MembershipKind>(row.GetString(4)),
                Branch = row.GetString(5),
                Term = new MembershipTerm(row.GetFieldValue<LocalDate>(6), row.GetFieldValue<LocalDate>(7)),
                Restricted = row.GetBoolean(8),
                RestrictionReason = row.GetString(9),
                YouthSection = row.GetBoolean(10),
                Category = row.GetString(11),
                Municipality = row.GetString(12),
                Disabled = row.GetBoolean(13),
                Language = row.GetString(14),
                Notices = row.GetString(15),
                Version = row.GetInt64(16),
                CardNumber = row.GetString(17),
                ReplacedCards = row.GetFieldValue<string[]>(18),
            });
        return members;
    }
}

using Library.Membership.Domain;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Networks;

namespace Library.Membership.Jobs;

/// <summary>Who has reached the age and is not in primary school any more borrows from the adult section (art. 18).</summary>
public sealed class MoveToAdultSection(MemberBatches batches, Network network) : IPeriodicJob
{
    public string Name => "move-to-adult-section";
    public LocalTime DueAt => new(0, 15);

    public Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        // the youngest who is grown on that day: AgeRules by a date that the index on birth_date can use
        var bornUpTo = day.PlusYears(-network.RulebookOn(day).Ages.YouthSectionUnder);
        return batches.RunAsync(
            """
            SELECT m.id FROM member m JOIN person p ON p.member_id = m.id
            WHERE m.youth_section AND p.birth_date <= $1 AND p.status NOT IN ('PRESCHOOL_CHILD', 'PRIMARY_PUPIL')
            ORDER BY m.id LIMIT $2
            """,
            bornUpTo,
            member => member.YouthSection && member.State != MemberState.Erased ? member with { YouthSection = false } : null,
            _ => [],
            cancellationToken);
    }
}

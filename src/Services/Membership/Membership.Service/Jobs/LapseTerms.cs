using Library.Membership.Domain;
using Library.Membership.Messages;
using Library.ServiceDefaults.Jobs;

namespace Library.Membership.Jobs;

/// <summary>Memberships whose last day has passed lapse (art. 16, 20).</summary>
public sealed class LapseTerms(MemberBatches batches) : IPeriodicJob
{
    public string Name => "lapse-terms";
    public LocalTime DueAt => new(0, 10);

    public Task RunAsync(LocalDate day, CancellationToken cancellationToken) => batches.RunAsync(
        "SELECT id FROM member WHERE state = 'ACTIVE' AND term_ends_on < $1 ORDER BY id LIMIT $2",
        day,
        member => member.State == MemberState.Active && member.Term.IsOverOn(day) ? member with { State = MemberState.Lapsed } : null,
        member => [new MembershipLapsed { Aggregate = member.Name, Version = member.Version, EndedOn = member.Term.EndsOn.ToDateOnly() }],
        cancellationToken);
}

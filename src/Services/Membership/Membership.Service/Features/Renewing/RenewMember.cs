using Library.Membership.Domain;
using Library.Membership.Features.Joining;
using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Membership.Features.Renewing;

/// <summary>Twelve more months (art. 16), charged by the price list of today and the age on the first day of the new term.</summary>
public sealed class RenewMember(NpgsqlDataSource database, MemberChange change, MemberReader reader, BusinessClock clock, Network network)
{
    public async Task<Member> RunAsync(string name, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        var today = clock.Today;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var member = await MemberRows.LockAsync(transaction, id, cancellationToken);
            switch (TermRules.Renew(member.Term, member.State, today, network.RulebookOn(today).Membership.TermMonths))
            {
                case RenewalDecision.Refused refused:
                    throw Failure.Refused(ContractCode.Of(refused.Reason));
                case RenewalDecision.Renewed renewed:
                    await SaveAsync(transaction, member with { State = MemberState.Active, Term = renewed.Term, Version = member.Version + 1 }, key, today, cancellationToken);
                    break;
            }
        }
        return await reader.OneAsync(name, cancellationToken);
    }

    private async Task SaveAsync(NpgsqlTransaction transaction, MemberRow renewed, CommandKey key, LocalDate today, CancellationToken cancellationToken)
    {
        var schedule = network.ScheduleOn(today);
        var payer = await People.PayerAsync(transaction, renewed.Id, cancellationToken);
        var fee = FeeRules.Price(new FeeFacts(payer, renewed.Disabled), renewed.Membership, schedule, renewed.Term.StartsOn);
        var charge = Fees.ForTerm(renewed, fee, schedule, renewed.Term.StartsOn, today);
        await change.CommitAsync(transaction, renewed, key,
            [CreateMember.InsertTerm(renewed), Fees.Remember(renewed.Id, charge)],
            [new MembershipTermStarted
            {
                Aggregate = renewed.Name, Version = renewed.Version, StartsOn = renewed.Term.StartsOn.ToDateOnly(), EndsOn = renewed.Term.EndsOn.ToDateOnly(), Fee = charge,
            }],
            cancellationToken);
    }
}

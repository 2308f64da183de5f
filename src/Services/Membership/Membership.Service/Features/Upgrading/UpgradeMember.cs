using Library.Membership.Domain;
using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Membership.Features.Upgrading;

/// <summary>To the full fee: the difference is charged, the term stays (art. 19). A full membership stays as it is.</summary>
public sealed class UpgradeMember(NpgsqlDataSource database, MemberChange change, MemberReader reader, BusinessClock clock, Network network)
{
    public async Task<Member> RunAsync(string name, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var member = await MemberRows.LockAsync(transaction, id, cancellationToken);
            if (ChangeRules.Upgrade(member.State) is { } refusal) throw Failure.Refused(ContractCode.Of(refusal));
            if (member.Membership == MembershipKind.Full) await MemberChange.UnchangedAsync(transaction, member, key, cancellationToken);
            else await SaveAsync(transaction, member, key, cancellationToken);
        }
        return await reader.OneAsync(name, cancellationToken);
    }

    private async Task SaveAsync(NpgsqlTransaction transaction, MemberRow member, CommandKey key, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var schedule = network.ScheduleOn(today);
        var facts = new FeeFacts(await People.PayerAsync(transaction, member.Id, cancellationToken), member.Disabled);
        var upgraded = member with { Membership = MembershipKind.Full, Version = member.Version + 1 };
        var from = LocalDate.Max(today, member.Term.StartsOn);
        var charge = Fees.ForTerm(upgraded, FeeRules.Upgrade(facts, member.Membership, schedule, today), schedule, from, today);
        var term = DatabaseSetup.BatchCommand(
            "UPDATE term SET membership = $3 WHERE member_id = $1 AND ends_on >= $2", member.Id, today, ContractCode.Of(upgraded.Membership));
        await change.CommitAsync(transaction, upgraded, key, [term, Fees.Remember(member.Id, charge)],
            [new MembershipTermStarted
            {
                Aggregate = upgraded.Name, Version = upgraded.Version, StartsOn = member.Term.StartsOn.ToDateOnly(), EndsOn = member.Term.EndsOn.ToDateOnly(), Fee = charge,
            }],
            cancellationToken);
    }
}

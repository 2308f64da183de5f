using Library.Membership.Domain;
using Library.Membership.Members;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Membership.Features.Leaving;

/// <summary>At will, after settling everything; the fee is not refunded (art. 20). Who has left stays so.</summary>
public sealed class LeaveMember(NpgsqlDataSource database, Obligations obligations, MemberChange change, MemberReader reader)
{
    public async Task<Member> RunAsync(string name, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        var before = await MemberRows.OneAsync(database, id, cancellationToken);
        if (before.State is MemberState.Active or MemberState.Lapsed) await obligations.MustBeNoneAsync(id, name, cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var member = await MemberRows.LockAsync(transaction, id, cancellationToken);
            if (member.State is MemberState.Active or MemberState.Lapsed)
                await change.CommitAsync(transaction, member with { State = MemberState.Left, Version = member.Version + 1 }, key, [], [], cancellationToken);
            else
                await MemberChange.UnchangedAsync(transaction, member, key, cancellationToken);
        }
        return await reader.OneAsync(name, cancellationToken);
    }
}

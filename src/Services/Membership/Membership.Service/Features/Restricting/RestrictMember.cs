using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Membership.Features.Restricting;

/// <summary>Restricts a member or lifts it again (art. 29, 40). The reason stays here: it may be personal.</summary>
public sealed class RestrictMember(NpgsqlDataSource database, MemberChange change, MemberReader reader)
{
    public Task<Member> RunAsync(RestrictMemberRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var reason = fields.Text("reason", request.Reason, 1, 200);
        fields.ThrowIfWrong();
        return SetAsync(request.Name, restricted: true, reason, key, cancellationToken);
    }

    public Task<Member> ReleaseAsync(ReleaseMemberRequest request, CommandKey key, CancellationToken cancellationToken) =>
        SetAsync(request.Name, restricted: false, "", key, cancellationToken);

    private async Task<Member> SetAsync(string name, bool restricted, string reason, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var member = await MemberRows.LockAsync(transaction, id, cancellationToken);
            if (member.Restricted == restricted && member.RestrictionReason == reason)
                await MemberChange.UnchangedAsync(transaction, member, key, cancellationToken);
            else
            {
                var changed = member with { Restricted = restricted, RestrictionReason = reason, Version = member.Version + 1 };
                await change.CommitAsync(transaction, changed, key, [],
                    [new MemberRestricted { Aggregate = changed.Name, Version = changed.Version, Restricted = restricted }], cancellationToken);
            }
        }
        return await reader.OneAsync(name, cancellationToken);
    }
}

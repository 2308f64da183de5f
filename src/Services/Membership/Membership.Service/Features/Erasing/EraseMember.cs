using Library.Membership.Domain;
using Library.Membership.Features.Leaving;
using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Membership.Features.Erasing;

/// <summary>
/// Deletes the personal data for good, the cards and the sign-in with it (art. 20); the number and the figures for statistics remain.
/// Erasing again changes nothing.
/// </summary>
public sealed class EraseMember(NpgsqlDataSource database, Obligations obligations, MemberChange change, MemberReader reader)
{
    public async Task<Member> RunAsync(string name, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        var before = await MemberRows.OneAsync(database, id, cancellationToken);
        if (before.State != MemberState.Erased) await obligations.MustBeNoneAsync(id, name, cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var member = await MemberRows.LockAsync(transaction, id, cancellationToken, erasedToo: true);
            if (member.State == MemberState.Erased)
                await MemberChange.UnchangedAsync(transaction, member, key, cancellationToken);
            else
                await SaveAsync(transaction, member, key, cancellationToken);
        }
        return await reader.OneAsync(name, cancellationToken);
    }

    private async Task SaveAsync(NpgsqlTransaction transaction, MemberRow member, CommandKey key, CancellationToken cancellationToken)
    {
        var erased = member with
        {
            State = MemberState.Erased, Restricted = false, RestrictionReason = "", Notices = "{}", CardNumber = "", ReplacedCards = [],
            Version = member.Version + 1,
        };
        await change.CommitAsync(transaction, erased, key,
            [
                DatabaseSetup.BatchCommand("DELETE FROM person WHERE member_id = $1", member.Id),
                DatabaseSetup.BatchCommand("DELETE FROM organisation WHERE member_id = $1", member.Id),
                DatabaseSetup.BatchCommand("DELETE FROM card WHERE member_id = $1", member.Id),
                // kept answers name the card; snapshots that were published are of no further use
                DatabaseSetup.BatchCommand("UPDATE idempotency SET answer = '' WHERE resource = $1", member.Name),
                DatabaseSetup.BatchCommand("DELETE FROM outbox WHERE aggregate = $1 AND published_at IS NOT NULL", member.Name),
                DatabaseSetup.BatchCommand("DELETE FROM sign_in WHERE subject = $1", member.Name),
                DatabaseSetup.BatchCommand("DELETE FROM openiddict_token WHERE subject = $1", member.Name),
                DatabaseSetup.BatchCommand("DELETE FROM openiddict_authorization WHERE subject = $1", member.Name),
            ],
            [new MemberErased { Aggregate = erased.Name, Version = erased.Version }],
            cancellationToken);
    }
}

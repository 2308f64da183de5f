using Library.Membership.Domain;
using Library.Membership.Members;
using Library.Membership.Messages;
using Library.Membership.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Membership.Features.ReplacingCard;

/// <summary>A new card for a lost one, charged; the old number is kept, so that the desk can say why it is not good (art. 24).</summary>
public sealed class ReplaceCard(NpgsqlDataSource database, MemberChange change, MemberReader reader, BusinessClock clock, Network network)
{
    public async Task<Member> RunAsync(string name, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(MemberRow.Collection, name, "member");
        var today = clock.Today;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var member = await MemberRows.LockAsync(transaction, id, cancellationToken);
            if (ChangeRules.ReplaceCard(member.State) is { } refusal) throw Failure.Refused(ContractCode.Of(refusal));
            var card = await NewCard.NextAsync(transaction, member.Branch, cancellationToken);
            var changed = member with
            {
                CardNumber = card.Number,
                ReplacedCards = [.. member.ReplacedCards.Prepend(member.CardNumber).Take(MemberRow.MostReplacedCards)],
                Version = member.Version + 1,
            };
            var charge = Fees.ForLostCard(changed, network, today);
            var replaced = DatabaseSetup.BatchCommand("UPDATE card SET replaced_on = $2 WHERE member_id = $1 AND replaced_on IS NULL", id, today);
            await change.CommitAsync(transaction, changed, key, [replaced, card.Insert(id, today), Fees.Remember(id, charge)],
                [new CardIssued { Aggregate = changed.Name, Version = changed.Version, Fee = charge }], cancellationToken);
        }
        return await reader.OneAsync(name, cancellationToken);
    }
}

using Library.Catalog.Borrowers;
using Library.Membership.Messages;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using MassTransit;

namespace Library.Catalog.Consumers;

/// <summary>Keeps the desk's copy of a member. A snapshot: one that is older than the row is skipped.</summary>
public sealed class KeepBorrower(Inbox inbox) : IConsumer<MemberChanged>
{
    public Task Consume(ConsumeContext<MemberChanged> context) => inbox.OnceAsync(context, nameof(KeepBorrower), transaction =>
        Snapshots.KeepMemberAsync(
            transaction, new MemberSnapshot(ResourceName.Parse("members", context.Message.Aggregate, "member"), context.Message), context.CancellationToken));
}

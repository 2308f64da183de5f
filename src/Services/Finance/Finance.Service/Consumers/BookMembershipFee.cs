using Library.Membership.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The fee of a term; one of zero (under 18, unemployed: art. 14) opens the account.</summary>
public sealed class BookMembershipFee(Inbox inbox, PostCharge post) : IConsumer<MembershipTermStarted>
{
    public Task Consume(ConsumeContext<MembershipTermStarted> context) =>
        inbox.OnceAsync(context, nameof(BookMembershipFee), transaction => post.RunAsync(transaction, context.Message.Fee, context.CancellationToken));
}

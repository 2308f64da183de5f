using Library.Membership.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The price of a card that replaces a lost one (art. 24).</summary>
public sealed class BookCardFee(Inbox inbox, PostCharge post) : IConsumer<CardIssued>
{
    public Task Consume(ConsumeContext<CardIssued> context) =>
        inbox.OnceAsync(context, nameof(BookCardFee), transaction => context.Message.Fee is { } fee
            ? post.RunAsync(transaction, fee, context.CancellationToken)
            : Task.CompletedTask);
}

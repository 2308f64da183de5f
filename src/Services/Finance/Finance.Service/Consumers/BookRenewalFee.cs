using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The price of an exceptional renewal, and what an overdue loan cost until the day of its renewal.</summary>
public sealed class BookRenewalFee(Inbox inbox, PostCharge post) : IConsumer<LoanRenewed>
{
    public Task Consume(ConsumeContext<LoanRenewed> context) =>
        inbox.OnceAsync(context, nameof(BookRenewalFee), async transaction =>
        {
            if (context.Message.Fee is { } fee) await post.RunAsync(transaction, fee, context.CancellationToken);
            if (context.Message.Fine is { } fine) await post.RunAsync(transaction, fine, context.CancellationToken);
        });
}

using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The price of an exceptional renewal.</summary>
public sealed class BookRenewalFee(Inbox inbox, PostCharge post) : IConsumer<LoanRenewed>
{
    public Task Consume(ConsumeContext<LoanRenewed> context) =>
        inbox.OnceAsync(context, nameof(BookRenewalFee), transaction => context.Message.Fee is { } fee
            ? post.RunAsync(transaction, fee, context.CancellationToken)
            : Task.CompletedTask);
}

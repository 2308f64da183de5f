using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The price of reserved material that waited and was not collected (art. 33).</summary>
public sealed class BookUncollectedHold(Inbox inbox, PostCharge post) : IConsumer<HoldNotCollected>
{
    public Task Consume(ConsumeContext<HoldNotCollected> context) =>
        context.Message.Fee is { } fee
            ? inbox.OnceAsync(context, nameof(BookUncollectedHold), transaction => post.RunAsync(transaction, fee, context.CancellationToken))
            : inbox.NoteAsync(context, nameof(BookUncollectedHold));
}

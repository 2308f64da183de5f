using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The fine of an item that came back late (art. 36).</summary>
public sealed class BookFine(Inbox inbox, PostCharge post) : IConsumer<ItemReturned>
{
    public Task Consume(ConsumeContext<ItemReturned> context) =>
        context.Message.Fine is { } fine
            ? inbox.OnceAsync(context, nameof(BookFine), transaction => post.RunAsync(transaction, fine, context.CancellationToken))
            : inbox.NoteAsync(context, nameof(BookFine));
}

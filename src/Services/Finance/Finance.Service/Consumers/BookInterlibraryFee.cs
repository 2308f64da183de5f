using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The price of a unit that another library lends to us (art. 34).</summary>
public sealed class BookInterlibraryFee(Inbox inbox, PostCharge post) : IConsumer<InterlibraryArrived>
{
    public Task Consume(ConsumeContext<InterlibraryArrived> context) =>
        context.Message.Fee is { } fee
            ? inbox.OnceAsync(context, nameof(BookInterlibraryFee), transaction => post.RunAsync(transaction, fee, context.CancellationToken))
            : inbox.NoteAsync(context, nameof(BookInterlibraryFee));
}

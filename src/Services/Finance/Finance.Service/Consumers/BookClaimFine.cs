using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>What was late of a loan that ended at the library's cost, up to the day on which the reader said that it was back.</summary>
public sealed class BookClaimFine(Inbox inbox, PostCharge post) : IConsumer<ReturnClaimSettled>
{
    public Task Consume(ConsumeContext<ReturnClaimSettled> context) =>
        context.Message.Fine is { } fine
            ? inbox.OnceAsync(context, nameof(BookClaimFine), transaction => post.RunAsync(transaction, fine, context.CancellationToken))
            : inbox.NoteAsync(context, nameof(BookClaimFine));
}

using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>What a lost or spoilt copy costs its reader: fine, compensation, reprocessing (art. 42).</summary>
public sealed class BookLoss(Inbox inbox, PostCharge post) : IConsumer<LossSettled>
{
    public Task Consume(ConsumeContext<LossSettled> context) => context.Message.Charges.Count == 0
        ? inbox.NoteAsync(context, nameof(BookLoss))
        : inbox.OnceAsync(context, nameof(BookLoss), async transaction =>
        {
            foreach (var charge in context.Message.Charges) await post.RunAsync(transaction, charge, context.CancellationToken);
        });
}

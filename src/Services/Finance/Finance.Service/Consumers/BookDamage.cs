using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>What a copy that came back damaged costs its reader (art. 42).</summary>
public sealed class BookDamage(Inbox inbox, PostCharge post) : IConsumer<DamageAssessed>
{
    public Task Consume(ConsumeContext<DamageAssessed> context) => context.Message.Charges.Count == 0
        ? inbox.NoteAsync(context, nameof(BookDamage))
        : inbox.OnceAsync(context, nameof(BookDamage), async transaction =>
        {
            foreach (var charge in context.Message.Charges) await post.RunAsync(transaction, charge, context.CancellationToken);
        });
}

using Library.Catalog.Messages;
using Library.Finance.Features.PostingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>The price of a formal reminder (art. 36–37).</summary>
public sealed class BookReminder(Inbox inbox, PostCharge post) : IConsumer<ReminderDue>
{
    public Task Consume(ConsumeContext<ReminderDue> context) =>
        inbox.OnceAsync(context, nameof(BookReminder), transaction => post.RunAsync(transaction, context.Message.Fee, context.CancellationToken));
}

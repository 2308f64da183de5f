using Library.Catalog.Messages;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Notifications.Consumers;

/// <summary>A formal reminder is due: its notice is queued. Name, address and titles are asked for when it is sent (ADR 9).</summary>
public sealed class QueueReminder(Inbox inbox, Deliveries deliveries) : IConsumer<ReminderDue>
{
    public async Task Consume(ConsumeContext<ReminderDue> context)
    {
        var due = context.Message;
        var figures = new ReminderFigures(due.Level, due.RemindedOn, due.Fee.AmountMinor, due.Fee.CurrencyCode, due.Fee.Branch);
        await inbox.OnceAsync(context, nameof(QueueReminder), transaction => deliveries.AddAsync(
            transaction, context.MessageId!.Value, NoticeKind.Reminder, due.Member, subject: due.Member, figures, context.CancellationToken));
        deliveries.Wake();
    }
}

using Library.Catalog.Messages;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Notifications.Consumers;

/// <summary>
/// Loans fall due soon, a formal reminder is imminent, or the receipt of a visit was asked for (art. 41): a notice is queued. It keeps a day and a branch; which loans it
/// is about is asked for when it is sent.
/// </summary>
public sealed class QueueLoanNotice(Inbox inbox, Deliveries deliveries) : IConsumer<LoansDueSoon>, IConsumer<ReminderImminent>, IConsumer<VisitReceiptAsked>
{
    public Task Consume(ConsumeContext<LoansDueSoon> context) =>
        QueueAsync(context, NoticeKind.LoanDueSoon, context.Message.Member, new LoanFigures(context.Message.DueOn, context.Message.Branch));

    public Task Consume(ConsumeContext<ReminderImminent> context) =>
        QueueAsync(context, NoticeKind.ReminderImminent, context.Message.Member, new LoanFigures(context.Message.RemindsOn, context.Message.Branch));

    public Task Consume(ConsumeContext<VisitReceiptAsked> context) =>
        QueueAsync(context, NoticeKind.LoanList, context.Message.Member, new VisitFigures(context.Message.Branch, context.Message.VisitedOn));

    private async Task QueueAsync<TMessage, TFigures>(ConsumeContext<TMessage> context, NoticeKind kind, string member, TFigures figures) where TMessage : class
    {
        await inbox.OnceAsync(context, nameof(QueueLoanNotice), transaction => deliveries.AddAsync(
            transaction, context.MessageId!.Value, kind, member, subject: member, figures, context.CancellationToken));
        deliveries.Wake();
    }
}

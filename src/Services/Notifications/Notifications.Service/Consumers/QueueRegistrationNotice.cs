using Library.Events.Messages;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Notifications.Consumers;

/// <summary>There is news of a registration for an event: a notice is queued. What the event is called, and who comes, is asked for when it is sent.</summary>
public sealed class QueueRegistrationNotice(Inbox inbox, Deliveries deliveries)
    : IConsumer<RegistrationConfirmed>, IConsumer<RegistrationWaitlisted>, IConsumer<RegistrationPromoted>
{
    public Task Consume(ConsumeContext<RegistrationConfirmed> context) =>
        QueueAsync(context, RegistrationNews.Confirmed, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<RegistrationWaitlisted> context) =>
        QueueAsync(context, RegistrationNews.Waitlisted, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<RegistrationPromoted> context) =>
        QueueAsync(context, RegistrationNews.Promoted, context.Message.Aggregate, context.Message.Member);

    private async Task QueueAsync<T>(ConsumeContext<T> context, RegistrationNews news, string registration, string? member) where T : class
    {
        var figures = new RegistrationFigures(news);
        await inbox.OnceAsync(context, nameof(QueueRegistrationNotice), transaction => deliveries.AddAsync(
            transaction, context.MessageId!.Value, NoticeKind.EventRegistration, member, subject: registration, figures, context.CancellationToken));
        deliveries.Wake();
    }
}

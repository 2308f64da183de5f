using Library.Catalog.Messages;
using Library.Notifications.Domain.Choices;
using Library.Notifications.Sending;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Notifications.Consumers;

/// <summary>
/// Reserved material waits, or waits until tomorrow only (art. 33); copies wait in a locker; what another library was asked for has come, or cannot be had (art. 34); a
/// licence is kept for the first who waits: a notice is queued. What it says is asked for when it is sent.
/// </summary>
public sealed class QueueHoldNotice(Inbox inbox, Deliveries deliveries)
    : IConsumer<HoldReady>, IConsumer<HoldExpiring>, IConsumer<LockerReady>, IConsumer<InterlibraryArrived>, IConsumer<InterlibraryUnfilled>, IConsumer<LicenceOffered>
{
    public Task Consume(ConsumeContext<HoldReady> context) => QueueAsync(context, NoticeKind.HoldReady, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<HoldExpiring> context) => QueueAsync(context, NoticeKind.HoldExpiring, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<LockerReady> context) => QueueAsync(context, NoticeKind.HoldReady, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<InterlibraryArrived> context) => QueueAsync(context, NoticeKind.HoldReady, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<InterlibraryUnfilled> context) => QueueAsync(context, NoticeKind.HoldReady, context.Message.Aggregate, context.Message.Member);

    public Task Consume(ConsumeContext<LicenceOffered> context) => QueueAsync(context, NoticeKind.HoldReady, context.Message.Aggregate, context.Message.Member);

    private async Task QueueAsync<T>(ConsumeContext<T> context, NoticeKind kind, string subject, string member) where T : class
    {
        await inbox.OnceAsync(context, nameof(QueueHoldNotice), transaction => deliveries.AddAsync(
            transaction, context.MessageId!.Value, kind, member, subject, new HoldFigures(), context.CancellationToken));
        deliveries.Wake();
    }
}

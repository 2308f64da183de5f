using Library.Membership.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using MassTransit;

namespace Library.Catalog.Consumers;

/// <summary>An erased member waits for nothing, and nothing says what they waited for (ADR 9). What was set aside is put away when it is scanned.</summary>
public sealed class ForgetHolds(Inbox inbox, BusinessClock clock) : IConsumer<MemberChanged>
{
    public Task Consume(ConsumeContext<MemberChanged> context) => context.Message.State != "ERASED"
        ? inbox.NoteAsync(context, nameof(ForgetHolds))
        : inbox.OnceAsync(context, nameof(ForgetHolds), async transaction =>
        {
            await using var forget = transaction.Command("""
                UPDATE hold SET state = CASE WHEN closed_at IS NULL THEN 'CANCELLED' ELSE state END, closed_at = coalesce(closed_at, $2), member = NULL, version = version + 1
                WHERE member = $1
                """, ResourceName.Parse("members", context.Message.Aggregate, "member"), clock.Now);
            await forget.ExecuteNonQueryAsync(context.CancellationToken);
        });
}

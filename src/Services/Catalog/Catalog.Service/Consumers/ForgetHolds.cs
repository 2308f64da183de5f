using Library.Catalog.Features.Counting;
using Library.Catalog.V1;
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
            var member = ResourceName.Parse("members", context.Message.Aggregate, "member");
            await using (var count = transaction.Command(
                CirculationFacts.OfHolds("(SELECT record, member, pickup_branch FROM hold WHERE member = $3 AND closed_at IS NULL)"),
                clock.Today, Names.Of(CirculationStatistics.Types.Kind.HoldCancelled), member))
                await count.ExecuteNonQueryAsync(context.CancellationToken);
            await using var forget = transaction.Command("""
                UPDATE hold SET state = CASE WHEN closed_at IS NULL THEN 'CANCELLED' ELSE state END, closed_at = coalesce(closed_at, $2), member = NULL, version = version + 1
                WHERE member = $1
                """, member, clock.Now);
            await forget.ExecuteNonQueryAsync(context.CancellationToken);
        });
}

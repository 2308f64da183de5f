using Library.Membership.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using MassTransit;

namespace Library.Catalog.Consumers;

/// <summary>An erased member's suggestions stay as the library's own (ADR 9). A fact for good, so no snapshot of whatever age undoes it.</summary>
public sealed class ForgetSuggestions(Inbox inbox) : IConsumer<MemberChanged>
{
    public Task Consume(ConsumeContext<MemberChanged> context) => context.Message.State != "ERASED"
        ? inbox.NoteAsync(context, nameof(ForgetSuggestions))
        : inbox.OnceAsync(context, nameof(ForgetSuggestions), async transaction =>
        {
            await using var forget = transaction.Command(
                "UPDATE suggestion SET member = NULL, slot = NULL WHERE member = $1", ResourceName.Parse("members", context.Message.Aggregate, "member"));
            await forget.ExecuteNonQueryAsync(context.CancellationToken);
        });
}

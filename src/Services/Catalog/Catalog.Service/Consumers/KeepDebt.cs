using Library.Catalog.Borrowers;
using Library.Finance.Messages;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using MassTransit;

namespace Library.Catalog.Consumers;

/// <summary>Keeps the desk's copy of a balance. The balance is a snapshot, the charge and the withdrawal that it names are facts and never skipped.</summary>
public sealed class KeepDebt(Inbox inbox, BusinessClock clock) : IConsumer<BalanceChanged>
{
    public Task Consume(ConsumeContext<BalanceChanged> context) => inbox.OnceAsync(context, nameof(KeepDebt), transaction =>
    {
        var balance = context.Message;
        return Snapshots.KeepBalanceAsync(
            transaction,
            new BalanceSnapshot(
                ResourceName.Parse("members", balance.Member, "member"), balance.Version, balance.BalanceMinor,
                balance.OldestOpenOn is { } since ? LocalDate.FromDateOnly(since) : null,
                [.. new[] { balance.PostedChargeId, balance.WithdrawalId }.OfType<Guid>()]),
            clock.Today, context.CancellationToken);
    });
}

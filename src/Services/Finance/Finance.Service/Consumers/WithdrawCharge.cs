using Library.Catalog.Messages;
using Library.Finance.Features.WithdrawingCharge;
using Library.ServiceDefaults.Messaging;
using MassTransit;

namespace Library.Finance.Consumers;

/// <summary>What was charged and is taken back, whether or not the charge has come.</summary>
public sealed class WithdrawCharge(Inbox inbox, TakeBackCharge takeBack) : IConsumer<ChargeWithdrawn>
{
    public Task Consume(ConsumeContext<ChargeWithdrawn> context) =>
        inbox.OnceAsync(context, nameof(WithdrawCharge), transaction => takeBack.RunAsync(transaction, context.Message, context.CancellationToken));
}

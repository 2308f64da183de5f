using Grpc.Core;
using Library.Finance.Features;
using Library.Finance.Features.ReadingAccount;
using Library.Finance.Features.ReadingPayment;
using Library.Finance.Features.TakingPayment;
using Library.Finance.Features.WithdrawingCharge;
using Library.Finance.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Finance;

/// <summary>Members' accounts as the outside sees them; see finance.proto.</summary>
public sealed class FinanceEndpoint(Idempotency idempotency, GetAccount getAccount, CreatePayment createPayment, GetPayment getPayment, ListRefundsDue refundsDue)
    : FinanceService.FinanceServiceBase
{
    public override Task<Account> GetAccount(GetAccountRequest request, ServerCallContext context) =>
        getAccount.RunAsync(request, Caller.Of(context), context.GetHttpContext().Request.Headers.AcceptLanguage.ToString(), context.CancellationToken);

    public override Task<Payment> CreatePayment(CreatePaymentRequest request, ServerCallContext context) =>
        SecondLook.BeforeRefusingAsync(Refusals.AmountExceedsDebt, () => idempotency.RunAsync(
            context, request,
            key => createPayment.RunAsync(request, key, context.CancellationToken),
            name => getPayment.ReadAsync(name, context.CancellationToken)), context.CancellationToken);

    public override Task<Payment> GetPayment(GetPaymentRequest request, ServerCallContext context) =>
        getPayment.RunAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<ListRefundsDueResponse> ListRefundsDue(ListRefundsDueRequest request, ServerCallContext context) =>
        refundsDue.RunAsync(request, context.CancellationToken);
}

/// <summary>What our other services ask; see finance.proto.</summary>
public sealed class FinanceDirectoryEndpoint(GetStanding getStanding) : FinanceDirectory.FinanceDirectoryBase
{
    public override Task<Standing> GetStanding(GetStandingRequest request, ServerCallContext context) =>
        getStanding.RunAsync(request, context.CancellationToken);
}

using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Claiming;

/// <summary>The edge of claims that a copy is back: hands each call to its feature.</summary>
public sealed class ClaimingEndpoint(Idempotency idempotency, ClaimReturned claim, SettleClaim settle, ListClaimedReturns claims) : ReturnClaimService.ReturnClaimServiceBase
{
    public override Task<Loan> ClaimReturned(ClaimReturnedRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => claim.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Loan> SettleClaim(SettleClaimRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => settle.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListClaimedReturnsResponse> ListClaimedReturns(ListClaimedReturnsRequest request, ServerCallContext context) =>
        claims.RunAsync(request, context.CancellationToken);
}

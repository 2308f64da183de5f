using Grpc.Core;
using Library.Catalog.Features.HandingOver;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Losing;

/// <summary>The edge of losses, damage and claims: hands each call to its feature.</summary>
public sealed class LossesEndpoint(
    Idempotency idempotency, DeclareLost declare, SettleLoss settle, ReadLosses losses, AssessDamage damage, ReadClaims claims) : LossesService.LossesServiceBase
{
    public override Task<Loss> DeclareLoanLost(DeclareLoanLostRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => declare.RunAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<Loss> ReplaceLoss(ReplaceLossRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => settle.ReplaceAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<Loss> CompensateLoss(CompensateLossRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => settle.CompensateAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<Loss> GetLoss(GetLossRequest request, ServerCallContext context) => AgainAsync(request.Name, context);

    public override Task<ListLossesResponse> ListLosses(ListLossesRequest request, ServerCallContext context) => losses.ListAsync(request, context.CancellationToken);

    public override Task<DamageAssessment> AssessDamage(AssessDamageRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => damage.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListClaimsResponse> ListClaims(ListClaimsRequest request, ServerCallContext context) => claims.RunAsync(request, context.CancellationToken);

    private Task<Loss> AgainAsync(string name, ServerCallContext context) => losses.GetAsync(name, context.CancellationToken);
}

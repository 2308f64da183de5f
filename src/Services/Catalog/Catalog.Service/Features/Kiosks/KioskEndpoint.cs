using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Kiosks;

/// <summary>The edge of self-check machines: hands each call to its feature (ADR 29).</summary>
public sealed class KioskEndpoint(Idempotency idempotency, ReadForKiosk read, CheckOutAtKiosk checkOut, CheckInAtKiosk checkIn, RenewAtKiosk renew)
    : KioskService.KioskServiceBase
{
    public override Task<KioskStatus> GetKioskStatus(GetKioskStatusRequest request, ServerCallContext context) => read.StatusAsync(request, context.CancellationToken);

    public override Task<KioskMember> GetKioskMember(GetKioskMemberRequest request, ServerCallContext context) =>
        read.MemberAsync(request, LanguageOf(context), context.CancellationToken);

    public override Task<KioskItem> GetKioskItem(GetKioskItemRequest request, ServerCallContext context) => read.ItemAsync(request, context.CancellationToken);

    public override Task<KioskLoan> KioskCheckOut(KioskCheckOutRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => checkOut.RunAsync(request, key, context.CancellationToken), AnswerWasKept<KioskLoan>);

    public override Task<KioskReturn> KioskCheckIn(KioskCheckInRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => checkIn.RunAsync(request, Caller.Of(context), key, context.CancellationToken), AnswerWasKept<KioskReturn>);

    public override Task<KioskLoan> KioskRenew(KioskRenewRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => renew.OneAsync(request, Caller.Of(context), key, context.CancellationToken), AnswerWasKept<KioskLoan>);

    public override Task<KioskRenewAllResponse> KioskRenewAll(KioskRenewAllRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => renew.AllAsync(request, Caller.Of(context), LanguageOf(context), key, context.CancellationToken),
        AnswerWasKept<KioskRenewAllResponse>);

    private static Task<T> AnswerWasKept<T>(string name) => throw new InvalidOperationException($"The answer of {name} was kept.");

    private static string LanguageOf(ServerCallContext context) => context.GetHttpContext().Request.Headers.AcceptLanguage.ToString();
}

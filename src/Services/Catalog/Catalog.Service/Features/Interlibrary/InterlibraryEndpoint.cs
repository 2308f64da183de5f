using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>The edge of interlibrary loan: hands each call to its feature.</summary>
public sealed class InterlibraryEndpoint(
    Idempotency idempotency, KeepPartners partners, RequestInterlibrary create, ReadInterlibrary requests, BorrowFromPartner borrow, LendToPartner lend, EndInterlibrary end)
    : InterlibraryService.InterlibraryServiceBase
{
    public override Task<PartnerLibrary> CreatePartnerLibrary(CreatePartnerLibraryRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => partners.CreateAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListPartnerLibrariesResponse> ListPartnerLibraries(ListPartnerLibrariesRequest request, ServerCallContext context) =>
        partners.ListAsync(request, context.CancellationToken);

    public override Task<InterlibraryRequest> CreateInterlibraryRequest(CreateInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => create.RunAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> GetInterlibraryRequest(GetInterlibraryRequestRequest request, ServerCallContext context) => AgainAsync(request.Name, context);

    public override Task<ListInterlibraryRequestsResponse> ListInterlibraryRequests(ListInterlibraryRequestsRequest request, ServerCallContext context) =>
        requests.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<InterlibraryRequest> SupplyInterlibraryRequest(SupplyInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => borrow.SupplyAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> ArriveInterlibraryRequest(ArriveInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => borrow.ArriveAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> SendBackInterlibraryRequest(SendBackInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => borrow.SendBackAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> ShipInterlibraryRequest(ShipInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => lend.ShipAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> ReceiveBackInterlibraryRequest(ReceiveBackInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => lend.ReceiveBackAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> CloseInterlibraryRequest(CloseInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => end.CloseAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> CancelInterlibraryRequest(CancelInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => end.CancelAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> UnfillInterlibraryRequest(UnfillInterlibraryRequestRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => end.UnfillAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<InterlibraryRequest> ReportInterlibraryLoss(ReportInterlibraryLossRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => end.ReportLostAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    private Task<InterlibraryRequest> AgainAsync(string name, ServerCallContext context) => requests.GetAsync(name, Caller.Of(context), context.CancellationToken);
}

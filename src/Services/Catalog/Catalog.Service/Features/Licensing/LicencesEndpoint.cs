using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Licensing;

/// <summary>The edge of licences: hands each call to its feature.</summary>
public sealed class LicencesEndpoint(
    Idempotency idempotency, AddLicence add, ReadLicences licences, LendLicence lend, EndLicenceLoan end, ReadLicenceLoans loans, LicenceHolds holds)
    : LicencesService.LicencesServiceBase
{
    public override Task<Licence> CreateLicence(CreateLicenceRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => add.RunAsync(request, key, context.CancellationToken), name => licences.GetAsync(name, context.CancellationToken));

    public override Task<ListLicencesResponse> ListLicences(ListLicencesRequest request, ServerCallContext context) =>
        licences.ListAsync(request, context.CancellationToken);

    public override Task<LicensedTitle> GetLicensedTitle(GetLicensedTitleRequest request, ServerCallContext context) =>
        licences.TitleAsync(request.Name, context.CancellationToken);

    public override Task<LicenceLoan> CreateLicenceLoan(CreateLicenceLoanRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => lend.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => loans.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<LicenceLoan> GetLicenceLoan(GetLicenceLoanRequest request, ServerCallContext context) =>
        loans.ReadAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<ListLicenceLoansResponse> ListLicenceLoans(ListLicenceLoansRequest request, ServerCallContext context) =>
        loans.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<LicenceLoan> EndLicenceLoan(EndLicenceLoanRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => end.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => loans.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<LicenceHold> CreateLicenceHold(CreateLicenceHoldRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => holds.CreateAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => holds.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<ListLicenceHoldsResponse> ListLicenceHolds(ListLicenceHoldsRequest request, ServerCallContext context) =>
        holds.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<LicenceHold> CancelLicenceHold(CancelLicenceHoldRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => holds.CancelAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => holds.GetAsync(name, Caller.Of(context), context.CancellationToken));
}

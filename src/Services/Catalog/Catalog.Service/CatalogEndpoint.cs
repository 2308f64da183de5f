using Grpc.Core;
using Library.Catalog.Features.CheckingOut;
using Library.Catalog.Features.Clock;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Interlibrary;
using Library.Catalog.Features.Licensing;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Lockers;
using Library.Catalog.Features.Merging;
using Library.Catalog.Features.Renewing;
using Library.Catalog.Features.Returning;
using Library.Catalog.Features.Searching;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Visiting;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog;

/// <summary>The edge: hands each call to its feature.</summary>
public sealed class CatalogEndpoint(
    Idempotency idempotency, ReadOperation operations, ListRecords search, SuggestRecords suggest, FindDuplicates duplicates, MergeRecords merge, MergeMatches matches, UnmergeRecord unmerge, ReadStock stock, CreateItem createItem,
    CheckOutItem checkOut, RenewLoan renew, ReturnItem takeBack, ReadLoans loans, MoveClock clock) : CatalogService.CatalogServiceBase
{
    public override Task<Operation> GetOperation(GetOperationRequest request, ServerCallContext context) =>
        operations.RunAsync(request.Name, context.CancellationToken);

    public override Task<ListRecordsResponse> ListRecords(ListRecordsRequest request, ServerCallContext context) =>
        search.RunAsync(request, context.CancellationToken);

    public override Task<SuggestRecordsResponse> SuggestRecords(SuggestRecordsRequest request, ServerCallContext context) =>
        suggest.RunAsync(request, context.CancellationToken);

    public override Task<FindDuplicatesResponse> FindDuplicates(FindDuplicatesRequest request, ServerCallContext context) =>
        duplicates.RunAsync(request, context.CancellationToken);

    public override Task<Record> MergeRecords(MergeRecordsRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => merge.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => stock.RecordAsync(name, context.CancellationToken));

    public override Task<MergeMatchesResponse> MergeMatches(MergeMatchesRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => matches.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Record> UnmergeRecord(UnmergeRecordRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => unmerge.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => stock.RecordAsync(name, context.CancellationToken));

    public override Task<Record> GetRecord(GetRecordRequest request, ServerCallContext context) => stock.RecordAsync(request.Name, context.CancellationToken);

    public override Task<Item> GetItem(GetItemRequest request, ServerCallContext context) => 
        stock.ItemAsync(request.Barcode, Caller.Of(context).IsStaff(), context.CancellationToken);

    public override Task<ListBranchesResponse> ListBranches(ListBranchesRequest request, ServerCallContext context) =>
        Task.FromResult(stock.Branches());

    public override Task<Item> CreateItem(CreateItemRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => createItem.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => stock.ItemAsync(name["items/".Length..], staff: true, context.CancellationToken));

    public override Task<Loan> CreateLoan(CreateLoanRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => checkOut.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => loans.GetAsync(name, default, Caller.Of(context), context.CancellationToken));

    public override Task<Loan> GetLoan(GetLoanRequest request, ServerCallContext context) =>
        loans.GetAsync(request.Name, request.Purpose, Caller.Of(context), context.CancellationToken);

    public override Task<Loan> RenewLoan(RenewLoanRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => renew.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => loans.GetAsync(name, default, Caller.Of(context), context.CancellationToken));

    public override Task<ListLoansResponse> ListLoans(ListLoansRequest request, ServerCallContext context) =>
        loans.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<Return> CreateReturn(CreateReturnRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => takeBack.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Clock> GetClock(GetClockRequest request, ServerCallContext context) => Task.FromResult(clock.Read());

    public override Task<Clock> AdvanceClock(AdvanceClockRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => clock.AdvanceAsync(request, key, context.CancellationToken),
        _ => Task.FromResult(clock.Read()));
}

/// <summary>What our own services ask.</summary>
public sealed class DirectoryEndpoint(
    LoansOfMember loansOf, ReadHolds holds, ReadDeposits deposits, ReadInterlibrary interlibrary, LicenceHolds licences, ReadVisit visits) : CatalogDirectory.CatalogDirectoryBase
{
    public override Task<ReadyHold> GetReadyHold(GetReadyHoldRequest request, ServerCallContext context) => holds.ReadyAsync(request, context.CancellationToken);

    public override Task<LoansOf> GetLoansOf(GetLoansOfRequest request, ServerCallContext context) => loansOf.RunAsync(request, context.CancellationToken);

    public override Task<LockerPickup> GetLockerPickup(GetLockerPickupRequest request, ServerCallContext context) => deposits.PickupAsync(request, context.CancellationToken);

    public override Task<InterlibraryNews> GetInterlibraryNews(GetInterlibraryNewsRequest request, ServerCallContext context) =>
        interlibrary.NewsAsync(request, context.CancellationToken);

    public override Task<LicenceOffer> GetLicenceOffer(GetLicenceOfferRequest request, ServerCallContext context) => licences.OfferAsync(request, context.CancellationToken);

    public override Task<DeskVisit> GetVisitOf(GetVisitOfRequest request, ServerCallContext context) => visits.RunAsync(request, context.CancellationToken);
}

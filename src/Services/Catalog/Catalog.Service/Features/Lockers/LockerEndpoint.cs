using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Lockers;

/// <summary>The edge of parcel lockers: hands each call to its feature.</summary>
public sealed class LockerEndpoint(
    Idempotency idempotency, KeepLockers lockers, ReadDeposits deposits, PutIntoLocker put, OpenLocker open, TakeOutOfLocker takeOut, ReturnThroughLocker returns)
    : LockerService.LockerServiceBase
{
    public override Task<Locker> CreateLocker(CreateLockerRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => lockers.CreateAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Locker> GetLocker(GetLockerRequest request, ServerCallContext context) =>
        lockers.GetAsync(request.Name, Caller.Of(context), context.CancellationToken);

    public override Task<ListLockersResponse> ListLockers(ListLockersRequest request, ServerCallContext context) => lockers.ListAsync(request, context.CancellationToken);

    public override Task<Locker> SetCompartment(SetCompartmentRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => lockers.SetAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => lockers.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<LockerDeposit> OpenLocker(OpenLockerRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => open.RunAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<LockerDeposit> DropInLocker(DropInLockerRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => returns.DropAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<LockerDeposit> CreateLockerDeposit(CreateLockerDepositRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => put.RunAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<LockerDeposit> GetLockerDeposit(GetLockerDepositRequest request, ServerCallContext context) => AgainAsync(request.Name, context);

    public override Task<ListLockerDepositsResponse> ListLockerDeposits(ListLockerDepositsRequest request, ServerCallContext context) =>
        deposits.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<LockerDeposit> MoveLockerDeposit(MoveLockerDepositRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => put.MoveAsync(request, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<LockerDeposit> TakeOutLockerDeposit(TakeOutLockerDepositRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => takeOut.RunAsync(request.Name, Caller.Of(context), key, context.CancellationToken), name => AgainAsync(name, context));

    public override Task<EmptyLockerDepositResponse> EmptyLockerDeposit(EmptyLockerDepositRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => returns.EmptyAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    private Task<LockerDeposit> AgainAsync(string name, ServerCallContext context) => deposits.GetAsync(name, Caller.Of(context), context.CancellationToken);
}

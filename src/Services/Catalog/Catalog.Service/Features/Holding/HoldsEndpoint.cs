using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Holding;

/// <summary>The edge of holds: hands each call to its feature.</summary>
public sealed class HoldsEndpoint(Idempotency idempotency, PlaceHold place, ChangeHold change, ReadHolds holds, ListHoldTasks tasks) : HoldsService.HoldsServiceBase
{
    public override Task<Hold> CreateHold(CreateHoldRequest request, ServerCallContext context) =>
        OnceAsync(request, context, (caller, key) => place.RunAsync(request, caller, key, context.CancellationToken));

    public override Task<Hold> GetHold(GetHoldRequest request, ServerCallContext context) =>
        holds.GetAsync(request.Name, Caller.Of(context), context.CancellationToken);

    public override Task<ListHoldsResponse> ListHolds(ListHoldsRequest request, ServerCallContext context) =>
        holds.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<Hold> CancelHold(CancelHoldRequest request, ServerCallContext context) =>
        OnceAsync(request, context, (caller, key) => change.CancelAsync(request, caller, key, context.CancellationToken));

    public override Task<Hold> SuspendHold(SuspendHoldRequest request, ServerCallContext context) =>
        OnceAsync(request, context, (caller, key) => change.SuspendAsync(request, caller, key, context.CancellationToken));

    public override Task<Hold> ResumeHold(ResumeHoldRequest request, ServerCallContext context) =>
        OnceAsync(request, context, (caller, key) => change.ResumeAsync(request, caller, key, context.CancellationToken));

    public override Task<Hold> ChangeHoldPickup(ChangeHoldPickupRequest request, ServerCallContext context) =>
        OnceAsync(request, context, (caller, key) => change.ChangePickupAsync(request, caller, key, context.CancellationToken));

    public override Task<ListHoldTasksResponse> ListHoldTasks(ListHoldTasksRequest request, ServerCallContext context) =>
        tasks.RunAsync(request, context.CancellationToken);

    private Task<Hold> OnceAsync(Google.Protobuf.IMessage request, ServerCallContext context, Func<Caller, CommandKey, Task<Hold>> command)
    {
        var caller = Caller.Of(context);
        return idempotency.RunAsync(context, request, key => command(caller, key), name => holds.GetAsync(name, caller, context.CancellationToken));
    }
}

/// <summary>What this folder is made of.</summary>
public static class HoldingSetup
{
    public static IServiceCollection AddHolding(this IServiceCollection services) => services
        .AddSingleton<HoldQueue>().AddSingleton<PlaceHold>().AddSingleton<ChangeHold>().AddSingleton<ReadHolds>().AddSingleton<ListHoldTasks>()
        .AddSingleton<IPeriodicJob, SettleHolds>();
}

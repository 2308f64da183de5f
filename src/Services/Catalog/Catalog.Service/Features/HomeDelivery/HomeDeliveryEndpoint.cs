using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>The edge of home delivery: hands each call to its feature.</summary>
public sealed class HomeDeliveryEndpoint(
    Idempotency idempotency, HomeReaders readers, HomeCarriers carriers, PlanRound plan, ReadRounds rounds, RecordStop record, CloseRound close)
    : HomeDeliveryService.HomeDeliveryServiceBase
{
    public override Task<HomeReader> SetHomeReader(SetHomeReaderRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => readers.SetAsync(request, key, context.CancellationToken), member => readers.GetAsync(member, context.CancellationToken));

    public override Task<ListHomeReadersResponse> ListHomeReaders(ListHomeReadersRequest request, ServerCallContext context) =>
        readers.ListAsync(request, context.CancellationToken);

    public override Task<HomeCarrier> CreateHomeCarrier(CreateHomeCarrierRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => carriers.CreateAsync(request, key, context.CancellationToken), Kept);

    public override Task<HomeCarrier> RetireHomeCarrier(RetireHomeCarrierRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => carriers.RetireAsync(request, key, context.CancellationToken), Kept);

    public override Task<ListHomeCarriersResponse> ListHomeCarriers(ListHomeCarriersRequest request, ServerCallContext context) =>
        carriers.ListAsync(request, context.CancellationToken);

    public override Task<HomeRound> CreateHomeRound(CreateHomeRoundRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request, key => plan.RunAsync(request, key, context.CancellationToken), name => rounds.GetAsync(name, context.CancellationToken));

    public override Task<HomeRound> GetHomeRound(GetHomeRoundRequest request, ServerCallContext context) => rounds.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListHomeRoundsResponse> ListHomeRounds(ListHomeRoundsRequest request, ServerCallContext context) =>
        rounds.ListAsync(request, context.CancellationToken);

    public override Task<HomeStop> RecordHomeStop(RecordHomeStopRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => record.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        _ => record.GetAsync(request.Name, request.Position, context.CancellationToken));

    public override Task<HomeRound> CloseHomeRound(CloseHomeRoundRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => close.RunAsync(request.Name, Caller.Of(context), key, context.CancellationToken),
        name => rounds.GetAsync(name, context.CancellationToken));

    public override Task<HomeDeliveryCounts> CountHomeDelivery(CountHomeDeliveryRequest request, ServerCallContext context) =>
        rounds.CountAsync(request, context.CancellationToken);

    private static Task<HomeCarrier> Kept(string code) => throw new InvalidOperationException($"The answer of {code} was kept.");
}

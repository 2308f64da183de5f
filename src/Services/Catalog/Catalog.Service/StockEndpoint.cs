using Grpc.Core;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Stocktaking;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog;

/// <summary>The edge of the stock: hands each call to its feature.</summary>
public sealed class StockEndpoint(
    Idempotency idempotency, ReadStock stock, ListItems list, UpdateItem update, MarkItem mark, ReadHistory history,
    OpenStocktaking open, ScanShelf scan, ReadStocktaking stocktakings, EndStocktaking end, ReadProtocol protocols) : StockService.StockServiceBase
{
    public override Task<ListItemsResponse> ListItems(ListItemsRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);

    public override Task<Item> UpdateItem(UpdateItemRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => update.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => ItemAsync(name, context));

    public override Task<Item> MarkItem(MarkItemRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => mark.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => ItemAsync(name, context));

    public override Task<ItemEvent> AddConditionNote(AddConditionNoteRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => mark.NoteAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ItemHistory> GetItemHistory(GetItemHistoryRequest request, ServerCallContext context) =>
        history.RunAsync(request, context.CancellationToken);

    public override Task<V1.Stocktaking> CreateStocktaking(CreateStocktakingRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => open.RunAsync(request, key, context.CancellationToken),
        name => stocktakings.GetAsync(name, context.CancellationToken));

    public override Task<V1.Stocktaking> GetStocktaking(GetStocktakingRequest request, ServerCallContext context) =>
        stocktakings.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListStocktakingsResponse> ListStocktakings(ListStocktakingsRequest request, ServerCallContext context) =>
        stocktakings.ListAsync(request, context.CancellationToken);

    public override Task<ScanResult> ScanStocktaking(ScanStocktakingRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => scan.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListFindingsResponse> ListFindings(ListFindingsRequest request, ServerCallContext context) =>
        stocktakings.FindingsAsync(request, context.CancellationToken);

    public override Task<V1.Stocktaking> StartSecondPass(StartSecondPassRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => end.SecondPassAsync(request.Name, Caller.Of(context), key, context.CancellationToken),
        name => stocktakings.GetAsync(name, context.CancellationToken));

    public override Task<V1.Stocktaking> CloseStocktaking(CloseStocktakingRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => end.CloseAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => stocktakings.GetAsync(name, context.CancellationToken));

    public override Task<V1.Stocktaking> CancelStocktaking(CancelStocktakingRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => end.CancelAsync(request.Name, Caller.Of(context), key, context.CancellationToken),
        name => stocktakings.GetAsync(name, context.CancellationToken));

    public override Task<StocktakingProtocol> GetProtocol(GetProtocolRequest request, ServerCallContext context) =>
        protocols.GetAsync(request.Name, context.CancellationToken);

    private Task<Item> ItemAsync(string name, ServerCallContext context) =>
        stock.ItemAsync(name["items/".Length..], staff: true, context.CancellationToken);
}

using Google.Protobuf;
using Grpc.Core;
using Library.Catalog.Features.Donating;
using Library.Catalog.Features.Moving;
using Library.Catalog.Features.Rotating;
using Library.Catalog.Features.Stock;
using Library.Catalog.Features.Stocktaking;
using Library.Catalog.Features.WritingOff;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog;

/// <summary>The edge of the stock: hands each call to its feature.</summary>
public sealed class StockEndpoint(
    Idempotency idempotency, ReadStock stock, ListItems list, UpdateItem update, MarkItem mark, ReadHistory history,
    OpenStocktaking open, ScanShelf scan, ReadStocktaking stocktakings, EndStocktaking end, ReadProtocol protocols,
    DraftWriteOff draft, ExecuteWriteOff writeOff, ReadWriteOffs writeOffs, SellItem sell, Donations donations,
    TransferItem transfer, VanRuns runs, ScanVan van, BalanceStock balance, MobileStops stops, Boxes boxes) : StockService.StockServiceBase
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

    public override Task<WriteOff> CreateWriteOff(CreateWriteOffRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => draft.CreateAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => writeOffs.GetAsync(name, context.CancellationToken));

    public override Task<WriteOff> GetWriteOff(GetWriteOffRequest request, ServerCallContext context) =>
        writeOffs.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListWriteOffsResponse> ListWriteOffs(ListWriteOffsRequest request, ServerCallContext context) =>
        writeOffs.ListAsync(request, context.CancellationToken);

    public override Task<ListWriteOffItemsResponse> ListWriteOffItems(ListWriteOffItemsRequest request, ServerCallContext context) =>
        writeOffs.ItemsAsync(request, context.CancellationToken);

    public override Task<AddWriteOffItemsResponse> AddWriteOffItems(AddWriteOffItemsRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => draft.AddAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<WriteOff> RemoveWriteOffItems(RemoveWriteOffItemsRequest request, ServerCallContext context) => WriteOffAsync(
        context, request, request.Name, key => draft.RemoveAsync(request, Caller.Of(context), key, context.CancellationToken));

    public override Task<WriteOff> ProposeWriteOff(ProposeWriteOffRequest request, ServerCallContext context) => WriteOffAsync(
        context, request, request.Name, key => writeOff.ProposeAsync(request.Name, Caller.Of(context), key, context.CancellationToken));

    public override Task<WriteOff> ExecuteWriteOff(ExecuteWriteOffRequest request, ServerCallContext context) => WriteOffAsync(
        context, request, request.Name, key => writeOff.ExecuteAsync(request, Caller.Of(context), key, context.CancellationToken));

    public override Task<WriteOff> CancelWriteOff(CancelWriteOffRequest request, ServerCallContext context) => WriteOffAsync(
        context, request, request.Name, key => writeOff.CancelAsync(request.Name, Caller.Of(context), key, context.CancellationToken));

    public override Task<ItemSale> SellItem(SellItemRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => sell.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListItemSalesResponse> ListItemSales(ListItemSalesRequest request, ServerCallContext context) =>
        sell.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<Donation> CreateDonation(CreateDonationRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => donations.CreateAsync(request, key, context.CancellationToken),
        name => donations.GetAsync(name, context.CancellationToken));

    public override Task<Donation> GetDonation(GetDonationRequest request, ServerCallContext context) =>
        donations.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListDonationsResponse> ListDonations(ListDonationsRequest request, ServerCallContext context) =>
        donations.ListAsync(request, context.CancellationToken);

    public override Task<Item> TransferItem(TransferItemRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => transfer.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => ItemAsync(name, context));

    public override Task<ListTransitItemsResponse> ListTransitItems(ListTransitItemsRequest request, ServerCallContext context) =>
        transfer.WaitingAsync(request, context.CancellationToken);

    public override Task<VanRun> CreateVanRun(CreateVanRunRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => runs.CreateAsync(request, key, context.CancellationToken),
        name => runs.GetAsync(name, context.CancellationToken));

    public override Task<VanRun> GetVanRun(GetVanRunRequest request, ServerCallContext context) => runs.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListVanRunsResponse> ListVanRuns(ListVanRunsRequest request, ServerCallContext context) =>
        runs.ListAsync(request, context.CancellationToken);

    public override Task<ListVanRunItemsResponse> ListVanRunItems(ListVanRunItemsRequest request, ServerCallContext context) =>
        runs.ItemsAsync(request, context.CancellationToken);

    public override Task<ScanVanRunResponse> LoadVanRun(ScanVanRunRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => van.LoadAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ScanVanRunResponse> UnloadVanRun(ScanVanRunRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => van.UnloadAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<VanRun> CloseVanRun(CloseVanRunRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        async key =>
        {
            await runs.CloseAsync(request.Name, key, context.CancellationToken);
            return await runs.GetAsync(request.Name, context.CancellationToken);
        },
        name => runs.GetAsync(name, context.CancellationToken));

    public override Task<BalanceStockResponse> BalanceStock(BalanceStockRequest request, ServerCallContext context) =>
        balance.RunAsync(request, context.CancellationToken);

    public override Task<MobileStop> CreateMobileStop(CreateMobileStopRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => stops.CreateAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListMobileStopsResponse> ListMobileStops(ListMobileStopsRequest request, ServerCallContext context) =>
        stops.ListAsync(request, context.CancellationToken);

    public override Task<Box> CreateBox(CreateBoxRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => boxes.CreateAsync(request, key, context.CancellationToken),
        name => boxes.GetAsync(name["boxes/".Length..], "", context.CancellationToken));

    public override Task<Box> GetBox(GetBoxRequest request, ServerCallContext context) => boxes.GetAsync(request.Code, request.On, context.CancellationToken);

    public override Task<ListBoxesResponse> ListBoxes(ListBoxesRequest request, ServerCallContext context) =>
        boxes.ListAsync(request, context.CancellationToken);

    public override Task<RotateBoxesResponse> RotateBoxes(RotateBoxesRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => boxes.RotateAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    /// <summary>A step with a commission's list, which is read when the step is taken.</summary>
    private Task<WriteOff> WriteOffAsync(ServerCallContext context, IMessage request, string name, Func<CommandKey, Task> step) => idempotency.RunAsync(
        context, request,
        async key =>
        {
            await step(key);
            return await writeOffs.GetAsync(name, context.CancellationToken);
        },
        _ => writeOffs.GetAsync(name, context.CancellationToken));

    private Task<Item> ItemAsync(string name, ServerCallContext context) =>
        stock.ItemAsync(name["items/".Length..], staff: true, context.CancellationToken);
}

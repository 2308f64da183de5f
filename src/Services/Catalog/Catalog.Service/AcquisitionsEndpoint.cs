using Grpc.Core;
using Library.Catalog.Features.Invoicing;
using Library.Catalog.Features.Ordering;
using Library.Catalog.Features.Planning;
using Library.Catalog.Features.Suggesting;
using Library.Catalog.Features.Suppliers;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog;

/// <summary>The edge of suggestions, orders, invoices and plans.</summary>
public sealed class AcquisitionsEndpoint(
    Idempotency idempotency, CreateSuggestion suggest, DecideSuggestion decide, ReadSuggestions suggestions, KeepSuppliers suppliers, KeepFunds funds,
    CreateOrder order, SendOrder send, CancelOrderLine cancel, ReceiveOrderLine receive, OrderRows orders, CreateSupplierInvoice invoice, ReadInvoices invoices,
    KeepPlan plan, ReportAcquisitions report) : AcquisitionsService.AcquisitionsServiceBase
{
    public override Task<Suggestion> CreateSuggestion(CreateSuggestionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => suggest.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => suggestions.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<Suggestion> GetSuggestion(GetSuggestionRequest request, ServerCallContext context) =>
        suggestions.GetAsync(request.Name, Caller.Of(context), context.CancellationToken);

    public override Task<ListSuggestionsResponse> ListSuggestions(ListSuggestionsRequest request, ServerCallContext context) =>
        suggestions.ListAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<Suggestion> AcceptSuggestion(AcceptSuggestionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => decide.AcceptAsync(request, key, context.CancellationToken),
        name => suggestions.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<Suggestion> DeclineSuggestion(DeclineSuggestionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => decide.DeclineAsync(request, key, context.CancellationToken),
        name => suggestions.GetAsync(name, Caller.Of(context), context.CancellationToken));

    public override Task<Supplier> CreateSupplier(CreateSupplierRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => suppliers.CreateAsync(request, key, context.CancellationToken),
        name => suppliers.GetAsync(name, context.CancellationToken));

    public override Task<Supplier> GetSupplier(GetSupplierRequest request, ServerCallContext context) =>
        suppliers.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListSuppliersResponse> ListSuppliers(ListSuppliersRequest request, ServerCallContext context) =>
        suppliers.ListAsync(request, context.CancellationToken);

    public override Task<AcquisitionFund> CreateAcquisitionFund(CreateAcquisitionFundRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => funds.CreateAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<AcquisitionFund> CloseAcquisitionFund(CloseAcquisitionFundRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => funds.CloseAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListAcquisitionFundsResponse> ListAcquisitionFunds(ListAcquisitionFundsRequest request, ServerCallContext context) =>
        funds.ListAsync(request, context.CancellationToken);

    public override Task<Order> CreateOrder(CreateOrderRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => order.RunAsync(request, key, context.CancellationToken),
        name => orders.GetAsync(name, context.CancellationToken));

    public override Task<Order> GetOrder(GetOrderRequest request, ServerCallContext context) => orders.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListOrdersResponse> ListOrders(ListOrdersRequest request, ServerCallContext context) => orders.ListAsync(request, context.CancellationToken);

    public override Task<Order> SendOrder(SendOrderRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => send.RunAsync(request, key, context.CancellationToken),
        name => orders.GetAsync(name, context.CancellationToken));

    public override Task<Order> CancelOrderLine(CancelOrderLineRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => cancel.RunAsync(request, key, context.CancellationToken),
        name => orders.GetAsync(name, context.CancellationToken));

    public override Task<Order> ReceiveOrderLine(ReceiveOrderLineRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => receive.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => orders.GetAsync(name, context.CancellationToken));

    public override Task<SupplierInvoice> CreateSupplierInvoice(CreateSupplierInvoiceRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => invoice.RunAsync(request, key, context.CancellationToken),
        name => invoices.GetAsync(name, context.CancellationToken));

    public override Task<SupplierInvoice> GetSupplierInvoice(GetSupplierInvoiceRequest request, ServerCallContext context) =>
        invoices.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListSupplierInvoicesResponse> ListSupplierInvoices(ListSupplierInvoicesRequest request, ServerCallContext context) =>
        invoices.ListAsync(request, context.CancellationToken);

    public override Task<AcquisitionPlan> SetAcquisitionPlan(SetAcquisitionPlanRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => plan.SetAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListAcquisitionPlansResponse> ListAcquisitionPlans(ListAcquisitionPlansRequest request, ServerCallContext context) =>
        plan.ListAsync(request, context.CancellationToken);

    public override Task<AcquisitionReport> GetAcquisitionReport(GetAcquisitionReportRequest request, ServerCallContext context) =>
        report.RunAsync(request, context.CancellationToken);
}

/// <summary>What stands behind <see cref="AcquisitionsEndpoint"/>.</summary>
public static class AcquisitionsSetup
{
    public static IServiceCollection AddAcquisitions(this IServiceCollection services) => services
        .AddSingleton<CreateSuggestion>().AddSingleton<DecideSuggestion>().AddSingleton<ReadSuggestions>().AddSingleton<KeepSuppliers>().AddSingleton<KeepFunds>()
        .AddSingleton<CreateOrder>().AddSingleton<SendOrder>().AddSingleton<CancelOrderLine>().AddSingleton<ReceiveOrderLine>().AddSingleton<OrderRows>()
        .AddSingleton<CreateSupplierInvoice>().AddSingleton<ReadInvoices>().AddSingleton<KeepPlan>().AddSingleton<ReportAcquisitions>();
}

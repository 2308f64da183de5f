using Grpc.Core;
using Library.Catalog.Features.Visiting;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Explaining;

/// <summary>The edge of what stands behind loans and of visits: hands each call to its feature.</summary>
public sealed class CirculationEndpoint(
    Idempotency idempotency, ExplainLoan explain, ListLoanDiscretions discretions, ReadVisit visits, MailReceipt mail) : CirculationService.CirculationServiceBase
{
    public override Task<ExplainLoanResponse> ExplainLoan(ExplainLoanRequest request, ServerCallContext context) =>
        explain.RunAsync(request, Caller.Of(context), context.GetHttpContext().Request.Headers.AcceptLanguage.ToString(), context.CancellationToken);

    public override Task<ListLoanDiscretionsResponse> ListLoanDiscretions(ListLoanDiscretionsRequest request, ServerCallContext context) =>
        discretions.RunAsync(request, context.CancellationToken);

    public override Task<DeskVisit> GetVisit(GetVisitRequest request, ServerCallContext context) =>
        visits.RunAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<MailReceiptResponse> MailReceipt(MailReceiptRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => mail.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));
}

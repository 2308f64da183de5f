using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Explaining;

/// <summary>The edge of what stands behind loans: hands each call to its feature.</summary>
public sealed class CirculationEndpoint(ExplainLoan explain, ListLoanDiscretions discretions) : CirculationService.CirculationServiceBase
{
    public override Task<ExplainLoanResponse> ExplainLoan(ExplainLoanRequest request, ServerCallContext context) =>
        explain.RunAsync(request, Caller.Of(context), context.GetHttpContext().Request.Headers.AcceptLanguage.ToString(), context.CancellationToken);

    public override Task<ListLoanDiscretionsResponse> ListLoanDiscretions(ListLoanDiscretionsRequest request, ServerCallContext context) =>
        discretions.RunAsync(request, context.CancellationToken);
}

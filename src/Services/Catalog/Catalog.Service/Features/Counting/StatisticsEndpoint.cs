using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Counting;

/// <summary>The edge of statistics: hands each call to its feature.</summary>
public sealed class StatisticsEndpoint(Idempotency idempotency, CountLibraryUse uses, CountVisits visits, ReportCirculation report, ReconcileCirculation reconcile)
    : StatisticsService.StatisticsServiceBase
{
    public override Task<LibraryUse> CreateLibraryUse(CreateLibraryUseRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => uses.RunAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<Visit> CreateVisit(CreateVisitRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => visits.RunAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<CirculationStatistics> GetCirculationStatistics(GetCirculationStatisticsRequest request, ServerCallContext context) =>
        report.RunAsync(request, context.CancellationToken);

    public override Task<CirculationReconciliation> GetCirculationReconciliation(GetCirculationReconciliationRequest request, ServerCallContext context) =>
        reconcile.RunAsync(request, context.CancellationToken);
}

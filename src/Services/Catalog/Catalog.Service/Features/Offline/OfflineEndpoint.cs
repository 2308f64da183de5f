using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Offline;

/// <summary>The edge of offline circulation: hands each call to its feature.</summary>
public sealed class OfflineEndpoint(Idempotency idempotency, ReadOfflineLogs logs, ResolveException resolve) : OfflineService.OfflineServiceBase
{
    public override Task<OfflineLog> GetOfflineLog(GetOfflineLogRequest request, ServerCallContext context) =>
        logs.GetAsync(request.Name, Caller.Of(context), context.CancellationToken);

    public override Task<ListOfflineLogsResponse> ListOfflineLogs(ListOfflineLogsRequest request, ServerCallContext context) =>
        logs.ListAsync(request, context.CancellationToken);

    public override Task<ListOfflineExceptionsResponse> ListOfflineExceptions(ListOfflineExceptionsRequest request, ServerCallContext context) =>
        logs.ListExceptionsAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<OfflineException> ResolveOfflineException(ResolveOfflineExceptionRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => resolve.RunAsync(request, Caller.Of(context), key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));
}

using Grpc.Core;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Archive;

/// <summary>The edge of the archive of loans: hands each call to its feature.</summary>
public sealed class ArchiveEndpoint(Idempotency idempotency, FindLastBorrower last, SetDispute dispute, ArchiveReadings readings) : ArchiveService.ArchiveServiceBase
{
    public override Task<LastBorrower> GetLastBorrower(GetLastBorrowerRequest request, ServerCallContext context) =>
        last.RunAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<Loan> SetDispute(SetDisputeRequest request, ServerCallContext context) => idempotency.RunAsync(
        context, request,
        key => dispute.RunAsync(request, key, context.CancellationToken),
        name => throw new InvalidOperationException($"The answer of {name} was kept."));

    public override Task<ListArchiveReadingsResponse> ListArchiveReadings(ListArchiveReadingsRequest request, ServerCallContext context) =>
        readings.ListAsync(request, context.CancellationToken);
}

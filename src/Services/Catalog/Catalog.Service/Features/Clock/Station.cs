using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Operations;

namespace Library.Catalog.Features.Clock;

/// <summary>A service whose jobs and messages belong to a day's work.</summary>
public abstract class Station(string name)
{
    /// <summary>Of the service.</summary>
    public string Name => name;

    /// <summary>Takes over the clock's offset and runs what is due.</summary>
    public abstract Task RunDueJobsAsync(long offsetMs, CancellationToken cancellationToken);

    public abstract Task<GetBacklogResponse> GetBacklogAsync(Instant publishedSince, CancellationToken cancellationToken);

    public abstract Task<FindUnhandledResponse> FindUnhandledAsync(FindUnhandledRequest request, CancellationToken cancellationToken);

    protected static GetBacklogRequest Since(Instant published) => new() { PublishedSince = Timestamp.FromDateTimeOffset(published.ToDateTimeOffset()) };
}

/// <summary>Catalog itself, asked without the network.</summary>
public sealed class OwnStation(string name, OperationsEndpoint own) : Station(name)
{
    public override async Task RunDueJobsAsync(long offsetMs, CancellationToken cancellationToken)
    {
        try
        {
            await own.RunDueJobsAsync(new RunDueJobsRequest { OffsetMs = offsetMs }, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw Failure.Stuck($"{Name}: its periodic jobs run in another instance");
        }
    }

    public override Task<GetBacklogResponse> GetBacklogAsync(Instant publishedSince, CancellationToken cancellationToken) =>
        own.GetBacklogAsync(Since(publishedSince), cancellationToken);

    public override Task<FindUnhandledResponse> FindUnhandledAsync(FindUnhandledRequest request, CancellationToken cancellationToken) =>
        own.FindUnhandledAsync(request, cancellationToken);
}

/// <summary>Another service. One that cannot be reached is left out and asked again a little later: it catches up by itself when it starts.</summary>
public sealed class PeerStation(string name, OperationsService.OperationsServiceClient client, TimeProvider time, ILogger log) : Station(name)
{
    private static readonly TimeSpan JobsDeadline = TimeSpan.FromSeconds(25), AskDeadline = TimeSpan.FromSeconds(5), LeaveOut = TimeSpan.FromSeconds(1);
    private long awaySince;

    public override async Task RunDueJobsAsync(long offsetMs, CancellationToken cancellationToken) =>
        await AskAsync(
            new RunDueJobsResponse(), "its periodic jobs", JobsDeadline,
            options => client.RunDueJobsAsync(new RunDueJobsRequest { OffsetMs = offsetMs }, options), cancellationToken);

    public override Task<GetBacklogResponse> GetBacklogAsync(Instant publishedSince, CancellationToken cancellationToken) =>
        AskAsync(new GetBacklogResponse(), "its backlog", AskDeadline, options => client.GetBacklogAsync(Since(publishedSince), options), cancellationToken);

    public override Task<FindUnhandledResponse> FindUnhandledAsync(FindUnhandledRequest request, CancellationToken cancellationToken) =>
        AskAsync(new FindUnhandledResponse(), "its messages", AskDeadline, options => client.FindUnhandledAsync(request, options), cancellationToken);

    private async Task<T> AskAsync<T>(T nothing, string what, TimeSpan deadline, Func<CallOptions, AsyncUnaryCall<T>> ask, CancellationToken cancellationToken)
    {
        if (awaySince != 0 && time.GetElapsedTime(awaySince) < LeaveOut) return nothing;
        try
        {
            using var call = ask(new CallOptions(deadline: (time.GetUtcNow() + deadline).UtcDateTime, cancellationToken: cancellationToken));
            var answer = await call;
            awaySince = 0;
            return answer;
        }
        catch (RpcException away) when (away.StatusCode == StatusCode.Unavailable)
        {
            if (awaySince == 0) log.LogWarning("{Service} cannot be reached while the clock moves; it is left out until it can", Name);
            awaySince = time.GetTimestamp();
            return nothing;
        }
        catch (RpcException late) when (late.StatusCode == StatusCode.DeadlineExceeded)
        {
            throw Failure.Stuck($"{Name}: {what}");
        }
    }
}

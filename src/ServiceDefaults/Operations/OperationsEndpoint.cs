using Grpc.Core;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Time;

namespace Library.ServiceDefaults.Operations;

/// <summary>Work that a service has queued itself and not tried once yet, for example deliveries; part of its backlog.</summary>
public delegate Task<long> CountUntried(CancellationToken cancellationToken);

/// <summary>
/// How Catalog moves the clock of every service and knows when a day's work is done; see operations.proto. The overloads without a
/// call's context are for Catalog's own part, which needs no network.
/// </summary>
public sealed class OperationsEndpoint(
    NpgsqlDataSource database, BusinessClock clock, ClockKeeper keeper, JobRunner jobs, ConsumedMessages consumed, Outbox outbox, IEnumerable<CountUntried> untried)
    : OperationsService.OperationsServiceBase
{
    private const int MostMessages = 10_000;

    public override Task<GetClockOffsetResponse> GetClockOffset(GetClockOffsetRequest request, ServerCallContext context) =>
        Task.FromResult(new GetClockOffsetResponse { OffsetMs = clock.OffsetMs });

    public override Task<RunDueJobsResponse> RunDueJobs(RunDueJobsRequest request, ServerCallContext context) => RunDueJobsAsync(request, context.CancellationToken);

    public async Task<RunDueJobsResponse> RunDueJobsAsync(RunDueJobsRequest request, CancellationToken cancellationToken)
    {
        await keeper.TakeOverAsync(request.OffsetMs, cancellationToken);
        return new RunDueJobsResponse { Ran = { await jobs.RunDueAsync(cancellationToken) } };
    }

    public override Task<GetBacklogResponse> GetBacklog(GetBacklogRequest request, ServerCallContext context) => GetBacklogAsync(request, context.CancellationToken);

    public async Task<GetBacklogResponse> GetBacklogAsync(GetBacklogRequest request, CancellationToken cancellationToken)
    {
        var answer = new GetBacklogResponse();
        foreach (var count in untried) answer.Untried += await count(cancellationToken);
        await using var command = database.Command("""
            SELECT id, type, published_at IS NULL FROM outbox WHERE published_at IS NULL OR published_at >= $1 LIMIT $2
            """, Instant.FromDateTimeOffset(request.PublishedSince.ToDateTimeOffset()), MostMessages);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            if (reader.GetBoolean(2)) answer.Unpublished++;
            else answer.Published.Add(new PublishedMessage { Id = Google.Protobuf.ByteString.CopyFrom(reader.GetGuid(0).ToByteArray(bigEndian: true)), Type = reader.GetString(1) });
        if (answer.Unpublished > 0) outbox.Wake();
        return answer;
    }

    public override Task<FindUnhandledResponse> FindUnhandled(FindUnhandledRequest request, ServerCallContext context) =>
        FindUnhandledAsync(request, context.CancellationToken);

    public async Task<FindUnhandledResponse> FindUnhandledAsync(FindUnhandledRequest request, CancellationToken cancellationToken)
    {
        if (request.Messages.Count > MostMessages)
            throw Failure.Invalid(new Violation("messages", "LENGTH", ("min", "0"), ("max", "10000")));
        var expected = request.Messages
            .Where(message => consumed.ConsumersOf.ContainsKey(message.Type))
            .SelectMany(message => consumed.ConsumersOf[message.Type].Select(consumer =>
                (Id: new Guid(message.Id.Span, bigEndian: true), message.Type, Consumer: consumer)))
            .ToList();
        var answer = new FindUnhandledResponse();
        if (expected.Count == 0) return answer;
        await using var command = database.Command("SELECT message_id, consumer FROM inbox WHERE message_id = ANY ($1)", expected.Select(e => e.Id).Distinct().ToArray());
        var handled = new HashSet<(Guid, string)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) handled.Add((reader.GetGuid(0), reader.GetString(1)));
        foreach (var group in expected.Where(e => !handled.Contains((e.Id, e.Consumer))).GroupBy(e => $"{e.Type} at {e.Consumer}"))
            answer.Unhandled[group.Key] = group.Count();
        return answer;
    }
}

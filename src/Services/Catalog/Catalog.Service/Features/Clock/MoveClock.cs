using Google.Protobuf.WellKnownTypes;
using Grpc.Net.ClientFactory;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.Contracts.Operations;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Operations;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using NodaTime.Text;

namespace Library.Catalog.Features.Clock;

/// <summary>
/// Moves the network's business clock forward in Development, day by day at the same local time: every service runs its jobs of the day,
/// then the day's messages are waited for (ADR 6). One move at a time, here and in other instances (a lease).
/// </summary>
public sealed class MoveClock(
    NpgsqlDataSource database, BusinessClock clock, ClockKeeper keeper, Leases leases, OperationsEndpoint own, GrpcClientFactory peers, TimeProvider time,
    IHostEnvironment environment, ILogger<MoveClock> log)
{
    /// <summary>The services that are told beside Catalog; also the names of their clients.</summary>
    public static readonly IReadOnlyList<string> Peers = ["membership", "finance", "events", "notifications"];

    private const string Lease = "clock", Busy = "another move of the clock";
    private const int MostDays = 3_660;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15), WaitForOther = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim one = new(1);

    public V1.Clock Read()
    {
        var now = clock.Now;
        return new V1.Clock { Now = Timestamp.FromDateTimeOffset(now.ToDateTimeOffset()), Today = now.InZone(clock.Zone).Date.Iso() };
    }

    public async Task<V1.Clock> AdvanceAsync(AdvanceClockRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment()) throw Failure.Refused("DEVELOPMENT_ONLY");
        Target(request); // what is wrong is said at once, not after the wait
        if (!await one.WaitAsync(WaitForOther, cancellationToken)) throw Failure.Stuck(Busy);
        try
        {
            // taken first and committed last: the same command beside this one waits for it, and a failed move leaves the key free
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await key.RecordAsync(transaction, "clock", null, cancellationToken);
            await using (await leases.TryKeepAsync(Lease, LeaseTime, WaitForOther, cancellationToken) ?? throw Failure.Stuck(Busy))
                await MoveAsync(Target(request), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return Read();
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>The instant that is asked for; not before now.</summary>
    private Instant Target(AdvanceClockRequest request)
    {
        var fields = new Fields();
        var now = clock.Now;
        var local = now.InZone(clock.Zone);
        var target = now;
        if (request.To.Length > 0 == (request.Days != 0)) fields.Wrong("to", "ONE_OF", ("expected", "to, days"));
        else if (request.Days != 0)
        {
            var days = (int)fields.Range("days", request.Days, 1, MostDays);
            if (days is >= 1 and <= MostDays) target = local.LocalDateTime.PlusDays(days).InZoneLeniently(clock.Zone).ToInstant();
        }
        else if (LocalDatePattern.Iso.Parse(request.To) is { Success: true } date)
            target = date.Value == local.Date ? now : date.Value.AtStartOfDayInZone(clock.Zone).ToInstant();
        else if (OffsetDateTimePattern.Rfc3339.Parse(request.To) is { Success: true } instant) target = instant.Value.ToInstant();
        else fields.Wrong("to", "FORMAT", ("expected", "2026-01-31 or 2026-01-31T18:00:00Z"));
        if (target < now || target > local.LocalDateTime.PlusDays(MostDays).InZoneLeniently(clock.Zone).ToInstant())
            fields.Wrong("to", "RANGE", ("min", InstantPattern.General.Format(now)), ("max", local.Date.PlusDays(MostDays).Iso()));
        fields.ThrowIfWrong();
        return target;
    }

    private async Task MoveAsync(Instant target, CancellationToken cancellationToken)
    {
        Station[] stations =
        [
            new OwnStation("catalog", own),
            .. Peers.Select(peer => new PeerStation(peer, peers.CreateClient<OperationsService.OperationsServiceClient>(peer), time, log)),
        ];
        var settling = new Settling(stations, time);
        var start = clock.Now.InZone(clock.Zone).LocalDateTime;
        for (var day = 1; clock.Now < target; day++)
        {
            var step = Instant.Min(start.PlusDays(day).InZoneLeniently(clock.Zone).ToInstant(), target);
            var offsetMs = OffsetTo(step);
            // its own first: jobs of other services may ask Catalog, and must find it on the same day
            await keeper.TakeOverAsync(offsetMs, cancellationToken);
            await Task.WhenAll(stations.Select(station => station.RunDueJobsAsync(offsetMs, cancellationToken)));
            await settling.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Rounded up, so that the clock does not stand a moment before midnight.</summary>
    private long OffsetTo(Instant step)
    {
        var ahead = step - Instant.FromDateTimeOffset(time.GetUtcNow());
        return (long)Math.Ceiling(ahead.TotalMilliseconds);
    }
}

namespace Library.ServiceDefaults.Time;

/// <summary>
/// Business time: what due dates, terms, fines, jobs and notices go by. Tokens, leases, retries, limits and timeouts use
/// <see cref="TimeProvider"/>, real time. In Development it may run ahead of real time, never behind (ADR 6).
/// </summary>
public sealed class BusinessClock(DateTimeZone zone, TimeProvider time)
{
    private long offsetMs;

    /// <summary>The network's time zone.</summary>
    public DateTimeZone Zone => zone;

    /// <summary>Business time minus real time in milliseconds; zero outside Development.</summary>
    public long OffsetMs => Interlocked.Read(ref offsetMs);

    /// <summary>Now, to the microsecond, which is what PostgreSQL keeps.</summary>
    public Instant Now
    {
        get
        {
            var now = Instant.FromDateTimeOffset(time.GetUtcNow()) + Duration.FromMilliseconds(OffsetMs);
            return Instant.FromUnixTimeTicks(now.ToUnixTimeTicks() / 10 * 10);
        }
    }

    /// <summary>The business date in the network's zone.</summary>
    public LocalDate Today => Now.InZone(zone).Date;

    /// <summary>Takes over a larger offset; a smaller one is ignored, because business time never goes back.</summary>
    public void MoveTo(long newOffsetMs)
    {
        long current;
        while (newOffsetMs > (current = OffsetMs))
            if (Interlocked.CompareExchange(ref offsetMs, newOffsetMs, current) == current) return;
    }
}

using Library.ServiceDefaults.Jobs;

namespace Library.ServiceDefaults.Metrics;

/// <summary>How late a periodic job is.</summary>
public static class JobLateness
{
    /// <summary>
    /// Business time since the first day that is due and not done became due; zero where nothing is due. While the business clock is
    /// moved (Development) a day's jobs count as late until they have run.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="doneThrough">The last day that is done; null where it never ran: then it is due since it was due last, or since the service looks.</param>
    /// <param name="now">Business time.</param>
    /// <param name="lookingSince">Business time at which this process began to look.</param>
    /// <param name="zone">The network's.</param>
    public static Duration Of(IPeriodicJob job, LocalDate? doneThrough, Instant now, Instant lookingSince, DateTimeZone zone)
    {
        Instant due;
        if (doneThrough is { } done) due = At(done.PlusDays(1));
        else
        {
            var today = now.InZone(zone).Date;
            var last = At(today) <= now ? At(today) : At(today.PlusDays(-1));
            due = Instant.Max(last, lookingSince);
        }
        return Duration.Max(now - due, Duration.Zero);

        Instant At(LocalDate day) => (day + job.DueAt).InZoneLeniently(zone).ToInstant();
    }
}

namespace Library.ServiceDefaults.Jobs;

/// <summary>
/// Work that is due once on every business day. It is given the day, because it may run late, and it may run twice for a day
/// (after a crash): both must do no harm.
/// </summary>
public interface IPeriodicJob
{
    /// <summary>Stable: it is the key of what has been done.</summary>
    string Name { get; }

    /// <summary>Local time in the network's zone from which on it is due.</summary>
    LocalTime DueAt { get; }

    /// <summary>Does the work of one day, in batches with a limit.</summary>
    Task RunAsync(LocalDate day, CancellationToken cancellationToken);
}

using NodaTime;

namespace Library.Notifications.Domain.Sending;

/// <summary>What came of one attempt to send a notice.</summary>
public abstract record AttemptOutcome
{
    private AttemptOutcome()
    {
    }

    /// <summary>The mail server has taken it.</summary>
    public sealed record Sent : AttemptOutcome;

    /// <summary>It is not to be sent.</summary>
    /// <param name="Problem">Why.</param>
    public sealed record Suppressed(DeliveryProblem Problem) : AttemptOutcome;

    /// <summary>It cannot be sent, now or later.</summary>
    /// <param name="Problem">Why.</param>
    public sealed record Failed(DeliveryProblem Problem) : AttemptOutcome;

    /// <summary>It could not be sent now.</summary>
    /// <param name="Problem">What was in the way.</param>
    public sealed record TryAgain(DeliveryProblem Problem) : AttemptOutcome;
}

/// <summary>How a delivery stands after an attempt.</summary>
public abstract record DeliveryStanding
{
    private DeliveryStanding()
    {
    }

    /// <summary>Done: the mail server has it.</summary>
    public sealed record Sent : DeliveryStanding;

    /// <summary>Done without sending.</summary>
    /// <param name="Problem">Why.</param>
    public sealed record Suppressed(DeliveryProblem Problem) : DeliveryStanding;

    /// <summary>Given up.</summary>
    /// <param name="Problem">Why.</param>
    public sealed record Failed(DeliveryProblem Problem) : DeliveryStanding;

    /// <summary>Waits for the next attempt.</summary>
    /// <param name="Problem">What was in the way.</param>
    /// <param name="Pause">Real time until then.</param>
    public sealed record Waiting(DeliveryProblem Problem, Duration Pause) : DeliveryStanding;
}

/// <summary>What becomes of a delivery. Pauses are real time, whatever the business clock says (design decision 6).</summary>
public static class DeliveryRules
{
    /// <summary>
    /// The pauses after the first, second … attempt: short at first, because most outages are; just under a day in all, so that a notice is either
    /// sent or known as failed on the next working day.
    /// </summary>
    public static readonly IReadOnlyList<Duration> Pauses =
    [
        Duration.FromSeconds(2), Duration.FromSeconds(5), Duration.FromSeconds(10), Duration.FromSeconds(15), Duration.FromSeconds(30),
        Duration.FromMinutes(1), Duration.FromMinutes(2), Duration.FromMinutes(5), Duration.FromMinutes(15), Duration.FromMinutes(30),
        Duration.FromHours(1), Duration.FromHours(2), Duration.FromHours(4), Duration.FromHours(6), Duration.FromHours(10),
    ];

    /// <summary>Attempts before a delivery is given up: one more than there are pauses.</summary>
    public static int MostAttempts => Pauses.Count + 1;

    /// <summary>How a delivery stands after its attempt number <paramref name="attempts"/>, counted from 1.</summary>
    public static DeliveryStanding After(AttemptOutcome outcome, int attempts) => outcome switch
    {
        AttemptOutcome.Sent => new DeliveryStanding.Sent(),
        AttemptOutcome.Suppressed suppressed => new DeliveryStanding.Suppressed(suppressed.Problem),
        AttemptOutcome.Failed failed => new DeliveryStanding.Failed(failed.Problem),
        AttemptOutcome.TryAgain again when attempts >= MostAttempts => new DeliveryStanding.Failed(again.Problem),
        AttemptOutcome.TryAgain again => new DeliveryStanding.Waiting(again.Problem, Pauses[attempts - 1]),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome.GetType().Name, "is no outcome"),
    };
}

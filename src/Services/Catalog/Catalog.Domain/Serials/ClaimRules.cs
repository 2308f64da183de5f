using NodaTime;

namespace Library.Catalog.Domain.Serials;

/// <summary>How patiently an issue that does not come is claimed from its supplier.</summary>
/// <param name="GraceDays">Days after the expected day on which the first claim is due.</param>
public sealed record ClaimPolicy(int GraceDays)
{
    /// <summary>Days between one claim and the next.</summary>
    public const int IntervalDays = 14;

    /// <summary>How many claims there are at most; an interval after the last one the issue is given up as missing.</summary>
    public const int Levels = 3;

    /// <summary>What is usual for a frequency: the rarer a serial, the longer its post is waited for. A subscription may set another grace.</summary>
    public static ClaimPolicy For(Frequency frequency) => new(frequency switch
    {
        Frequency.Daily => 3,
        Frequency.Weekly => 7,
        Frequency.Fortnightly => 14,
        Frequency.Monthly => 21,
        Frequency.Bimonthly or Frequency.Quarterly or Frequency.HalfYearly or Frequency.Yearly => 30,
    });
}

/// <summary>What is due for an issue that did not come.</summary>
public abstract record ClaimDecision
{
    private ClaimDecision()
    {
    }

    /// <summary>Nothing yet.</summary>
    public sealed record Wait : ClaimDecision;

    /// <summary>A claim to the supplier.</summary>
    /// <param name="Level">1 is the first.</param>
    /// <param name="NextOn">When to look again.</param>
    public sealed record Claim(int Level, LocalDate NextOn) : ClaimDecision;

    /// <summary>All claims were in vain: it counts as missing.</summary>
    public sealed record GiveUp : ClaimDecision;
}

/// <summary>When an expected issue that has not come is claimed. All dates are of the library's zone.</summary>
public static class ClaimRules
{
    /// <summary>The day from which on the first claim is due.</summary>
    public static LocalDate FirstDueOn(LocalDate expectedOn, ClaimPolicy policy) => expectedOn.PlusDays(policy.GraceDays);

    /// <summary>
    /// Decides for one issue on one day. One claim at a time, however late the day is asked: days that were missed do not pile up claims, because
    /// the next is due an interval after the last was made.
    /// </summary>
    /// <param name="level">The level of the last claim; 0: none was made.</param>
    /// <param name="dueOn">The day from which on something is due, inclusive.</param>
    /// <param name="day">The day that is looked at.</param>
    public static ClaimDecision Decide(int level, LocalDate dueOn, LocalDate day) =>
        day < dueOn ? new ClaimDecision.Wait()
        : level >= ClaimPolicy.Levels ? new ClaimDecision.GiveUp()
        : new ClaimDecision.Claim(level + 1, day.PlusDays(ClaimPolicy.IntervalDays));
}

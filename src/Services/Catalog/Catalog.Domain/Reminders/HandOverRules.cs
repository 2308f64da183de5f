using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Reminders;

/// <summary>When a claim goes to a lawyer or a collection agency (art. 36).</summary>
public static class HandOverRules
{
    /// <summary>
    /// Whether the claim against a member is handed over on a day of the library's zone: the reminder of the policy's level was sent in this spell, the day
    /// of the next one has passed (that day itself is still in time), and the spell is not over. A run that is late finds the same.
    /// </summary>
    /// <param name="facts">Of the member's spell.</param>
    /// <param name="debtMinor">What has been charged and not paid, in minor units.</param>
    /// <param name="policy">The rules in force.</param>
    /// <param name="today">The business date.</param>
    public static bool IsDue(ReminderFacts facts, long debtMinor, ReminderPolicy policy, LocalDate today) =>
        facts.SpellStartedOn is { } started && facts.LastRemindedOn is { } last && last >= started
        && facts.LastLevel >= policy.HandOverAfterLevel
        && today > LastDay(facts.LastLevel, last, policy)
        && !ReminderRules.SpellIsOver(facts.AnythingOverdue, debtMinor);

    /// <summary>
    /// The last day (inclusive) on which the member may settle: that of the reminder after the policy's level. Where that one was sent, it was the day.
    /// </summary>
    private static LocalDate LastDay(int level, LocalDate remindedOn, ReminderPolicy policy)
    {
        if (level > policy.HandOverAfterLevel)
        {
            return remindedOn;
        }

        var earliest = remindedOn.PlusWeeks(policy.IntervalWeeks);
        return earliest.DayOfWeek == policy.Weekday ? earliest : earliest.Next(policy.Weekday);
    }
}

using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Reminders;

/// <summary>The facts on which a member is reminded or not.</summary>
public sealed record ReminderFacts
{
    /// <summary>Whether any loan of the member is past its due date today.</summary>
    public required bool AnythingOverdue { get; init; }

    /// <summary>The first day of the present spell of being overdue; null: there is none. A spell ends by <see cref="ReminderRules.SpellIsOver"/>.</summary>
    public LocalDate? SpellStartedOn { get; init; }

    /// <summary>The level of the last reminder; 0: never reminded.</summary>
    public int LastLevel { get; init; }

    /// <summary>The day of the last reminder; null: never reminded.</summary>
    public LocalDate? LastRemindedOn { get; init; }
}

/// <summary>The answer of the weekly run for one member.</summary>
public abstract record ReminderDecision
{
    private ReminderDecision()
    {
    }

    /// <summary>No notice today.</summary>
    public sealed record Nothing : ReminderDecision;

    /// <summary>One notice that lists everything overdue, charged once.</summary>
    /// <param name="Level">The level, 1 is the first.</param>
    /// <param name="FeeMinor">The price of this level, in minor units; the levels add up.</param>
    /// <param name="CurrencyCode">The currency of the fee.</param>
    /// <param name="TariffVersion">The price list; null on a day before the first list, when the notice is free.</param>
    /// <param name="Article">The rulebook's article.</param>
    public sealed record Remind(int Level, long FeeMinor, string CurrencyCode, string? TariffVersion, string Article) : ReminderDecision;
}

/// <summary>Who is reminded of overdue loans, and at which level (art. 36).</summary>
public static class ReminderRules
{
    /// <summary>
    /// Decides for one member on one day of the library's zone. A reminder is a notice to a member, not to a unit: on the policy's weekday, a member
    /// with anything overdue gets one,
    /// one level higher than the last in this spell, at the price in force that day, until the highest level was sent. Asking twice in one interval
    /// gives one reminder.
    /// </summary>
    public static ReminderDecision Decide(ReminderFacts facts, ReminderPolicy policy, PriceHistory prices, LocalDate today)
    {
        // a reminder from before the present spell counts no more, even where its level still stands in the row
        var level = facts.LastRemindedOn >= facts.SpellStartedOn ? facts.LastLevel + 1 : 1;
        if (!facts.AnythingOverdue || today.DayOfWeek != policy.Weekday || level > policy.Levels || IsTooSoon(facts.LastRemindedOn, policy, today))
        {
            return new ReminderDecision.Nothing();
        }

        var list = prices.On(today);
        return new ReminderDecision.Remind(level, list?.ReminderPriceMinor(level) ?? 0, prices.CurrencyCode, list?.Version, policy.Article);
    }

    /// <summary>
    /// Whether the next day's run reminds the member if nothing comes back before it: the day before it the member is told, who may then still return in time
    /// (art. 41).
    /// </summary>
    /// <param name="facts">As they will be on the next day if nothing changes: what is due today is overdue then.</param>
    /// <param name="policy">Of the next day.</param>
    /// <param name="prices">The price lists.</param>
    /// <param name="today">The business date in the library's zone.</param>
    public static bool IsImminent(ReminderFacts facts, ReminderPolicy policy, PriceHistory prices, LocalDate today) =>
        Decide(facts, policy, prices, today.PlusDays(1)) is ReminderDecision.Remind;

    /// <summary>Whether a spell of being overdue has ended, so that the count starts anew: nothing is overdue any more and nothing is owed.</summary>
    /// <param name="anythingOverdue">Whether any loan is past its due date.</param>
    /// <param name="debtMinor">What has been charged and not paid, in minor units.</param>
    public static bool SpellIsOver(bool anythingOverdue, long debtMinor) => !anythingOverdue && debtMinor <= 0;

    private static bool IsTooSoon(LocalDate? lastRemindedOn, ReminderPolicy policy, LocalDate today) =>
        lastRemindedOn is { } last && Period.DaysBetween(last, today) < 7 * policy.IntervalWeeks;
}

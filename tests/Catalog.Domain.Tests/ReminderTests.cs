using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Reminders;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class ReminderTests
{
    /// <summary>Ana's book was due on Friday 3 May 2024.</summary>
    private static readonly ReminderFacts AnaIsLate = new() { AnythingOverdue = true, SpellStartedOn = new LocalDate(2024, 5, 4) };

    [Theory]
    [InlineData("2024-05-05", 0)]
    [InlineData("2024-05-06", 1)] // Monday
    [InlineData("2024-05-07", 0)]
    public void Reminders_go_out_on_the_weekday_of_the_library_art_36(string today, int level) => Assert.Equal(level, LevelOn(AnaIsLate, today));

    [Theory]
    [InlineData("2024-05-04", false)]
    [InlineData("2024-05-05", true)] // Sunday, the day before
    [InlineData("2024-05-06", false)] // the day itself
    public void A_reminder_is_imminent_the_day_before_it_art_41(string today, bool imminent) =>
        Assert.Equal(imminent, ReminderRules.IsImminent(AnaIsLate, Radovljica.Rulebook.Reminder, Radovljica.Prices, Date(today)));

    [Fact]
    public void No_reminder_is_imminent_to_whom_the_run_would_not_remind_art_41()
    {
        foreach (var facts in new[] { AnaIsLate with { AnythingOverdue = false }, AnaIsLate with { SpellStartedOn = new LocalDate(2024, 4, 1), LastLevel = 4, LastRemindedOn = new LocalDate(2024, 4, 29) } })
            Assert.False(ReminderRules.IsImminent(facts, Radovljica.Rulebook.Reminder, Radovljica.Prices, Date("2024-05-05")));
    }

    [Fact]
    public void Who_has_nothing_overdue_is_not_reminded() => Assert.Equal(0, LevelOn(AnaIsLate with { AnythingOverdue = false }, "2024-05-06"));

    [Theory]
    [InlineData(0, 1, 2_00)]
    [InlineData(1, 2, 2_00)]
    [InlineData(2, 3, 4_00)]
    [InlineData(3, 4, 5_00)]
    public void Each_reminder_is_one_level_higher_and_has_its_price_art_36(int lastLevel, int level, long feeMinor)
    {
        var facts = AnaIsLate with { SpellStartedOn = new LocalDate(2024, 4, 1), LastLevel = lastLevel, LastRemindedOn = new LocalDate(2024, 4, 29) };
        Assert.Equal(new ReminderDecision.Remind(level, feeMinor, "EUR", "2024", "art. 36"), Decide(facts, "2024-05-06"));
    }

    [Fact]
    public void After_the_fourth_there_is_no_other()
    {
        var facts = AnaIsLate with { SpellStartedOn = new LocalDate(2024, 4, 1), LastLevel = 4, LastRemindedOn = new LocalDate(2024, 4, 29) };
        Assert.Equal(0, LevelOn(facts, "2024-05-06"));
    }

    [Fact]
    public void A_job_that_runs_twice_reminds_once() =>
        Assert.Equal(0, LevelOn(AnaIsLate with { LastLevel = 1, LastRemindedOn = new LocalDate(2024, 5, 6) }, "2024-05-06"));

    [Theory]
    [InlineData("2024-05-13", 0)]
    [InlineData("2024-05-20", 2)]
    public void The_interval_is_the_rulebooks(string today, int level)
    {
        var facts = AnaIsLate with { LastLevel = 1, LastRemindedOn = new LocalDate(2024, 5, 6) };
        var decision = ReminderRules.Decide(facts, Radovljica.Rulebook.Reminder with { IntervalWeeks = 2 }, Radovljica.Prices, Date(today));
        Assert.Equal(level, (decision as ReminderDecision.Remind)?.Level ?? 0);
    }

    [Fact]
    public void A_new_spell_counts_anew_art_36()
    {
        var facts = new ReminderFacts { AnythingOverdue = true, SpellStartedOn = new LocalDate(2024, 5, 4), LastLevel = 3, LastRemindedOn = new LocalDate(2024, 3, 18) };
        Assert.Equal(1, LevelOn(facts, "2024-05-06"));
        Assert.Equal(1, LevelOn(facts with { SpellStartedOn = null }, "2024-05-06"));
    }

    [Theory]
    [InlineData(true, 0, false)]
    [InlineData(false, 1, false)]
    [InlineData(false, 0, true)]
    public void A_spell_is_over_when_all_is_back_and_settled(bool overdue, long debtMinor, bool over) => Assert.Equal(over, ReminderRules.SpellIsOver(overdue, debtMinor));

    [Fact]
    public void The_price_is_that_of_the_day_of_the_reminder()
    {
        var dearer = Radovljica.Tariff2024 with { Version = "2025", ValidFrom = new LocalDate(2025, 1, 1), ReminderMinor = [3_00] };
        var prices = new PriceHistory([Radovljica.Tariff2024, dearer]);
        var facts = AnaIsLate with { SpellStartedOn = new LocalDate(2024, 12, 20) };
        Assert.Equal(2_00, FeeOn(facts, "2024-12-30"));
        Assert.Equal(3_00, FeeOn(facts, "2025-01-06"));
        Assert.Equal(0, FeeOn(facts with { LastLevel = 1, LastRemindedOn = new LocalDate(2024, 12, 30) }, "2025-01-06")); // the list has no second price

        long FeeOn(ReminderFacts f, string today) =>
            Assert.IsType<ReminderDecision.Remind>(ReminderRules.Decide(f, Radovljica.Rulebook.Reminder, prices, Date(today))).FeeMinor;
    }

    [Fact]
    public void A_year_of_daily_runs_gives_four_reminders_a_week_apart()
    {
        var facts = AnaIsLate;
        var sent = new List<string>();
        for (var day = new LocalDate(2024, 5, 4); day < new LocalDate(2025, 5, 4); day = day.PlusDays(1))
        {
            for (var run = 0; run < 2; run++)
            {
                if (ReminderRules.Decide(facts, Radovljica.Rulebook.Reminder, Radovljica.Prices, day) is ReminderDecision.Remind reminder)
                {
                    sent.Add(FormattableString.Invariant($"{day:MM-dd} {reminder.Level} {reminder.FeeMinor}"));
                    facts = facts with { LastLevel = reminder.Level, LastRemindedOn = day };
                }
            }
        }

        Assert.Equal(["05-06 1 200", "05-13 2 200", "05-20 3 400", "05-27 4 500"], sent);
    }

    private static ReminderDecision Decide(ReminderFacts facts, string today) =>
        ReminderRules.Decide(facts, Radovljica.Rulebook.Reminder, Radovljica.Prices, Date(today));

    private static int LevelOn(ReminderFacts facts, string today) => (Decide(facts, today) as ReminderDecision.Remind)?.Level ?? 0;
}

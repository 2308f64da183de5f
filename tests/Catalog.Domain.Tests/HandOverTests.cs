using Library.Catalog.Domain.Reminders;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class HandOverTests
{
    /// <summary>Ana had the third reminder on Monday 20 May 2024.</summary>
    private static readonly ReminderFacts AnaHadTheThird = new()
    {
        AnythingOverdue = true, SpellStartedOn = new LocalDate(2024, 5, 4), LastLevel = 3, LastRemindedOn = new LocalDate(2024, 5, 20),
    };

    [Theory]
    [InlineData("2024-05-20", false)]
    [InlineData("2024-05-26", false)]
    [InlineData("2024-05-27", false)] // the day of the next reminder
    [InlineData("2024-05-28", true)]
    [InlineData("2025-05-28", true)] // late
    public void A_claim_is_handed_over_when_the_day_of_the_next_reminder_has_passed_art_36(string today, bool due) => Assert.Equal(due, IsDue(AnaHadTheThird, today));

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void It_takes_the_third_reminder_art_36(int level, bool due) => Assert.Equal(due, IsDue(AnaHadTheThird with { LastLevel = level }, "2024-06-15"));

    [Theory]
    [InlineData("2024-05-27", false)]
    [InlineData("2024-05-28", true)]
    public void The_fourth_reminder_goes_out_on_that_day_and_changes_nothing_art_36(string today, bool due) =>
        Assert.Equal(due, IsDue(AnaHadTheThird with { LastLevel = 4, LastRemindedOn = new LocalDate(2024, 5, 27) }, today));

    [Theory]
    [InlineData(true, 0, true)]
    [InlineData(false, 8_00, true)] // all is back and the reminders are not paid
    [InlineData(false, 0, false)]
    public void Whoever_has_brought_back_and_settled_everything_is_left_alone_art_36(bool overdue, long debtMinor, bool due) =>
        Assert.Equal(due, HandOverRules.IsDue(AnaHadTheThird with { AnythingOverdue = overdue }, debtMinor, Radovljica.Rulebook.Reminder, new(2024, 6, 3)));

    [Fact]
    public void Reminders_of_an_earlier_spell_count_no_more_art_36()
    {
        Assert.False(IsDue(AnaHadTheThird with { SpellStartedOn = new LocalDate(2024, 5, 25) }, "2024-06-15"));
        Assert.False(IsDue(AnaHadTheThird with { SpellStartedOn = null }, "2024-06-15"));
        Assert.False(IsDue(AnaHadTheThird with { LastRemindedOn = null }, "2024-06-15"));
    }

    [Theory]
    [InlineData("2024-06-06", false)] // two weeks after a Monday, on the next Thursday
    [InlineData("2024-06-07", true)]
    public void Interval_and_weekday_are_the_rulebooks(string today, bool due)
    {
        var policy = Radovljica.Rulebook.Reminder with { IntervalWeeks = 2, Weekday = IsoDayOfWeek.Thursday };
        Assert.Equal(due, HandOverRules.IsDue(AnaHadTheThird, 0, policy, Date(today)));
    }

    private static bool IsDue(ReminderFacts facts, string today) => HandOverRules.IsDue(facts, 0, Radovljica.Rulebook.Reminder, Date(today));
}

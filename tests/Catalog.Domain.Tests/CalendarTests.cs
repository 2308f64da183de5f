using Library.Catalog.Domain.Calendars;
using NodaTime;
using NodaTime.Text;

namespace Library.Catalog.Domain.Tests;

public sealed class CalendarTests
{
    [Theory]
    [InlineData("1818-03-22")] // as early as it can be
    [InlineData("1943-04-25")] // as late as it can be
    [InlineData("1954-04-18")] // the exception of the golden number
    [InlineData("1981-04-19")]
    [InlineData("2000-04-23")]
    [InlineData("2023-04-09")]
    [InlineData("2024-03-31")]
    [InlineData("2025-04-20")]
    [InlineData("2026-04-05")]
    [InlineData("2027-03-28")]
    [InlineData("2038-04-25")]
    public void Easter_falls_on(string date) => Assert.Equal(Date(date), Easter.In(Date(date).Year));

    [Fact]
    public void Easter_is_a_Sunday_between_22_March_and_25_April_in_every_year()
    {
        for (var year = 1583; year <= 9999; year++)
        {
            var easter = Easter.In(year);
            Assert.Equal(IsoDayOfWeek.Sunday, easter.DayOfWeek);
            Assert.InRange(easter, new LocalDate(year, 3, 22), new LocalDate(year, 4, 25));
        }
    }

    [Theory]
    [InlineData(2023, "01-01 01-02 02-08 04-09 04-10 04-27 05-01 05-02 05-28 06-25 08-14 08-15 10-31 11-01 12-25 12-26")] // with the day off after the floods
    [InlineData(2024, "01-01 01-02 02-08 03-31 04-01 04-27 05-01 05-02 05-19 06-25 08-15 10-31 11-01 12-25 12-26")]
    [InlineData(2025, "01-01 01-02 02-08 04-20 04-21 04-27 05-01 05-02 06-08 06-25 08-15 10-31 11-01 12-25 12-26")]
    [InlineData(2026, "01-01 01-02 02-08 04-05 04-06 04-27 05-01 05-02 05-24 06-25 08-15 10-31 11-01 12-25 12-26")]
    public void Holiday_rules_give_the_days_of_the_year(int year, string days)
    {
        var found = Radovljica.Holidays.Select(rule => rule.In(year)).OfType<LocalDate>().Order().Select(d => LocalDatePattern.CreateWithInvariantCulture("MM-dd").Format(d));
        Assert.Equal(days, string.Join(' ', found));
    }

    [Fact]
    public void A_holiday_on_29_February_is_kept_in_leap_years_only()
    {
        var rule = HolidayRule.Fixed(new AnnualDate(2, 29));
        Assert.Equal(new LocalDate(2024, 2, 29), rule.In(2024));
        Assert.Null(rule.In(2025));
    }

    [Theory]
    [InlineData("RAD", "2024-03-14", "10:00-19:00")] // Thursday
    [InlineData("RAD", "2024-03-16", "08:00-13:00")] // Saturday
    [InlineData("RAD", "2024-03-17", "")] // Sunday
    [InlineData("RAD", "2024-04-01", "")] // Easter Monday
    [InlineData("RAD", "2024-09-14", "")] // the Saturday of the training, art. 25
    [InlineData("RAD", "2024-09-21", "08:00-13:00")]
    [InlineData("BLE", "2024-06-28", "10:00-19:00")] // the last Friday of the regular hours
    [InlineData("BLE", "2024-07-02", "08:00-14:00")] // a Tuesday in summer
    [InlineData("BLE", "2024-08-30", "08:00-14:00")] // the last Friday of summer
    [InlineData("BLE", "2024-09-03", "10:00-19:00")]
    public void Hours_on_a_date(string branch, string date, string hours) => Assert.Equal(hours, HoursOf(branch, date));

    [Theory]
    [InlineData("RAD", "2024-04-30", "08:00-14:00")] // before 1 May
    [InlineData("RAD", "2024-12-24", "08:00-14:00")]
    [InlineData("RAD", "2024-12-31", "08:00-14:00")]
    [InlineData("RAD", "2024-12-25", "")] // the eve of 26 December is itself a holiday
    [InlineData("RAD", "2024-02-07", "08:00-19:00")] // the eve of 8 February has no hours of its own
    [InlineData("RAD", "2023-12-31", "")] // a Sunday
    [InlineData("BRE", "2024-12-24", "")] // a Tuesday, when Brezje is closed anyhow
    [InlineData("BRE", "2027-04-30", "09:00-13:00")] // a Friday
    public void Hours_before_a_holiday_hold_only_where_the_branch_would_be_open(string branch, string date, string hours) => Assert.Equal(hours, HoursOf(branch, date));

    [Theory]
    [InlineData("2024-03-30", "08:00-14:00")] // the Saturday before Easter
    [InlineData("2023-02-15", "08:00-19:00")] // before the holiday was one
    [InlineData("2024-02-15", "08:00-14:00")]
    public void A_holiday_with_an_eve_may_be_counted_from_Easter_and_have_a_first_year(string date, string hours)
    {
        var eves = new PreHolidayHours([HolidayRule.FromEaster(0), HolidayRule.Fixed(new AnnualDate(2, 16), fromYear: 2024)], Radovljica.Rad.PreHoliday!.Hours);
        var calendar = new BranchCalendar { BranchCode = "RAD", Version = "cal-1", Regular = Radovljica.Rad.Regular, PreHoliday = eves, Holidays = Radovljica.Holidays };
        Assert.Equal(hours, HoursOf(calendar, date));
    }

    [Theory]
    [InlineData("RAD", "2024-03-29", "2024-03-30")] // Friday to Saturday
    [InlineData("RAD", "2024-03-30", "2024-04-02")] // over Easter
    [InlineData("BRE", "2024-04-26", "2024-05-03")] // from Friday to the next
    [InlineData("BRE", "2026-04-24", "2026-05-08")] // 1 May is a Friday
    public void The_next_open_day(string branch, string date, string next) => Assert.Equal(Date(next), Calendar(branch).NextOpenDay(Date(date)));

    [Fact]
    public void A_collection_without_hours_has_no_next_open_day() => Assert.Null(Radovljica.Mobile.NextOpenDay(new LocalDate(2024, 3, 14)));

    [Fact]
    public void Weekly_minutes_follow_the_timetable_and_not_the_holidays()
    {
        Assert.Equal(240, Radovljica.Brezje.WeeklyOpeningMinutes(new LocalDate(2026, 5, 1)));
        Assert.Equal((5 * 9 + 4) * 60, Radovljica.Bled.WeeklyOpeningMinutes(new LocalDate(2024, 6, 30)));
        Assert.Equal((2 * 9 + 3 * 6 + 4) * 60, Radovljica.Bled.WeeklyOpeningMinutes(new LocalDate(2024, 7, 1)));
    }

    [Theory]
    [InlineData("2024-11-30", false)]
    [InlineData("2024-12-01", true)]
    [InlineData("2025-01-01", true)]
    [InlineData("2025-02-28", true)]
    [InlineData("2025-03-01", false)]
    public void A_season_may_run_over_New_Year(string date, bool covered)
    {
        var winter = new Season(new AnnualDate(12, 1), new AnnualDate(2, 28), Radovljica.Week("Mon 8-12"));
        Assert.Equal(covered, winter.Covers(Date(date)));
    }

    [Fact]
    public void Hours_that_end_before_they_begin_cannot_be_made() => Assert.Throws<ArgumentException>(() => new OpeningInterval(new LocalTime(9, 0), new LocalTime(9, 0)));

    [Theory]
    [InlineData("2024-04-02", false)] // there is no visit before the first
    [InlineData("2024-04-03", true)]
    [InlineData("2024-04-10", false)]
    [InlineData("2024-04-17", true)]
    [InlineData("2024-05-01", false)] // a holiday
    [InlineData("2024-05-15", true)]
    public void A_mobile_library_is_open_on_the_days_of_its_visits(string date, bool open) => Assert.Equal(open, Visited.IsOpen(Date(date)));

    [Fact]
    public void The_next_opening_day_is_the_next_visit_that_is_no_holiday()
    {
        Assert.Equal(Date("2024-04-03"), Visited.NextOpenDay(Date("2024-03-01")));
        Assert.Equal(Date("2024-05-15"), Visited.NextOpenDay(Date("2024-04-17")));
        Assert.Equal("13:00-15:00", HoursOf(Visited, "2024-04-03"));
        Assert.Equal(60, Visited.WeeklyOpeningMinutes(Date("2024-04-03"))); // two hours in two weeks
        Assert.Throws<ArgumentOutOfRangeException>(() => new RegularVisit(Date("2024-04-03"), 0, []));
    }

    private static BranchCalendar Visited => new()
    {
        BranchCode = "MOB",
        Version = "cal-1",
        Regular = Radovljica.Week(""),
        Holidays = Radovljica.Holidays,
        Visits = [new RegularVisit(Date("2024-04-03"), 2, Radovljica.Hours(13, 15))],
    };

    internal static LocalDate Date(string text) => LocalDatePattern.Iso.Parse(text).Value;

    internal static BranchCalendar Calendar(string branch) => branch switch
    {
        "RAD" => Radovljica.Rad,
        "BLE" => Radovljica.Bled,
        "BOH" => Radovljica.Bohinj,
        "MOB" => Radovljica.Mobile,
        _ => Radovljica.Brezje,
    };

    private static string HoursOf(string branch, string date) => HoursOf(Calendar(branch), date);

    private static string HoursOf(BranchCalendar calendar, string date)
    {
        var pattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
        return string.Join(", ", calendar.OpeningHours(Date(date)).Select(h => $"{pattern.Format(h.From)}-{pattern.Format(h.To)}"));
    }
}

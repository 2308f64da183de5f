using NodaTime.Text;

namespace Library.Networks.Tests;

/// <summary>
/// The holiday rules against the work-free days that date-holidays lists for Slovenia, 2023 to 2027 (CC-BY 3.0,
/// https://github.com/commenthol/date-holidays).
/// </summary>
public sealed class RadovljicaHolidayTests
{
    /// <summary>Easter Sundays, and the days of the list. Solidarity Day, 2023-08-14, is missing in the source: it was declared that summer, once.</summary>
    public static TheoryData<string, string> Years => new()
    {
        {
            "2023-04-09",
            "2023-01-01 2023-01-02 2023-02-08 2023-04-09 2023-04-10 2023-04-27 2023-05-01 2023-05-02 " +
            "2023-05-28 2023-06-25 2023-08-14 2023-08-15 2023-10-31 2023-11-01 2023-12-25 2023-12-26"
        },
        {
            "2024-03-31",
            "2024-01-01 2024-01-02 2024-02-08 2024-03-31 2024-04-01 2024-04-27 2024-05-01 2024-05-02 " +
            "2024-05-19 2024-06-25 2024-08-15 2024-10-31 2024-11-01 2024-12-25 2024-12-26"
        },
        {
            "2025-04-20",
            "2025-01-01 2025-01-02 2025-02-08 2025-04-20 2025-04-21 2025-04-27 2025-05-01 2025-05-02 " +
            "2025-06-08 2025-06-25 2025-08-15 2025-10-31 2025-11-01 2025-12-25 2025-12-26"
        },
        {
            "2026-04-05",
            "2026-01-01 2026-01-02 2026-02-08 2026-04-05 2026-04-06 2026-04-27 2026-05-01 2026-05-02 " +
            "2026-05-24 2026-06-25 2026-08-15 2026-10-31 2026-11-01 2026-12-25 2026-12-26"
        },
        {
            "2027-03-28",
            "2027-01-01 2027-01-02 2027-02-08 2027-03-28 2027-03-29 2027-04-27 2027-05-01 2027-05-02 " +
            "2027-05-16 2027-06-25 2027-08-15 2027-10-31 2027-11-01 2027-12-25 2027-12-26"
        },
    };

    [Theory]
    [MemberData(nameof(Years))]
    public void Rules_give_exactly_the_work_free_days(string easterSunday, string workFree)
    {
        var easter = LocalDatePattern.Iso.Parse(easterSunday).Value;
        Assert.Equal(workFree.Split(' '), Calendars.WorkFree(Files.Radovljica, easter));
    }

    [Fact]
    public void The_second_of_January_was_a_working_day_until_2016() =>
        Assert.Equal(2017, Files.Radovljica.Holidays.Single(rule => rule.Date == new AnnualDate(1, 2)).FromYear);

    [Fact]
    public void Hours_are_short_before_New_Year_the_first_of_May_and_Christmas_only() =>
        Assert.Equal(
            [new AnnualDate(1, 1), new AnnualDate(1, 2), new AnnualDate(5, 1), new AnnualDate(5, 2), new AnnualDate(12, 25), new AnnualDate(12, 26)],
            Files.Radovljica.Holidays.Where(rule => rule.ShortensDayBefore).Select(rule => rule.Date!.Value));

    [Fact]
    public void All_branches_close_on_one_Saturday_a_year_art_25()
    {
        var days = Files.Radovljica.ClosedSaturdays;
        Assert.All(days, day => Assert.Equal(IsoDayOfWeek.Saturday, day.DayOfWeek));
        Assert.Equal([2024, 2025, 2026, 2027, 2028, 2029, 2030], days.Select(day => day.Year));
    }

    [Fact]
    public void Summer_is_July_and_August() => Assert.Equal(new Season(new AnnualDate(7, 1), new AnnualDate(8, 31)), Files.Radovljica.Summer);

    [Theory]
    [InlineData("FRI: [\"15:00-19:00\"]", "FRI: [\"15:00-18:00\"]")]
    [InlineData("daysFromEaster: 49", "daysFromEaster: 50")]
    [InlineData("2026-10-03", "2026-10-10")]
    [InlineData("to: \"08-31\"", "to: \"08-30\"")]
    public void Another_calendar_has_another_version(string old, string @new)
    {
        using var copy = new NetworkCopy();
        Assert.Equal(Files.Radovljica.CalendarVersion, copy.Load().CalendarVersion);
        copy.Replace("network.yaml", old, @new);
        Assert.NotEqual(Files.Radovljica.CalendarVersion, copy.Load().CalendarVersion);
    }

    [Fact]
    public void Another_name_leaves_the_calendar_s_version()
    {
        using var copy = new NetworkCopy();
        copy.Replace("network.yaml", "name: Knjižnica Brezje", "name: Brezje");
        Assert.Equal(Files.Radovljica.CalendarVersion, copy.Load().CalendarVersion);
        Assert.Matches("^[0-9a-f]{12}$", Files.Radovljica.CalendarVersion);
    }
}

using NodaTime.Text;

namespace Library.Networks.Tests;

/// <summary>
/// The holiday rules against the work-free days that date-holidays lists for Lithuania, 2023 to 2027 (CC-BY 3.0,
/// https://github.com/commenthol/date-holidays).
/// </summary>
public sealed class IgnalinaHolidayTests
{
    /// <summary>Easter Sundays, and the days of the list.</summary>
    public static TheoryData<string, string> Years => new()
    {
        {
            "2023-04-09",
            "2023-01-01 2023-02-16 2023-03-11 2023-04-09 2023-04-10 2023-05-01 2023-06-24 2023-07-06 2023-08-15 2023-11-01 2023-11-02 " +
            "2023-12-24 2023-12-25 2023-12-26"
        },
        {
            "2024-03-31",
            "2024-01-01 2024-02-16 2024-03-11 2024-03-31 2024-04-01 2024-05-01 2024-06-24 2024-07-06 2024-08-15 2024-11-01 2024-11-02 " +
            "2024-12-24 2024-12-25 2024-12-26"
        },
        {
            "2025-04-20",
            "2025-01-01 2025-02-16 2025-03-11 2025-04-20 2025-04-21 2025-05-01 2025-06-24 2025-07-06 2025-08-15 2025-11-01 2025-11-02 " +
            "2025-12-24 2025-12-25 2025-12-26"
        },
        {
            "2026-04-05",
            "2026-01-01 2026-02-16 2026-03-11 2026-04-05 2026-04-06 2026-05-01 2026-06-24 2026-07-06 2026-08-15 2026-11-01 2026-11-02 " +
            "2026-12-24 2026-12-25 2026-12-26"
        },
        {
            "2027-03-28",
            "2027-01-01 2027-02-16 2027-03-11 2027-03-28 2027-03-29 2027-05-01 2027-06-24 2027-07-06 2027-08-15 2027-11-01 2027-11-02 " +
            "2027-12-24 2027-12-25 2027-12-26"
        },
    };

    [Theory]
    [MemberData(nameof(Years))]
    public void Rules_give_exactly_the_work_free_days(string easterSunday, string workFree)
    {
        var easter = LocalDatePattern.Iso.Parse(easterSunday).Value;
        Assert.Equal(workFree.Split(' '), Calendars.WorkFree(Files.Ignalina, easter));
    }

    [Fact]
    public void All_Souls_Day_was_a_working_day_until_2019()
    {
        Assert.Equal(2020, Files.Ignalina.Holidays.Single(rule => rule.Date == new AnnualDate(11, 2)).FromYear);
        Assert.DoesNotContain("2019-11-02", Calendars.WorkFree(Files.Ignalina, new LocalDate(2019, 4, 21)));
    }

    [Fact]
    public void The_day_before_a_run_of_holidays_is_shorter() =>
        Assert.Equal(["2027-03-29", "2027-11-02", "2027-12-25", "2027-12-26"], Calendars.WorkFree(
            Files.Ignalina with { Holidays = [.. Files.Ignalina.Holidays.Where(rule => !rule.ShortensDayBefore)] }, new LocalDate(2027, 3, 28)));
}

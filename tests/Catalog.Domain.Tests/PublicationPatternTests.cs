using System.Collections.Frozen;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Serials;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

/// <summary>Expected issues, the latest issue and claims, on papers as they appear in Slovenia.</summary>
public sealed class PublicationPatternTests
{
    private static readonly Numbering ByYear = new() { FirstVolume = 45, FirstNumber = 1, Change = VolumeChange.EveryYear };

    /// <summary>A monthly on the 1st, volume 45 in 2024, as Gea was.</summary>
    private static readonly PublicationPattern Gea = new() { Frequency = Frequency.Monthly, FirstOn = Date("2024-01-01"), Numbering = ByYear };

    [Fact]
    public void A_daily_paper_appears_from_Monday_to_Saturday_but_not_at_Christmas()
    {
        var delo = new PublicationPattern
        {
            Frequency = Frequency.Daily,
            FirstOn = Date("2024-12-20"),
            Weekdays = Weekdays(IsoDayOfWeek.Monday, IsoDayOfWeek.Tuesday, IsoDayOfWeek.Wednesday, IsoDayOfWeek.Thursday, IsoDayOfWeek.Friday, IsoDayOfWeek.Saturday),
            Skipped = [new DaySpan.EveryYear(new AnnualDate(12, 25), new AnnualDate(12, 25)), new DaySpan.EveryYear(new AnnualDate(1, 1), new AnnualDate(1, 2))],
            Numbering = new Numbering { FirstVolume = 66, FirstNumber = 295, Change = VolumeChange.EveryYear },
        };
        Assert.Equal(
            ["12-20 66/295", "12-21 66/296", "12-23 66/297", "12-24 66/298", "12-26 66/299", "12-27 66/300", "12-28 66/301", "12-30 66/302", "12-31 66/303", "01-03 67/1"],
            Written(delo, "2025-01-03"));
    }

    [Fact]
    public void Without_weekdays_a_daily_appears_every_day_and_a_weekly_on_the_weekday_of_its_first_issue()
    {
        var daily = Gea with { Frequency = Frequency.Daily, FirstOn = Date("2024-02-26") };
        Assert.Equal(7, daily.Issues(Date("2024-03-03")).Count());
        Assert.Equal(["02-29 45/1", "03-07 45/2"], Written(Gea with { Frequency = Frequency.Weekly, FirstOn = Date("2024-02-29") }, "2024-03-13"));
    }

    [Fact]
    public void Gorenjski_glas_comes_on_Tuesday_and_Friday_from_its_first_day_on()
    {
        var glas = Gea with { Frequency = Frequency.Weekly, FirstOn = Date("2024-02-28"), Weekdays = Weekdays(IsoDayOfWeek.Friday, IsoDayOfWeek.Tuesday) };
        Assert.Equal(["03-01 45/1", "03-05 45/2", "03-08 45/3"], Written(glas, "2024-03-11"));
    }

    [Fact]
    public void A_fortnight_is_counted_from_the_week_of_the_first_issue()
    {
        var paper = Gea with { Frequency = Frequency.Fortnightly, FirstOn = Date("2024-12-27"), Weekdays = Weekdays(IsoDayOfWeek.Monday, IsoDayOfWeek.Friday) };
        Assert.Equal(["12-27 45/1", "01-06 46/1", "01-10 46/2", "01-20 46/3"], Written(paper, "2025-01-23"));
    }

    [Theory]
    [InlineData("2024-01-31", "01-31 02-29 03-31 04-30")]
    [InlineData("2023-01-31", "01-31 02-28 03-31 04-30")]
    [InlineData("2023-01-30", "01-30 02-28 03-30 04-30")]
    public void A_month_without_that_day_has_its_issue_on_the_last_day(string first, string days)
    {
        var pattern = Gea with { FirstOn = Date(first) };
        Assert.Equal(days.Split(' '), Written(pattern, $"{first[..4]}-04-30").Select(issue => issue[..5]));
    }

    [Fact]
    public void Twice_a_month_is_two_days_of_the_month_and_two_days_past_its_end_are_one()
    {
        Assert.Equal(["01-15 45/1", "01-31 45/2", "02-15 45/3", "02-29 45/4"], Written(Gea with { DaysOfMonth = Days(15, 31) }, "2024-03-01"));
        Assert.Equal(["01-30 45/1", "01-31 45/2", "02-29 45/3", "03-30 45/4"], Written(Gea with { DaysOfMonth = Days(30, 31) }, "2024-03-30"));
    }

    [Theory]
    [InlineData(Frequency.Bimonthly, "01-31 03-31 05-31 07-31 09-30 11-30")]
    [InlineData(Frequency.Quarterly, "01-31 04-30 07-31 10-31")]
    [InlineData(Frequency.HalfYearly, "01-31 07-31")]
    [InlineData(Frequency.Yearly, "01-31")]
    public void Rarer_serials_count_their_months_from_the_first_issue(Frequency frequency, string days) =>
        Assert.Equal(days.Split(' '), Written(Gea with { Frequency = frequency, FirstOn = Date("2024-01-31") }, "2024-12-31").Select(issue => issue[..5]));

    [Fact]
    public void A_yearbook_of_29_February_appears_on_the_28th_in_other_years() => Assert.Equal(
        ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        (Gea with { Frequency = Frequency.Yearly, FirstOn = Date("2024-02-29") }).Issues(Date("2028-12-31")).Select(issue => FormattableString.Invariant($"{issue.ExpectedOn:uuuu-MM-dd}")));

    [Fact]
    public void July_and_August_are_a_double_issue_with_both_numbers()
    {
        var gea = Gea with { Combined = [new DaySpan.EveryYear(new AnnualDate(7, 1), new AnnualDate(8, 31))] };
        Assert.Equal(["06-01 45/6", "07-01 45/7-45/8", "09-01 45/9"], Written(gea, "2024-09-30").Skip(5));
        Assert.Equal("07-01 46/7-46/8", Written(gea, "2025-07-31").Last());
    }

    [Theory]
    [InlineData("2024-07-01")]
    [InlineData("2024-07-31")]
    [InlineData("2024-08-15")]
    public void A_double_issue_is_whole_however_far_is_asked(string until)
    {
        var gea = Gea with { Combined = [new DaySpan.EveryYear(new AnnualDate(7, 1), new AnnualDate(8, 31))] };
        Assert.Equal("07-01 45/7-45/8", Written(gea, until).Last());
    }

    [Fact]
    public void A_double_issue_over_New_Year_bears_numbers_of_both_volumes()
    {
        var gea = Gea with { Combined = [new DaySpan.EveryYear(new AnnualDate(12, 1), new AnnualDate(1, 31))] };
        Assert.Equal(["11-01 45/11", "12-01 45/12-46/1", "02-01 46/2"], Written(gea, "2025-02-01").TakeLast(3));
    }

    [Fact]
    public void Spans_that_touch_are_two_issues()
    {
        var weekly = Gea with
        {
            Frequency = Frequency.Weekly,
            FirstOn = Date("2024-12-02"),
            Combined = [new DaySpan.Once(Date("2024-12-02"), Date("2024-12-15")), new DaySpan.Once(Date("2024-12-16"), Date("2024-12-29"))],
        };
        Assert.Equal(["12-02 45/1-45/2", "12-16 45/3-45/4", "12-30 45/5"], Written(weekly, "2024-12-30"));
    }

    [Fact]
    public void What_is_skipped_takes_no_number_and_nothing_at_all_may_be_left()
    {
        var summer = new DaySpan.EveryYear(new AnnualDate(7, 1), new AnnualDate(8, 31));
        Assert.Equal(["06-01 45/6", "09-01 45/7"], Written(Gea with { Skipped = [summer], Combined = [summer] }, "2024-09-01").TakeLast(2));
        Assert.Equal(["06-01 45/6", "08-01 45/7"], Written(Gea with { Skipped = [new DaySpan.Once(Date("2024-07-01"), Date("2024-07-31"))] }, "2024-08-01").TakeLast(2));
        Assert.Empty((Gea with { Skipped = [new DaySpan.EveryYear(new AnnualDate(1, 1), new AnnualDate(12, 31))] }).Issues(Date("2030-01-01")));
        Assert.Empty(Gea.Issues(Date("2023-12-31")));
    }

    [Fact]
    public void A_volume_may_begin_in_autumn_end_after_its_numbers_or_never()
    {
        var school = Gea with { FirstOn = Date("2024-07-01"), Numbering = ByYear with { FirstNumber = 9, YearBeginsOn = new AnnualDate(9, 1) } };
        Assert.Equal(["07-01 45/9", "08-01 45/10", "09-01 46/1"], Written(school, "2024-09-01"));
        var byFour = Gea with { Numbering = new Numbering { FirstVolume = 3, FirstNumber = 3, Change = VolumeChange.AfterNumbers, NumbersPerVolume = 4 } };
        Assert.Equal(["01-01 3/3", "02-01 3/4", "03-01 4/1"], Written(byFour, "2024-03-01"));
        var runOn = Gea with { Numbering = byFour.Numbering with { FirstNumber = 11, NumbersRunOn = true } };
        Assert.Equal(["01-01 3/11", "02-01 3/12", "03-01 4/13"], Written(runOn, "2024-03-01"));
        var plain = Gea with { Numbering = new Numbering { FirstVolume = 0, FirstNumber = 700, Change = VolumeChange.Never } };
        Assert.Equal(["12-01 0/711", "01-01 0/712"], Written(plain, "2025-01-01").TakeLast(2));
    }

    [Fact]
    public void A_year_without_an_issue_is_a_volume_too()
    {
        var yearbook = Gea with { Frequency = Frequency.Yearly, Skipped = [new DaySpan.Once(Date("2025-01-01"), Date("2025-12-31"))] };
        Assert.Equal(["01-01 45/1", "01-01 47/1"], Written(yearbook, "2026-01-01"));
    }

    [Fact]
    public void However_the_years_are_cut_the_same_issues_come_out()
    {
        var random = new Random(20240314);
        for (var round = 0; round < 200; round++)
        {
            var pattern = Gea with
            {
                Frequency = (Frequency)random.Next(1, 9),
                FirstOn = Date("2023-06-01").PlusDays(random.Next(700)),
                DaysOfMonth = random.Next(2) == 0 ? Days() : Days(random.Next(1, 32), random.Next(1, 32)),
                Combined = [new DaySpan.EveryYear(new AnnualDate(random.Next(1, 13), 10), new AnnualDate(random.Next(1, 13), 20))],
                Skipped = [new DaySpan.EveryYear(new AnnualDate(2, 20), new AnnualDate(2, 29))],
            };
            var all = pattern.Issues(Date("2026-12-31")).ToList();
            var cut = Date("2024-01-01").PlusDays(random.Next(900));
            Assert.Equal(all.Where(issue => issue.ExpectedOn <= cut), pattern.Issues(cut));
            Assert.Equal(all.Select(issue => issue.ExpectedOn).Distinct().Order(), all.Select(issue => issue.ExpectedOn));
        }
    }

    // --- the latest issue ---

    [Theory]
    [InlineData("2024-05-03", LendingClass.LatestIssue)]
    [InlineData("2024-05-02", LendingClass.Lendable)]
    [InlineData("2023-12-27", LendingClass.Lendable)]
    public void Only_the_latest_issue_is_lent_as_such_art_26(string issued, LendingClass lending) => Assert.Equal(
        lending, LatestIssueRules.LendingOf(new ShelvedIssue(Date(issued), 45), new ShelvedIssue(Date("2024-05-03"), 45), LatestIssueScope.LatestIssue));

    [Theory]
    [InlineData("2024-01-05", 45, LendingClass.LatestIssue)]
    [InlineData("2023-12-27", 44, LendingClass.Lendable)]
    [InlineData("2024-01-05", 0, LendingClass.Lendable)]
    public void Bohinj_lends_the_whole_current_volume_as_the_latest_issue(string issued, int volume, LendingClass lending) => Assert.Equal(
        lending, LatestIssueRules.LendingOf(new ShelvedIssue(Date(issued), volume), new ShelvedIssue(Date("2024-05-03"), 45), LatestIssueScope.CurrentVolume));

    [Theory]
    [InlineData("2024-01-05", LendingClass.LatestIssue)]
    [InlineData("2023-12-27", LendingClass.Lendable)]
    public void Without_volumes_a_calendar_year_is_one(string issued, LendingClass lending) => Assert.Equal(
        lending, LatestIssueRules.LendingOf(new ShelvedIssue(Date(issued), 0), new ShelvedIssue(Date("2024-05-03"), 0), LatestIssueScope.CurrentVolume));

    [Fact]
    public void A_straggler_is_not_the_latest()
    {
        var (may, june) = (new ShelvedIssue(Date("2024-05-01"), 45), new ShelvedIssue(Date("2024-06-01"), 45));
        Assert.Equal(june, LatestIssueRules.Latest(may, june));
        Assert.Equal(june, LatestIssueRules.Latest(june, may));
        Assert.Equal(may, LatestIssueRules.Latest(may, null));
    }

    // --- claims ---

    [Theory]
    [InlineData("2024-05-09", null)]
    [InlineData("2024-05-10", 1)]
    [InlineData("2024-06-30", 1)]
    public void A_weekly_is_claimed_a_week_after_its_day_and_once_however_late(string day, int? level)
    {
        var policy = ClaimPolicy.For(Frequency.Weekly);
        var due = ClaimRules.FirstDueOn(Date("2024-05-03"), policy);
        var decision = ClaimRules.Decide(0, due, Date(day));
        Assert.Equal(level, (decision as ClaimDecision.Claim)?.Level);
        if (decision is ClaimDecision.Claim claim) Assert.Equal(Date(day).PlusDays(14), claim.NextOn);
    }

    [Fact]
    public void After_three_claims_a_fortnight_apart_it_is_missing()
    {
        var policy = ClaimPolicy.For(Frequency.Daily);
        var (level, due) = (0, ClaimRules.FirstDueOn(Date("2024-05-03"), policy));
        var made = new List<string>();
        for (var day = Date("2024-05-03"); ; day = day.PlusDays(1))
        {
            var decision = ClaimRules.Decide(level, due, day);
            if (decision is ClaimDecision.GiveUp)
            {
                made.Add(FormattableString.Invariant($"{day:MM-dd} missing"));
                break;
            }
            if (decision is not ClaimDecision.Claim claim) continue;
            (level, due) = (claim.Level, claim.NextOn);
            made.Add(FormattableString.Invariant($"{day:MM-dd} {level}"));
        }
        Assert.Equal(["05-06 1", "05-20 2", "06-03 3", "06-17 missing"], made);
    }

    private static IEnumerable<string> Written(PublicationPattern pattern, string until) => pattern.Issues(Date(until)).Select(issue =>
        FormattableString.Invariant($"{issue.ExpectedOn:MM-dd} {issue.First.Volume}/{issue.First.Number}")
        + (issue.Last == issue.First ? "" : FormattableString.Invariant($"-{issue.Last.Volume}/{issue.Last.Number}")));

    private static FrozenSet<IsoDayOfWeek> Weekdays(params IsoDayOfWeek[] days) => days.ToFrozenSet();

    private static FrozenSet<int> Days(params int[] days) => days.ToFrozenSet();
}

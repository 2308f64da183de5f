namespace Library.Membership.Domain.Tests;

public sealed class TermAndAgeTests
{
    [Theory]
    [InlineData("2026-03-02", "2027-03-01")]
    [InlineData("2026-01-01", "2026-12-31")]
    [InlineData("2024-02-29", "2025-02-27")]
    [InlineData("2023-03-01", "2024-02-29")]
    public void A_term_lasts_twelve_months_from_enrolment_art_16(string from, string to) => Assert.Equal(Day(to), TermRules.StartingOn(Day(from), 12).EndsOn);

    [Theory]
    [InlineData("2027-02-28", "2027-03-02")] // the day before the last
    [InlineData("2027-03-01", "2027-03-02")] // the last day
    [InlineData("2027-03-02", "2027-03-02")] // the day after: from today
    [InlineData("2027-09-10", "2027-09-10")]
    public void A_renewal_follows_the_term_or_starts_today_where_it_has_lapsed_art_16(string today, string startsOn)
    {
        var last = TermRules.StartingOn(Day("2026-03-02"), 12);
        var state = last.IsOverOn(Day(today)) ? MemberState.Lapsed : MemberState.Active;

        var renewed = Assert.IsType<RenewalDecision.Renewed>(TermRules.Renew(last, state, Day(today), 12));

        Assert.Equal(TermRules.StartingOn(Day(startsOn), 12), renewed.Term);
    }

    [Fact]
    public void One_term_ahead_is_enough() => Assert.Equal(
        new RenewalDecision.Refused(MemberRefusal.RenewalNotAllowed),
        TermRules.Renew(TermRules.StartingOn(Day("2027-03-02"), 12), MemberState.Active, Day("2027-03-01"), 12));

    [Theory]
    [InlineData(MemberState.Left)]
    [InlineData(MemberState.Excluded)]
    [InlineData(MemberState.Erased)]
    public void Who_left_or_was_excluded_joins_anew(MemberState state) => Assert.Equal(
        new RenewalDecision.Refused(MemberRefusal.RenewalNotAllowed),
        TermRules.Renew(TermRules.StartingOn(Day("2026-03-02"), 12), state, Day("2026-06-01"), 12));

    [Theory]
    [InlineData("2026-06-14", PersonStatus.SecondaryPupil, true)]
    [InlineData("2026-06-15", PersonStatus.SecondaryPupil, false)] // the day of turning 15
    [InlineData("2026-06-15", PersonStatus.PrimaryPupil, true)] // still in primary school
    [InlineData("2026-06-15", PersonStatus.PreschoolChild, true)]
    [InlineData("2026-06-14", PersonStatus.Employed, true)]
    public void Under_15_or_in_primary_school_is_the_youth_section_art_18(string on, PersonStatus status, bool youth) =>
        Assert.Equal(youth, AgeRules.IsInYouthSection(Day("2011-06-15"), status, Day(on), 15));

    [Theory]
    [InlineData("2026-06-14", true)]
    [InlineData("2026-06-15", false)]
    public void A_minor_needs_a_guardian_until_the_day_of_turning_18(string on, bool needed) =>
        Assert.Equal(needed, AgeRules.NeedsGuardian(Day("2008-06-15"), Day(on), 18));

    [Theory]
    [InlineData("2026-02-27", false)]
    [InlineData("2026-02-28", true)]
    public void Who_was_born_on_29_February_has_their_birthday_on_the_28th(string on, bool turned) =>
        Assert.Equal(turned, AgeRules.HasTurned(Day("2008-02-29"), 18, Day(on)));

    [Theory]
    [InlineData(MembershipKind.SmallBranch, "BRE", true)]
    [InlineData(MembershipKind.SmallBranch, "RAD", false)]
    [InlineData(MembershipKind.Full, "RAD", true)]
    [InlineData(MembershipKind.EOnly, "RAD", true)]
    public void The_lower_fee_exists_only_at_the_small_branches_art_19(MembershipKind kind, string branch, bool may) =>
        Assert.Equal(may, ChangeRules.MayJoinAt(kind, branch, new HashSet<string> { "BRE", "SRV", "STF" }));

    [Theory]
    [InlineData(0, 0, 0, null)]
    [InlineData(1, 0, 0, MemberRefusal.OpenObligations)]
    [InlineData(0, 30, 0, MemberRefusal.OpenObligations)]
    [InlineData(0, 0, 1, MemberRefusal.OpenObligations)]
    public void Nobody_leaves_with_anything_open_art_20(long owed, long accruing, int loans, MemberRefusal? expected) =>
        Assert.Equal(expected, ChangeRules.Leave(owed, accruing, loans));

    private static LocalDate Day(string text) => NodaTime.Text.LocalDatePattern.Iso.Parse(text).Value;
}

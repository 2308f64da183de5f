using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Lending;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>Reservations (art. 31, 33).</summary>
public sealed class HoldTests
{
    private static readonly LocalDate Today = new(2024, 4, 15);
    private static readonly HoldPolicy Policy = Radovljica.Rulebook.Hold;
    private static readonly HoldFacts AnasHold = new() { Borrower = Members.Ana, Title = new TitleFacts(Lendable: 1, YouthLendable: 0, OnOrder: 0) };

    [Theory]
    [InlineData("2024-04-15", false, "2024-04-18")] // Monday: Tuesday, Wednesday, Thursday
    [InlineData("2024-04-17", false, "2024-04-22")] // Wednesday: over the weekend
    [InlineData("2024-04-20", false, "2024-04-24")] // a Saturday on which the branch is open
    [InlineData("2024-04-30", false, "2024-05-07")] // 1 and 2 May are holidays
    [InlineData("2024-12-23", false, "2024-12-30")] // 24, 27, 30: both Christmas holidays lie between
    [InlineData("2024-02-28", false, "2024-03-04")] // over the leap day: 29 February, 1 March, 4 March
    [InlineData("2024-03-29", false, "2024-04-04")] // over Easter Monday and the change to summer time
    [InlineData("2024-04-15", true, "2024-04-16")] // set aside from the shelf: the next working day
    [InlineData("2024-04-19", true, "2024-04-22")] // Friday: Saturday is no working day, though the branch is open
    public void Reserved_material_waits_three_working_days_prepared_material_one_art_33(string readyOn, bool prepared, string until) =>
        Assert.Equal(Date(until), HoldRules.ReadyUntil(Date(readyOn), prepared, Policy, Radovljica.Rad));

    [Theory]
    [InlineData("2024-04-15", false, "2024-04-19")] // Brezje opens on Fridays only: three working days end on Thursday
    [InlineData("2024-04-19", true, "2024-04-26")]
    [InlineData("2024-12-20", false, "2024-12-27")]
    public void It_waits_in_any_case_until_the_branchs_first_opening_day_after_the_notice_art_33(string readyOn, bool prepared, string until) =>
        Assert.Equal(Date(until), HoldRules.ReadyUntil(Date(readyOn), prepared, Policy, Radovljica.Brezje));

    [Fact]
    public void A_branch_without_hours_has_no_first_opening_day() =>
        Assert.Equal(Date("2024-04-18"), HoldRules.ReadyUntil(Today, prepared: false, Policy, Radovljica.Mobile));

    [Fact]
    public void The_last_day_itself_is_in_time_art_33()
    {
        Assert.False(HoldRules.HasExpired(Today, Today));
        Assert.True(HoldRules.HasExpired(Today, Today.PlusDays(1)));
    }

    [Fact]
    public void A_member_without_obligations_reserves_what_is_lent_or_on_order_art_33()
    {
        Assert.Empty(Against(AnasHold));
        Assert.Empty(Against(AnasHold with { Title = new TitleFacts(0, 0, OnOrder: 1) }));
        Assert.Equal([LoanRefusal.ItemNotForLoan], Against(AnasHold with { Title = new TitleFacts(0, 0, 0) }));
    }

    [Fact]
    public void Any_open_claim_forbids_reserving_art_31() =>
        Assert.Equal([LoanRefusal.OpenClaims], Against(AnasHold with { Borrower = Members.Ana with { DebtMinor = 1 } }));

    [Fact]
    public void Who_has_or_waits_for_the_title_does_not_reserve_it_again() =>
        Assert.Equal([LoanRefusal.AlreadyHeld, LoanRefusal.AlreadyLentToMember], Against(AnasHold with { AlreadyHeld = true, AlreadyLent = true }));

    [Fact]
    public void The_youth_section_reserves_what_is_fit_for_it_art_18()
    {
        Assert.Equal([LoanRefusal.AgeSection], Against(AnasHold with { Borrower = Members.Dana }));
        Assert.Empty(Against(AnasHold with { Borrower = Members.Dana, Title = new TitleFacts(2, YouthLendable: 1, 0) }));
    }

    [Fact]
    public void The_smaller_fee_collects_at_the_small_branches_and_an_e_only_membership_nowhere_art_13_19()
    {
        Assert.Equal([LoanRefusal.MembershipBranch], Against(AnasHold with { Borrower = Members.Bine }));
        Assert.Empty(HoldRules.AgainstPlacing(AnasHold with { Borrower = Members.Bine }, Radovljica.Rulebook.Block, "BRE", Today));
        Assert.Equal([LoanRefusal.MembershipEOnly], Against(AnasHold with { Borrower = Members.Cene }));
    }

    [Fact]
    public void Every_reason_is_listed_in_the_order_of_precedence() => Assert.Equal(
        [LoanRefusal.MembershipLapsed, LoanRefusal.MembershipBranch, LoanRefusal.MemberRestricted, LoanRefusal.DebtOverLimit, LoanRefusal.ItemNotForLoan, LoanRefusal.OpenClaims,
            LoanRefusal.AlreadyHeld],
        Against(new HoldFacts
        {
            Borrower = Members.Bine with { TermEndsOn = Today.PlusDays(-1), Restricted = true, DebtMinor = 21_01 }, Title = new TitleFacts(0, 0, 0), AlreadyHeld = true,
        }));

    [Fact]
    public void Free_copies_go_by_the_order_of_placing_to_the_pick_up_branchs_own_copy_first()
    {
        Guid[] id = [Guid.Parse("00000000-0000-0000-0000-000000000001"), Guid.Parse("00000000-0000-0000-0000-000000000002"), Guid.Parse("00000000-0000-0000-0000-000000000003")];
        WaitingHold Hold(int number, string pickup, string? only = null, bool youth = false) => new(id[number], pickup, only, youth);

        Assert.Equal(
            [new SetAside(id[0], "B", true), new SetAside(id[1], "A", false)],
            HoldRules.SetAside([Hold(0, "BLE"), Hold(1, "GOR"), Hold(2, "RAD")], [new("A", "RAD", false), new("B", "BLE", false)]));
        // who wants one copy only, and who is too young for it, are passed over
        Assert.Equal(
            [new SetAside(id[2], "A", true)],
            HoldRules.SetAside([Hold(0, "RAD", only: "B"), Hold(1, "RAD", youth: true), Hold(2, "RAD")], [new("A", "RAD", false)]));
        Assert.Equal([new SetAside(id[0], "A", true)], HoldRules.SetAside([Hold(0, "RAD", youth: true)], [new("A", "RAD", Youth: true)]));
    }

    [Theory]
    [InlineData(1, "2024-04-20")]
    [InlineData(2, "2024-05-01")]
    [InlineData(3, "2024-05-11")] // the first copy once more, 21 days later
    public void The_wait_is_estimated_by_the_copies_due_dates(int position, string expected) =>
        Assert.Equal(Date(expected), HoldRules.ExpectedOn(position, [new(2024, 5, 1), new(2024, 4, 20)], 21, Today));

    [Fact]
    public void Overdue_copies_are_expected_today_and_without_copies_there_is_no_estimate()
    {
        Assert.Equal(Today, HoldRules.ExpectedOn(1, [new(2024, 4, 1)], 21, Today));
        Assert.Null(HoldRules.ExpectedOn(1, [], 21, Today));
    }

    private static IReadOnlyList<LoanRefusal> Against(HoldFacts facts) => HoldRules.AgainstPlacing(facts, Radovljica.Rulebook.Block, "RAD", Today);

    private static LocalDate Date(string iso) => NodaTime.Text.LocalDatePattern.Iso.Parse(iso).Value;
}

using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

public sealed class CheckOutTests
{
    private static readonly LocalDate Today = new(2024, 4, 15);

    [Theory]
    [InlineData(Material.Book, "2024-05-06", 2)]
    [InlineData(Material.Audiobook, "2024-05-06", 2)]
    [InlineData(Material.SerialIssue, "2024-04-22", 1)]
    [InlineData(Material.AudioVisual, "2024-05-06", 2)]
    [InlineData(Material.StorySuitcase, "2024-05-06", 0)]
    [InlineData(Material.MediaKit, "2024-05-06", 1)]
    [InlineData(Material.EBook, "2024-04-29", 0)]
    [InlineData(Material.EAudiobook, "2024-04-29", 0)]
    public void A_loan_lasts_as_long_as_its_material_art_30(Material material, string dueOn, int renewalsLeft)
    {
        var granted = Assert.IsType<CheckOutDecision.Granted>(Decide(Members.Ana, Items.Book with { Material = material }));
        Assert.Equal(new CheckOutDecision.Granted(Date(dueOn), renewalsLeft, "2024-03-14", "cal-1"), granted);
    }

    [Fact]
    public void A_due_date_on_a_closed_day_stays_at_Radovljica()
    {
        var granted = Assert.IsType<CheckOutDecision.Granted>(Decide(Members.Ana, Items.Book, today: new LocalDate(2024, 4, 10)));
        Assert.Equal(new LocalDate(2024, 5, 1), granted.DueOn);
    }

    [Theory]
    [InlineData("RAD", "2024-05-03")] // 1 and 2 May are holidays
    [InlineData("MOB", "2024-05-01")] // no opening day is known
    public void A_due_date_on_a_closed_day_moves_where_the_rulebook_says_so(string branch, string dueOn)
    {
        var rulebook = Radovljica.Rulebook with { DueOnClosedDay = ClosedDayRule.NextOpenDay };
        var decision = CheckOutRules.Decide(new CheckOutFacts(Members.Ana, Items.Book), rulebook, Calendar(branch), new LocalDate(2024, 4, 10));
        Assert.Equal(Date(dueOn), Assert.IsType<CheckOutDecision.Granted>(decision).DueOn);
    }

    [Theory]
    [InlineData("2025-03-12", true)]
    [InlineData("2025-03-13", true)] // the last day of the term
    [InlineData("2025-03-14", false)]
    public void A_membership_holds_through_its_last_day_art_16(string today, bool granted) =>
        AssertGranted(granted, LoanRefusal.MembershipLapsed, Decide(Members.Ana, Items.Book, today: Date(today)));

    [Theory]
    [InlineData(MembershipState.Lapsed, LoanRefusal.MembershipLapsed)]
    [InlineData(MembershipState.Left, LoanRefusal.MembershipLapsed)]
    [InlineData(MembershipState.Erased, LoanRefusal.MembershipLapsed)]
    [InlineData(MembershipState.Excluded, LoanRefusal.MemberRestricted)]
    public void Who_is_no_active_member_borrows_nothing_art_20_40(MembershipState state, LoanRefusal reason) =>
        AssertGranted(false, reason, Decide(Members.Ana with { State = state }, Items.Book));

    [Fact]
    public void A_member_without_an_end_of_term_borrows() => AssertGranted(true, default, Decide(Members.Ana with { TermEndsOn = null }, Items.Book));

    [Fact]
    public void An_e_only_member_borrows_e_books_and_nothing_else_art_13()
    {
        AssertGranted(true, default, Decide(Members.Cene, Items.Book with { Material = Material.EBook }));
        AssertGranted(true, default, Decide(Members.Cene, Items.Book with { Material = Material.EAudiobook }));
        AssertGranted(false, LoanRefusal.MembershipEOnly, Decide(Members.Cene, Items.Book));
    }

    [Theory]
    [InlineData("BRE", true)]
    [InlineData("RAD", false)]
    [InlineData("BLE", false)]
    public void The_smaller_fee_is_good_at_the_small_branches_art_19(string branch, bool granted) =>
        AssertGranted(granted, LoanRefusal.MembershipBranch, Decide(Members.Bine, Items.Book, branch));

    [Theory]
    [InlineData(20_00, true)] // an unpaid membership alone does not block
    [InlineData(21_00, true)]
    [InlineData(21_01, false)]
    public void A_debt_over_21_euros_blocks_art_27(long debtMinor, bool granted) =>
        AssertGranted(granted, LoanRefusal.DebtOverLimit, Decide(Members.Ana with { DebtMinor = debtMinor }, Items.Book));

    [Theory]
    [InlineData("2023-04-17", true)] // 364 days
    [InlineData("2023-04-16", true)] // 365 days: the year has a 29 February in it
    [InlineData("2023-04-15", false)]
    public void An_obligation_older_than_365_days_blocks_however_small_art_27(string since, bool granted) =>
        AssertGranted(granted, LoanRefusal.DebtTooOld, Decide(Members.Ana with { DebtMinor = 50, OldestOpenObligationOn = Date(since) }, Items.Book));

    [Theory]
    [InlineData(2, true, 8_00, true)]
    [InlineData(3, true, 8_00, false)]
    [InlineData(4, true, 13_00, false)]
    [InlineData(3, false, 8_00, false)] // all is back, not all is settled
    [InlineData(3, true, 0, false)] // all is settled, not all is back
    [InlineData(3, false, 0, true)]
    public void The_third_reminder_blocks_until_all_is_back_and_settled_art_27(int level, bool overdue, long debtMinor, bool granted) =>
        AssertGranted(granted, LoanRefusal.UnreturnedNotice, Decide(Members.Ana with { ReminderLevel = level, AnythingOverdue = overdue, DebtMinor = debtMinor }, Items.Book));

    [Fact]
    public void A_pupil_borrows_from_the_youth_section_art_18()
    {
        AssertGranted(true, default, Decide(Members.Dana, Items.Book with { Audience = AgeSection.Youth }));
        AssertGranted(true, default, Decide(Members.Dana, Items.Book));
        AssertGranted(false, LoanRefusal.AgeSection, Decide(Members.Dana, Items.Book with { Audience = AgeSection.Adult }));
        AssertGranted(true, default, Decide(Members.Ana, Items.Book with { Audience = AgeSection.Youth }));
    }

    [Fact]
    public void A_replaced_card_and_a_restricted_member_are_refused_art_24_29()
    {
        AssertGranted(false, LoanRefusal.CardReplaced, Decide(Members.Ana with { CardReplaced = true }, Items.Book));
        AssertGranted(false, LoanRefusal.MemberRestricted, Decide(Members.Ana with { Restricted = true }, Items.Book));
    }

    [Fact]
    public void Items_are_refused_for_what_they_are_art_27_32()
    {
        AssertGranted(false, LoanRefusal.ItemOnLoan, Decide(Members.Ana, Items.Book with { OnLoanTo = LoanHolder.Another }));
        AssertGranted(false, LoanRefusal.ItemHeldForAnother, Decide(Members.Ana, Items.Book with { HeldForAnother = true }));
        AssertGranted(false, LoanRefusal.ItemNotForLoan, Decide(Members.Ana, Items.Book with { Lending = LendingClass.ReadingRoomOnly }));
        AssertGranted(false, LoanRefusal.ItemNotForLoan, Decide(Members.Ana, Items.Book with { Material = Material.Game })); // no policy for it
        AssertGranted(false, LoanRefusal.ItemNotForLoan, Decide(Members.Ana, Items.Book with { Status = StockStatus.UnderRepair }));
        AssertGranted(false, LoanRefusal.ItemWithdrawn, Decide(Members.Ana, Items.Book with { Status = StockStatus.WrittenOff }));
        AssertGranted(false, LoanRefusal.ItemWithdrawn, Decide(Members.Ana, Items.Book with { Status = StockStatus.Lost }));
        AssertGranted(true, default, Decide(Members.Ana, Items.Book with { Status = StockStatus.InTransit }));
    }

    [Fact]
    public void What_the_member_already_has_is_on_loan_first_and_lent_to_the_member_last()
    {
        var refused = Assert.IsType<CheckOutDecision.Refused>(Decide(Members.Ana, Items.Book with { OnLoanTo = LoanHolder.ThisMember }));
        Assert.Equal([LoanRefusal.ItemOnLoan, LoanRefusal.AlreadyLentToMember], refused.Reasons);
    }

    [Fact]
    public void Where_all_reasons_hold_they_are_listed_in_order_and_the_first_is_given()
    {
        var worst = Members.Bine with
        {
            State = MembershipState.Lapsed,
            Restricted = true,
            CardReplaced = true,
            DebtMinor = 30_00,
            OldestOpenObligationOn = new LocalDate(2022, 1, 1),
            ReminderLevel = 3,
            AnythingOverdue = true,
            Section = AgeSection.Youth,
        };
        var item = new ItemFacts
        {
            Material = Material.Book,
            Lending = LendingClass.ReadingRoomOnly,
            Status = StockStatus.WrittenOff,
            Audience = AgeSection.Adult,
            OnLoanTo = LoanHolder.Another,
            HeldForAnother = true,
        };

        var refused = Assert.IsType<CheckOutDecision.Refused>(Decide(worst, item));
        Assert.Equal(
            "MEMBERSHIP_LAPSED, MEMBERSHIP_BRANCH, MEMBER_RESTRICTED, CARD_REPLACED, DEBT_OVER_LIMIT, DEBT_TOO_OLD, UNRETURNED_NOTICE, AGE_SECTION, "
            + "ITEM_ON_LOAN, ITEM_HELD_FOR_ANOTHER, ITEM_NOT_FOR_LOAN, ITEM_WITHDRAWN",
            string.Join(", ", refused.Reasons.Select(reason => reason.Code())));
        Assert.Equal(LoanRefusal.MembershipLapsed, refused.Reason);
        Assert.False(refused.CouldBeLifted);
    }

    [Fact]
    public void Only_what_other_services_own_is_worth_asking_for_again()
    {
        Assert.True(Assert.IsType<CheckOutDecision.Refused>(Decide(Members.Ana with { DebtMinor = 30_00 }, Items.Book)).CouldBeLifted);
        Assert.False(Assert.IsType<CheckOutDecision.Refused>(Decide(Members.Ana with { DebtMinor = 30_00 }, Items.Book with { OnLoanTo = LoanHolder.Another })).CouldBeLifted);
    }

    [Theory]
    [InlineData("RAD", "2024-04-19", null)] // Friday
    [InlineData("RAD", "2024-04-20", "2024-04-22")] // Saturday to Monday
    [InlineData("BLE", "2024-04-20", "2024-04-22")]
    [InlineData("RAD", "2024-03-30", "2024-04-02")] // Easter Monday is closed: Tuesday
    [InlineData("RAD", "2024-04-30", "2024-05-03")] // the eve of 1 May to the day after 2 May
    [InlineData("RAD", "2024-10-30", "2024-11-02")] // two holidays, then an open Saturday
    [InlineData("RAD", "2024-12-24", "2024-12-27")]
    [InlineData("BOH", "2024-04-19", "2024-04-22")] // Friday to Monday
    [InlineData("BOH", "2024-04-18", null)]
    [InlineData("BOH", "2024-10-30", "2024-11-04")] // at Bohinj the Saturday after is closed
    [InlineData("BRE", "2024-04-19", "2024-04-26")] // elsewhere seven days
    public void The_latest_issue_is_lent_over_the_closed_days_art_30(string branch, string today, string? dueOn)
    {
        var decision = Decide(Members.Ana, Items.LatestIssue, branch, Date(today));
        if (dueOn is null)
        {
            AssertGranted(false, LoanRefusal.ItemNotForLoan, decision);
        }
        else
        {
            var granted = Assert.IsType<CheckOutDecision.Granted>(decision);
            Assert.Equal((Date(dueOn), 0), (granted.DueOn, granted.RenewalsLeft));
        }
    }

    internal static CheckOutDecision Decide(BorrowerFacts borrower, ItemFacts item, string branch = "RAD", LocalDate? today = null) =>
        CheckOutRules.Decide(new CheckOutFacts(borrower, item), Radovljica.Rulebook, Calendar(branch), today ?? Today);

    private static void AssertGranted(bool granted, LoanRefusal reason, CheckOutDecision decision)
    {
        if (granted)
        {
            Assert.IsType<CheckOutDecision.Granted>(decision);
        }
        else
        {
            Assert.Equal([reason], Assert.IsType<CheckOutDecision.Refused>(decision).Reasons);
        }
    }
}

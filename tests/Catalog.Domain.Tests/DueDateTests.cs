using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;
using static Library.Catalog.Domain.Tests.CalendarTests;

namespace Library.Catalog.Domain.Tests;

/// <summary>Due dates at the edges of months, seasons, holidays and clocks (art. 26–30, 36).</summary>
public sealed class DueDateTests
{
    private static readonly CirculationRulebook NextOpenDay = Radovljica.Rulebook with { DueOnClosedDay = ClosedDayRule.NextOpenDay };

    [Theory]
    [InlineData("2024-01-10", "2024-01-31")] // the last day of a month
    [InlineData("2024-01-11", "2024-02-01")] // the first of the next
    [InlineData("2024-02-07", "2024-02-28")]
    [InlineData("2024-02-08", "2024-02-29")] // the leap day
    [InlineData("2024-02-09", "2024-03-01")]
    [InlineData("2025-02-07", "2025-02-28")]
    [InlineData("2025-02-08", "2025-03-01")] // a year without one
    [InlineData("2024-03-10", "2024-03-31")] // clocks go forward on the due day
    [InlineData("2024-10-06", "2024-10-27")] // and back
    [InlineData("2024-12-11", "2025-01-01")] // New Year, a holiday: it stays (art. 36)
    [InlineData("2024-04-10", "2024-05-01")] // 1 May
    [InlineData("2024-04-11", "2024-05-02")] // 2 May
    [InlineData("2024-06-12", "2024-07-03")] // into the summer hours
    [InlineData("2024-08-12", "2024-09-02")] // and out of them
    public void A_book_is_due_21_days_later_whatever_lies_between_art_30(string lentOn, string dueOn) =>
        Assert.Equal(Date(dueOn), DueDates.After(21, Radovljica.Rulebook, Radovljica.Rad, Date(lentOn)));

    [Theory]
    [InlineData("2024-04-10", "2024-05-03")] // 1 and 2 May are closed, the 3rd is a Friday
    [InlineData("2024-04-13", "2024-05-04")] // a Saturday morning is an opening day
    [InlineData("2024-04-14", "2024-05-06")] // Sunday
    [InlineData("2024-12-04", "2024-12-27")] // both days of Christmas
    [InlineData("2024-12-11", "2025-01-03")] // 1 and 2 January
    [InlineData("2024-03-10", "2024-04-02")] // Easter Sunday, on which the clocks change, and Easter Monday
    [InlineData("2024-08-24", "2024-09-16")] // the Saturday of the year on which all is closed, and the Sunday after it
    public void Where_the_rulebook_says_so_it_moves_to_the_next_opening_day(string lentOn, string dueOn) =>
        Assert.Equal(Date(dueOn), DueDates.After(21, NextOpenDay, Radovljica.Rad, Date(lentOn)));

    [Theory]
    [InlineData("2024-06-11", "2024-07-02")] // Tuesday: open in summer, in the morning
    [InlineData("2024-06-15", "2024-07-06")] // Saturday, the same all year
    [InlineData("2024-06-16", "2024-07-08")] // Sunday
    public void Summer_hours_decide_what_is_an_opening_day(string lentOn, string dueOn) =>
        Assert.Equal(Date(dueOn), DueDates.After(21, NextOpenDay, Radovljica.Bled, Date(lentOn)));

    [Theory]
    [InlineData("2024-04-27", "2024-04-29")] // Saturday to Monday; that this Saturday is a holiday changes nothing for who lends on it
    [InlineData("2024-04-26", "2024-04-29")] // the day before a holiday on a Saturday
    [InlineData("2024-04-30", "2024-05-03")] // the day before two holidays: the day after both
    [InlineData("2024-12-24", "2024-12-27")]
    [InlineData("2024-12-31", "2025-01-03")]
    [InlineData("2024-03-30", "2024-04-02")] // the Saturday before Easter: Monday is a holiday too
    public void A_latest_issue_is_back_when_the_branch_opens_again_art_26_30(string lentOn, string dueOn) =>
        Assert.Equal(new Due(Date(dueOn), DueRule.OverClosedDays), DueDates.ForLoan(Items.LatestIssue, Radovljica.Rulebook, Radovljica.Rad, Date(lentOn)));

    [Theory]
    [InlineData("2024-04-29")] // Monday
    [InlineData("2024-04-19")] // a Friday like any other
    public void On_other_days_a_latest_issue_stays_in_the_house_art_30(string lentOn) =>
        Assert.Null(DueDates.ForLoan(Items.LatestIssue, Radovljica.Rulebook, Radovljica.Rad, Date(lentOn)));
}

/// <summary>What staff may allow beyond the rules (art. 9, 32).</summary>
public sealed class DiscretionTests
{
    private static readonly LocalDate Today = new(2024, 4, 15);

    private static readonly CirculationRulebook Rulebook = Radovljica.Rulebook with
    {
        Discretion = new DiscretionPolicy(90, new Dictionary<LoanRefusal, IReadOnlySet<string>>
        {
            [LoanRefusal.ItemNotForLoan] = new HashSet<string> { "admin" },
            [LoanRefusal.DebtOverLimit] = new HashSet<string> { "admin" },
            [LoanRefusal.AgeSection] = new HashSet<string> { "librarian", "admin" },
            [LoanRefusal.ItemOnLoan] = new HashSet<string> { "admin" },
        }, "art. 9, 32"),
    };

    private static readonly IReadOnlySet<string> Librarian = new HashSet<string> { "librarian" }, Director = new HashSet<string> { "admin" };

    [Fact]
    public void A_librarian_allows_a_longer_period_and_never_a_shorter_one_art_9()
    {
        var ordinary = new Due(new LocalDate(2024, 5, 6), DueRule.Period);
        Assert.Equal((new LocalDate(2024, 5, 6), new LocalDate(2024, 7, 14)), DiscretionRules.DueBetween(ordinary, Rulebook.Discretion, Today));
        Assert.Equal((new LocalDate(2024, 4, 16), new LocalDate(2024, 7, 14)), DiscretionRules.DueBetween(null, Rulebook.Discretion, Today));
        Assert.Equal(new LocalDate(2024, 5, 20), DiscretionRules.DueBetween(ordinary, Rulebook.Discretion, Today, lenderDueOn: new LocalDate(2024, 5, 20)).Last);
        // where the rulebook says nothing of it, the last day is before the first
        var (first, last) = DiscretionRules.DueBetween(ordinary, DiscretionPolicy.None, Today);
        Assert.True(last < first);
        var granted = Assert.IsType<CheckOutDecision.Granted>(Decide(Members.Ana, Items.Book, new Discretion(new LocalDate(2024, 7, 1), Override: false, Librarian)));
        Assert.Equal((new LocalDate(2024, 7, 1), DueRule.Discretion, 2), (granted.DueOn, granted.Rule, granted.RenewalsLeft));
    }

    [Fact]
    public void Only_who_may_passes_a_refusal_over_and_only_when_asked_art_32()
    {
        var atlas = Items.Book with { Lending = LendingClass.ReadingRoomOnly };
        var until = new LocalDate(2024, 4, 22);
        Assert.Equal([LoanRefusal.ItemNotForLoan], Refused(Decide(Members.Ana, atlas, new Discretion(until, true, Librarian))));
        Assert.Equal([LoanRefusal.ItemNotForLoan], Refused(Decide(Members.Ana, atlas, new Discretion(until, false, Director))));
        Assert.Equal([LoanRefusal.ItemNotForLoan], Refused(Decide(Members.Ana, atlas, new Discretion(null, true, Director)))); // until when?
        var granted = Assert.IsType<CheckOutDecision.Granted>(Decide(Members.Ana, atlas, new Discretion(until, true, Director)));
        Assert.Equal((until, 0), (granted.DueOn, granted.RenewalsLeft));
        Assert.Equal([LoanRefusal.ItemNotForLoan], granted.Overridden);
    }

    [Fact]
    public void What_may_not_be_passed_over_stays_and_what_cannot_be_is_passed_over_by_nobody()
    {
        var debtor = Members.Ana with { DebtMinor = 21_01, Restricted = true };
        Assert.Equal([LoanRefusal.MemberRestricted], Refused(Decide(debtor, Items.Book, new Discretion(null, true, Director))));
        Assert.Equal([LoanRefusal.ItemOnLoan], Refused(Decide(Members.Ana, Items.Book with { OnLoanTo = LoanHolder.Another }, new Discretion(null, true, Director))));
        Assert.Equal([LoanRefusal.ItemWithdrawn], Refused(Decide(Members.Ana, Items.Book with { Status = StockStatus.WrittenOff }, new Discretion(null, true, Director))));
    }

    private static CheckOutDecision Decide(BorrowerFacts borrower, ItemFacts item, Discretion discretion) =>
        CheckOutRules.Decide(new CheckOutFacts(borrower, item), Rulebook, Radovljica.Rad, Today, discretion);

    private static IReadOnlyList<LoanRefusal> Refused(CheckOutDecision decision) => Assert.IsType<CheckOutDecision.Refused>(decision).Reasons;
}

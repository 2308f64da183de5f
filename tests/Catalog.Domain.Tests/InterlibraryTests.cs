using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>Interlibrary loan (art. 34): what may be done when, and how the lender's terms bind our own loan.</summary>
public sealed class InterlibraryTests
{
    private static readonly LocalDate Day = new(2024, 6, 3);

    [Theory]
    [InlineData("REQUESTER", "SUPPLY ARRIVE LEND TAKE_BACK SEND_BACK CLOSE", "SUPPLIED ARRIVED LENT RETURNED_BY_MEMBER SENT_BACK CLOSED")]
    [InlineData("REQUESTER", "SUPPLY ARRIVE SEND_BACK CLOSE", "SUPPLIED ARRIVED SENT_BACK CLOSED")]
    [InlineData("REQUESTER", "CANCEL", "CANCELLED")]
    [InlineData("REQUESTER", "UNFILL", "UNFILLED")]
    [InlineData("REQUESTER", "SUPPLY REPORT_LOST", "SUPPLIED LOST")]
    [InlineData("SUPPLIER", "SHIP RECEIVE_BACK CLOSE", "SHIPPED RETURNED CLOSED")]
    [InlineData("SUPPLIER", "SHIP REPORT_LOST", "SHIPPED LOST")]
    [InlineData("SUPPLIER", "UNFILL", "UNFILLED")]
    public void A_request_goes_its_way(string role, string actions, string states)
    {
        var (state, seen) = (InterlibraryState.Requested, new List<string>());
        foreach (var action in actions.Split(' '))
        {
            state = InterlibraryRules.After(Of<InterlibraryRole>(role), state, Of<InterlibraryAction>(action))!.Value;
            seen.Add(ContractCode.Of(state));
        }
        Assert.Equal(states, string.Join(' ', seen));
    }

    [Theory]
    [InlineData("2024-07-01", "2024-06-06")] // three working days, as reserved material
    [InlineData("2024-06-06", "2024-06-06")]
    [InlineData("2024-06-05", "2024-06-05")] // the lender wants it back before
    public void What_arrived_waits_as_reserved_material_does_but_not_beyond_the_lenders_day_art_33_34(string lenderDueOn, string until) =>
        Assert.Equal(CalendarTests.Date(until), InterlibraryRules.WaitsUntil(Day, CalendarTests.Date(lenderDueOn), Radovljica.Rulebook.Hold, Radovljica.Rad));

    [Fact]
    public void Nothing_else_is_done()
    {
        var allowed = new HashSet<(InterlibraryRole, InterlibraryState)>();
        var count = 0;
        foreach (var role in Enum.GetValues<InterlibraryRole>())
            foreach (var state in Enum.GetValues<InterlibraryState>())
                foreach (var action in Enum.GetValues<InterlibraryAction>())
                {
                    if (InterlibraryRules.After(role, state, action) is null) continue;
                    count++;
                    allowed.Add((role, state));
                }
        Assert.Equal(19, count);
        Assert.DoesNotContain(allowed, pair => InterlibraryRules.IsOver(pair.Item2));
        // what our member has is a loan like any other: not lost, cancelled or sent back here
        Assert.All(
            Enum.GetValues<InterlibraryAction>().Where(action => action != InterlibraryAction.TakeBack),
            action => Assert.Null(InterlibraryRules.After(InterlibraryRole.Requester, InterlibraryState.Lent, action)));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void The_lenders_last_day_is_inclusive(int dueIn, bool overdue)
    {
        Assert.Equal(overdue, InterlibraryRules.IsOverdue(InterlibraryState.Shipped, Day.PlusDays(dueIn), Day));
        Assert.False(InterlibraryRules.IsOverdue(InterlibraryState.SentBack, Day.PlusDays(dueIn), Day));
        Assert.False(InterlibraryRules.IsOverdue(InterlibraryState.Requested, null, Day));
    }

    [Fact]
    public void Every_state_has_a_status_of_ISO_18626()
    {
        string[] known = ["RequestReceived", "Loaned", "Overdue", "LoanCompleted", "Unfilled", "Cancelled", "CompletedWithoutReturn"];
        Assert.All(Enum.GetValues<InterlibraryState>(), state => Assert.Contains(InterlibraryRules.Iso18626Status(state, isOverdue: false), known));
        Assert.Equal(("Overdue", "LoanCompleted"), (
            InterlibraryRules.Iso18626Status(InterlibraryState.Lent, isOverdue: true), InterlibraryRules.Iso18626Status(InterlibraryState.Returned, isOverdue: true)));
    }

    [Theory]
    [InlineData(40, 21, 2)] // our own period, where the lender gives longer
    [InlineData(21, 21, 2)]
    [InlineData(20, 20, 2)]
    [InlineData(0, 0, 2)]
    public void A_loan_ends_on_the_lenders_day_at_the_latest_art_34(int lenderDays, int days, int renewals)
    {
        var granted = Assert.IsType<CheckOutDecision.Granted>(CheckOut(Day.PlusDays(lenderDays), renews: true));
        Assert.Equal((Day.PlusDays(days), renewals), (granted.DueOn, granted.RenewalsLeft));
    }

    [Fact]
    public void Past_the_lenders_day_it_is_not_lent_and_without_renewals_none_are_promised()
    {
        Assert.Equal([LoanRefusal.ItemNotForLoan], Assert.IsType<CheckOutDecision.Refused>(CheckOut(Day.PlusDays(-1), renews: true)).Reasons);
        Assert.Equal(0, Assert.IsType<CheckOutDecision.Granted>(CheckOut(Day.PlusDays(40), renews: false)).RenewalsLeft);
    }

    [Theory]
    [InlineData(40, true, 21)]
    [InlineData(12, true, 12)]
    [InlineData(10, true, null)] // nothing would be gained
    [InlineData(40, false, null)]
    public void A_renewal_ends_on_the_lenders_day_at_the_latest_where_it_allows_one(int lenderDays, bool renews, int? days)
    {
        var decision = RenewalRules.Decide(
            new RenewalFacts
            {
                Borrower = Members.Ana, Material = Material.Book, Lending = LendingClass.Lendable, DueOn = Day.PlusDays(10), RenewalsMade = 0,
                LenderDueOn = Day.PlusDays(lenderDays), LenderRenews = renews,
            },
            Radovljica.Rulebook, Radovljica.Rad, Day);
        if (days is { } granted) Assert.Equal(Day.PlusDays(granted), Assert.IsType<RenewalDecision.Granted>(decision).DueOn);
        else Assert.Equal([LoanRefusal.RenewalNotAllowed], Assert.IsType<RenewalDecision.Refused>(decision).Reasons);
    }

    private static CheckOutDecision CheckOut(LocalDate lenderDueOn, bool renews) => CheckOutRules.Decide(
        new CheckOutFacts(Members.Ana, new ItemFacts { Material = Material.Book, Lending = LendingClass.Lendable, LenderDueOn = lenderDueOn, LenderRenews = renews }),
        Radovljica.Rulebook, Radovljica.Rad, Day);

    private static T Of<T>(string code) where T : struct, Enum
    {
        Assert.True(ContractCode.TryParse<T>(code, out var value));
        return value;
    }
}

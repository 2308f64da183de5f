using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Lending;

/// <summary>The last day of a loan. All dates are of the library's zone.</summary>
public static class DueDates
{
    /// <summary>
    /// The due date of a loan made on <paramref name="today"/> at the calendar's branch, or null where the item is not lent that day: it stays in the
    /// house, its material
    /// has no lending policy, or it is a latest issue and the branch lends these only over closed days. What another library lends to us is due on its
    /// day at the latest, and not lent once that has passed (art. 34).
    /// </summary>
    public static Due? ForLoan(ItemFacts item, CirculationRulebook rulebook, BranchCalendar desk, LocalDate today) => item.LenderDueOn switch
    {
        { } last when last < today => null,
        { } last when OfOurOwn(item, rulebook, desk, today) is { } due => due with { On = LocalDate.Min(due.On, last) },
        _ => OfOurOwn(item, rulebook, desk, today),
    };

    private static Due? OfOurOwn(ItemFacts item, CirculationRulebook rulebook, BranchCalendar desk, LocalDate today)
    {
        if (item.Lending == LendingClass.LatestIssue && rulebook.LatestIssue(desk.BranchCode) is LatestIssuePolicy.OverClosedDays weekend)
            return OverClosedDays(weekend.LentOn, desk, today) is { } due ? new Due(due, DueRule.OverClosedDays) : null;
        return PeriodDays(item.Material, item.Lending, rulebook, desk.BranchCode) is { } days ? new Due(After(days, rulebook, desk, today), DueRule.Period) : null;
    }

    /// <summary>The days from the loan to its last day by the rulebook, before anything moves that day; null: such an item is not lent for a period at the branch.</summary>
    public static int? PeriodDays(Material material, LendingClass lending, CirculationRulebook rulebook, string branchCode) => lending switch
    {
        LendingClass.Lendable => rulebook.Lending.GetValueOrDefault(material)?.PeriodDays,
        LendingClass.LatestIssue => (rulebook.LatestIssue(branchCode) as LatestIssuePolicy.ForDays)?.PeriodDays,
        LendingClass.ReadingRoomOnly => null,
    };

    /// <summary>
    /// The date <paramref name="periodDays"/> days after <paramref name="today"/>, moved to the next opening day where the rulebook says so;
    /// where none is known it stays.
    /// </summary>
    public static LocalDate After(int periodDays, CirculationRulebook rulebook, BranchCalendar desk, LocalDate today)
    {
        var due = today.PlusDays(periodDays);
        return rulebook.DueOnClosedDay switch
        {
            ClosedDayRule.None => due,
            ClosedDayRule.NextOpenDay => FirstOpenFrom(due, desk),
        };
    }

    // Saturday (or Friday) to Monday, the eve of a holiday to the day after it; a Monday or a day after that is closed itself gives way to the next
    // opening day.
    private static LocalDate? OverClosedDays(IsoDayOfWeek lentOn, BranchCalendar desk, LocalDate today)
    {
        if (today.DayOfWeek == lentOn)
        {
            return FirstOpenFrom(today.Next(IsoDayOfWeek.Monday), desk);
        }

        return desk.IsHoliday(today.PlusDays(1)) ? FirstOpenFrom(today.PlusDays(2), desk) : null;
    }

    private static LocalDate FirstOpenFrom(LocalDate date, BranchCalendar desk) => desk.IsOpen(date) ? date : desk.NextOpenDay(date) ?? date;
}

using Library.Catalog.Domain.Calendars;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Fines;

/// <summary>By what a line of a fine counts.</summary>
public enum FineUnit
{
    /// <summary>By days.</summary>
    Day = 1,

    /// <summary>By started weeks.</summary>
    Week,
}

/// <summary>The facts of which a fine is made.</summary>
public sealed record FineFacts
{
    /// <summary>The last day of the loan.</summary>
    public required LocalDate DueOn { get; init; }

    /// <summary>The day of return, or today for a fine that still grows.</summary>
    public required LocalDate ReturnedOn { get; init; }

    /// <summary>How many units are fined: 1, or those that a suitcase or kit really holds.</summary>
    public int Units { get; init; } = 1;

    /// <summary>What the item cost, in minor units; 0: not known.</summary>
    public long PurchasePriceMinor { get; init; }

    /// <summary>Days that cost nothing (both inclusive), because a loss may be settled until then (art. 42); null: none.</summary>
    public DateInterval? Free { get; init; }

    /// <summary>What was charged of this fine before, in minor units: it counts within the cap.</summary>
    public long ChargedMinor { get; init; }
}

/// <summary>A run of days or weeks that were charged at one price.</summary>
/// <param name="From">The first day (inclusive).</param>
/// <param name="To">The last day (inclusive); of a started week, the last day that was really overdue.</param>
/// <param name="Count">How many days or started weeks.</param>
/// <param name="Unit">By what it counts.</param>
/// <param name="UnitMinor">The price of one day or week of one unit, in minor units.</param>
/// <param name="Units">How many units.</param>
/// <param name="TariffVersion">The price list.</param>
/// <param name="AmountMinor">Count × units × price, in minor units.</param>
/// <param name="Article">The rulebook's article.</param>
public sealed record FineLine(
    LocalDate From, LocalDate To, int Count, FineUnit Unit, long UnitMinor, int Units, string TariffVersion, long AmountMinor, string Article);

/// <summary>What being late costs, and why.</summary>
/// <param name="OverdueDays">Every day past the due date, whether it was charged or not.</param>
/// <param name="AmountMinor">The fine, in minor units: the sum of the lines, or the cap where that is less.</param>
/// <param name="CurrencyCode">The currency of the amounts.</param>
/// <param name="CapMinor">The most that this fine can be, less what was charged of it before.</param>
/// <param name="Lines">The derivation, in order of time, before the cap.</param>
public sealed record Fine(int OverdueDays, long AmountMinor, string CurrencyCode, long CapMinor, IReadOnlyList<FineLine> Lines)
{
    /// <summary>Whether the cap stopped the fine.</summary>
    public bool CapReached => Lines.Count > 0 && AmountMinor == CapMinor;
}

/// <summary>What is charged for a loan that comes back late (art. 36–37).</summary>
public static class FineRules
{
    /// <summary>
    /// Prices a loan that was due and came back on the given dates (of the library's zone), day by day with the list in force on each day. It starts
    /// on the day after the due date,
    /// counts the day of return and closed days too, and stops when the policy's years from the due date are over (the anniversary is the last day charged).
    /// While the lending branch's timetable is open under the policy's weekly minutes, a week is charged on its first day and covers seven days; a
    /// week that was started is whole.
    /// A day before the first price list costs nothing, nor does one of <see cref="FineFacts.Free"/>, after which a new week begins. The cap is per unit, or the purchase price where that is higher; no rounding occurs.
    /// </summary>
    /// <param name="facts">The loan.</param>
    /// <param name="prices">Every price list.</param>
    /// <param name="policy">The caps.</param>
    /// <param name="lentAt">The calendar of the branch that lent.</param>
    public static Fine Price(FineFacts facts, PriceHistory prices, FinePolicy policy, BranchCalendar lentAt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(facts.Units);
        ArgumentOutOfRangeException.ThrowIfNegative(facts.PurchasePriceMinor);

        var overdueDays = Math.Max(0, Period.DaysBetween(facts.DueOn, facts.ReturnedOn));
        var last = LocalDate.Min(facts.ReturnedOn, facts.DueOn.PlusYears(policy.MaxYears));
        var lines = new List<FineLine>();
        for (var day = facts.DueOn.PlusDays(1); day <= last;)
        {
            if (facts.Free is { } free && free.Contains(day))
            {
                day = free.End.PlusDays(1);
                continue;
            }

            var weekly = lentAt.WeeklyOpeningMinutes(day) < policy.WeeklyUnderMinutes;
            var until = weekly ? LocalDate.Min(last, day.PlusDays(6)) : day;
            if (prices.On(day) is { } list)
            {
                Add(lines, Line(day, until, weekly ? FineUnit.Week : FineUnit.Day, list, facts.Units, policy.Article));
            }

            day = until.PlusDays(1);
        }

        var cap = Math.Max(0, Math.Max(policy.CapMinorPerUnit * facts.Units, facts.PurchasePriceMinor) - facts.ChargedMinor);
        return new Fine(overdueDays, Math.Min(cap, lines.Sum(line => line.AmountMinor)), prices.CurrencyCode, cap, lines);
    }

    private static FineLine Line(LocalDate from, LocalDate to, FineUnit unit, PriceList list, int units, string article)
    {
        var price = unit == FineUnit.Week ? list.WeekFineMinor : list.DayFineMinor;
        return new FineLine(from, to, 1, unit, price, units, list.Version, price * units, article);
    }

    private static void Add(List<FineLine> lines, FineLine next)
    {
        if (lines is [.., var previous] && previous.Unit == next.Unit && previous.TariffVersion == next.TariffVersion && previous.To.PlusDays(1) == next.From)
        {
            lines[^1] = previous with { To = next.To, Count = previous.Count + 1, AmountMinor = previous.AmountMinor + next.AmountMinor };
            return;
        }

        lines.Add(next);
    }
}

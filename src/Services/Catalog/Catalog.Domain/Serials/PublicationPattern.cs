using System.Collections.Frozen;
using NodaTime;

namespace Library.Catalog.Domain.Serials;

/// <summary>How often a serial appears. "Twice a month" is <see cref="Monthly"/> on two days of the month.</summary>
public enum Frequency
{
    /// <summary>On the given weekdays of every week; on all seven where none is given.</summary>
    Daily = 1,

    /// <summary>On the given weekdays of every week; on the first issue's weekday where none is given.</summary>
    Weekly,

    /// <summary>As weekly, in every second week counted from the week (Monday to Sunday) of the first issue.</summary>
    Fortnightly,

    /// <summary>On the given days of every month; on the first issue's day where none is given.</summary>
    Monthly,

    /// <summary>As monthly, in every second month counted from the first issue's.</summary>
    Bimonthly,

    /// <summary>As monthly, in every third month counted from the first issue's.</summary>
    Quarterly,

    /// <summary>As monthly, in every sixth month counted from the first issue's.</summary>
    HalfYearly,

    /// <summary>As monthly, in the first issue's month of every year.</summary>
    Yearly,
}

/// <summary>Days that are apart from the rule of a pattern; both ends belong to the span.</summary>
public abstract record DaySpan
{
    private DaySpan()
    {
    }

    /// <summary>The first day of the occurrence of this span that holds <paramref name="date"/>; null: the date lies outside.</summary>
    public abstract LocalDate? OccurrenceOf(LocalDate date);

    /// <summary>Every year; where <paramref name="From"/> is after <paramref name="To"/> it runs over New Year. 29 February is the 28th in other years.</summary>
    public sealed record EveryYear(AnnualDate From, AnnualDate To) : DaySpan
    {
        /// <inheritdoc/>
        public override LocalDate? OccurrenceOf(LocalDate date)
        {
            var (from, to) = (From.InYear(date.Year), To.InYear(date.Year));
            if (From <= To) return date >= from && date <= to ? from : null;
            return date >= from ? from : date <= to ? From.InYear(date.Year - 1) : null;
        }
    }

    /// <summary>Once.</summary>
    public sealed record Once(LocalDate From, LocalDate To) : DaySpan
    {
        /// <inheritdoc/>
        public override LocalDate? OccurrenceOf(LocalDate date) => date >= From && date <= To ? From : null;
    }
}

/// <summary>Volume and number of an issue, each counted from 1; volume 0: the serial has none.</summary>
public readonly record struct IssueNumber(int Volume, int Number);

/// <summary>An issue that is to be expected: one number, or several that appear as one (a double issue).</summary>
/// <param name="ExpectedOn">The day of the first of its numbers, in the library's zone.</param>
/// <param name="First">Its first number.</param>
/// <param name="Last">Its last number; the same as the first unless it is combined.</param>
public sealed record PlannedIssue(LocalDate ExpectedOn, IssueNumber First, IssueNumber Last);

/// <summary>
/// When the issues of a serial appear and how they are numbered. Every issue follows from the first one, so that the same pattern gives the same
/// issues whenever it is asked and however far (ADR 19). All dates are of the library's zone.
/// </summary>
public sealed record PublicationPattern
{
    /// <summary>How often.</summary>
    public required Frequency Frequency { get; init; }

    /// <summary>From when on; the first issue appears on the first day from here on that the rule gives. Weeks and months are counted from it.</summary>
    public required LocalDate FirstOn { get; init; }

    /// <summary>Of a daily, weekly or fortnightly; empty: by the frequency.</summary>
    public IReadOnlySet<IsoDayOfWeek> Weekdays { get; init; } = FrozenSet<IsoDayOfWeek>.Empty;

    /// <summary>Of the others, 1–31; a month without that day has the issue on its last day. Empty: the day of <see cref="FirstOn"/>.</summary>
    public IReadOnlySet<int> DaysOfMonth { get; init; } = FrozenSet<int>.Empty;

    /// <summary>Nothing appears on these days, and the numbers do not count on.</summary>
    public IReadOnlyList<DaySpan> Skipped { get; init; } = [];

    /// <summary>The numbers of these days appear as one issue on the first of their days. A span that is skipped too is skipped.</summary>
    public IReadOnlyList<DaySpan> Combined { get; init; } = [];

    /// <summary>How the issues are numbered.</summary>
    public required Numbering Numbering { get; init; }

    /// <summary>
    /// The issues from the first one to <paramref name="until"/>, inclusive, in order. A combined issue that begins by then is whole: its last
    /// number does not depend on how far is asked.
    /// </summary>
    public IEnumerable<PlannedIssue> Issues(LocalDate until)
    {
        PlannedIssue? open = null;
        LocalDate? openSpan = null;
        var counter = Numbering.Start();
        foreach (var date in Dates())
        {
            var span = In(Combined, date);
            if (date > until && (span is null || span != openSpan)) break;
            if (In(Skipped, date) is not null) continue;

            var number = counter.Next(date);
            if (open is not null && span is not null && span == openSpan)
            {
                open = open with { Last = number };
                continue;
            }
            if (open is not null) yield return open;
            (open, openSpan) = (new PlannedIssue(date, number, number), span);
        }
        if (open is not null) yield return open;
    }

    private static LocalDate? In(IReadOnlyList<DaySpan> spans, LocalDate date)
    {
        foreach (var span in spans)
            if (span.OccurrenceOf(date) is { } start) return start;
        return null;
    }

    /// <summary>The days of the rule without its exceptions, in order, without an end.</summary>
    private IEnumerable<LocalDate> Dates() => Frequency switch
    {
        Frequency.Daily => ByWeeks(1, Weekdays.Count == 0 ? Enum.GetValues<IsoDayOfWeek>().Where(day => day != IsoDayOfWeek.None) : Weekdays),
        Frequency.Weekly => ByWeeks(1, WeekdaysOrFirst),
        Frequency.Fortnightly => ByWeeks(2, WeekdaysOrFirst),
        Frequency.Monthly => ByMonths(1),
        Frequency.Bimonthly => ByMonths(2),
        Frequency.Quarterly => ByMonths(3),
        Frequency.HalfYearly => ByMonths(6),
        Frequency.Yearly => ByMonths(12),
    };

    private IEnumerable<IsoDayOfWeek> WeekdaysOrFirst => Weekdays.Count == 0 ? [FirstOn.DayOfWeek] : Weekdays;

    private IEnumerable<LocalDate> ByWeeks(int every, IEnumerable<IsoDayOfWeek> weekdays)
    {
        var days = weekdays.Order().ToArray();
        for (var monday = FirstOn.PlusDays(1 - (int)FirstOn.DayOfWeek); ; monday = monday.PlusWeeks(every))
            foreach (var day in days)
                if (monday.PlusDays((int)day - 1) is var date && date >= FirstOn) yield return date;
    }

    private IEnumerable<LocalDate> ByMonths(int every)
    {
        var days = DaysOfMonth.Count == 0 ? [FirstOn.Day] : DaysOfMonth.Order().ToArray();
        for (var month = FirstOn.ToYearMonth(); ; month = month.PlusMonths(every))
        {
            var last = CalendarSystem.Iso.GetDaysInMonth(month.Year, month.Month);
            // two days past the month's end are one day
            foreach (var day in days.Select(day => Math.Min(day, last)).Distinct())
                if (month.OnDayOfMonth(day) is var date && date >= FirstOn) yield return date;
        }
    }
}

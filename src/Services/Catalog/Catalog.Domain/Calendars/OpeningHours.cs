using NodaTime;

namespace Library.Catalog.Domain.Calendars;

/// <summary>Hours without a break, in the library's time zone: from <see cref="From"/> (inclusive) to <see cref="To"/> (exclusive), within one day.</summary>
public readonly record struct OpeningInterval
{
    /// <summary>Makes an interval.</summary>
    /// <exception cref="ArgumentException">It ends before it begins, or is empty.</exception>
    public OpeningInterval(LocalTime from, LocalTime to)
    {
        if (to <= from)
        {
            throw new ArgumentException("opening hours must end after they begin", nameof(to));
        }

        (From, To) = (from, to);
    }

    /// <summary>When the doors open (inclusive).</summary>
    public LocalTime From { get; }

    /// <summary>When the doors close (exclusive).</summary>
    public LocalTime To { get; }

    /// <summary>The length in minutes.</summary>
    public int Minutes => (int)((To - From).ToDuration().TotalMinutes);
}

/// <summary>The hours of one ordinary week. A weekday that is not listed is closed.</summary>
public sealed class WeeklyHours
{
    private readonly Dictionary<IsoDayOfWeek, IReadOnlyList<OpeningInterval>> hours;

    /// <summary>Takes the hours by weekday.</summary>
    public WeeklyHours(IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpeningInterval>> hoursByWeekday)
    {
        hours = new(hoursByWeekday);
        MinutesPerWeek = hours.Values.SelectMany(day => day).Sum(interval => interval.Minutes);
    }

    /// <summary>How long the doors are open in an ordinary week, in minutes.</summary>
    public int MinutesPerWeek { get; }

    /// <summary>The hours on a weekday; empty when closed.</summary>
    public IReadOnlyList<OpeningInterval> On(IsoDayOfWeek weekday) => hours.GetValueOrDefault(weekday, []);
}

/// <summary>A part of every year with hours of its own, e.g. July and August. Both ends are inclusive; a season may run over New Year.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day (inclusive).</param>
/// <param name="Hours">The hours in force.</param>
public sealed record Season(AnnualDate From, AnnualDate To, WeeklyHours Hours)
{
    /// <summary>Whether the season's hours are in force on <paramref name="date"/>.</summary>
    public bool Covers(LocalDate date)
    {
        var day = new AnnualDate(date.Month, date.Day);
        return From <= To ? From <= day && day <= To : From <= day || day <= To;
    }
}

/// <summary>A mobile library's visit: on <see cref="FirstOn"/> and every so many weeks after it, on the same weekday.</summary>
public sealed record RegularVisit
{
    private const int DaysOfWeek = 7;

    /// <summary>Makes a visit.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="everyWeeks"/> is under 1.</exception>
    public RegularVisit(LocalDate firstOn, int everyWeeks, IReadOnlyList<OpeningInterval> hours)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(everyWeeks, 1);
        (FirstOn, EveryWeeks, Hours) = (firstOn, everyWeeks, hours);
    }

    /// <summary>The first visit (inclusive); there is none before.</summary>
    public LocalDate FirstOn { get; }

    /// <summary>Weeks from one visit to the next; 1 or more.</summary>
    public int EveryWeeks { get; }

    /// <summary>When it can be used, in order.</summary>
    public IReadOnlyList<OpeningInterval> Hours { get; }

    /// <summary>Whether <paramref name="date"/> is a day of a visit.</summary>
    public bool Falls(LocalDate date) => date >= FirstOn && Period.DaysBetween(FirstOn, date) % (EveryWeeks * DaysOfWeek) == 0;
}

/// <summary>Shorter hours on the eve of certain holidays; they apply only on a weekday on which the branch would be open anyhow.</summary>
/// <param name="Before">The holidays that have an eve with these hours (Radovljica: 1–2 January, 1–2 May, 25–26 December).</param>
/// <param name="Hours">The hours of that eve.</param>
public sealed record PreHolidayHours(IReadOnlyList<HolidayRule> Before, IReadOnlyList<OpeningInterval> Hours)
{
    /// <summary>Whether the day after <paramref name="date"/> is one of the listed holidays.</summary>
    public bool Concern(LocalDate date)
    {
        var tomorrow = date.PlusDays(1);
        return Before.Any(holiday => holiday.Falls(tomorrow));
    }
}

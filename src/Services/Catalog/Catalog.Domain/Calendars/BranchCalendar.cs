using NodaTime;

namespace Library.Catalog.Domain.Calendars;

/// <summary>
/// When one branch is open. Precedence: a public holiday or a listed closed day closes it; else the weekday decides whether it is open, by the season's hours
/// or the regular ones; on an open weekday before a listed holiday the pre-holiday hours replace them. All dates and times are of the library's zone.
/// </summary>
public sealed class BranchCalendar
{
    /// <summary>How far <see cref="NextOpenDay"/> looks ahead, in days: a branch that stays closed for longer has no next opening day.</summary>
    public const int SearchDays = 366;

    /// <summary>The branch's code, e.g. RAD.</summary>
    public required string BranchCode { get; init; }

    /// <summary>The version of the network's calendars that this one belongs to; a loan remembers it.</summary>
    public required string Version { get; init; }

    /// <summary>The hours outside every season.</summary>
    public required WeeklyHours Regular { get; init; }

    /// <summary>Seasons with other hours; the first that covers a date wins.</summary>
    public IReadOnlyList<Season> Seasons { get; init; } = [];

    /// <summary>The hours on the eve of some holidays, if the branch has such.</summary>
    public PreHolidayHours? PreHoliday { get; init; }

    /// <summary>When a mobile library is there; a visit that falls on a closed day is left out.</summary>
    public IReadOnlyList<RegularVisit> Visits { get; init; } = [];

    /// <summary>The public holidays, on which the branch is closed.</summary>
    public IReadOnlyList<HolidayRule> Holidays { get; init; } = [];

    /// <summary>Single closed days, e.g. the Saturday of the year that is kept for training (art. 25).</summary>
    public IReadOnlySet<LocalDate> ClosedOn { get; init; } = new HashSet<LocalDate>();

    /// <summary>Whether <paramref name="date"/> is a public holiday.</summary>
    public bool IsHoliday(LocalDate date) => Holidays.Any(rule => rule.Falls(date));

    /// <summary>Whether the branch opens its doors on <paramref name="date"/>.</summary>
    public bool IsOpen(LocalDate date) => OpeningHours(date).Count > 0;

    /// <summary>The hours on <paramref name="date"/>, in order; empty when the branch is closed.</summary>
    public IReadOnlyList<OpeningInterval> OpeningHours(LocalDate date)
    {
        if (ClosedOn.Contains(date) || IsHoliday(date))
        {
            return [];
        }

        var ordinary = InForce(date).On(date.DayOfWeek);
        var hours = ordinary.Count > 0 && PreHoliday is { } eve && eve.Concern(date) ? eve.Hours : ordinary;
        return Visits.Any(visit => visit.Falls(date))
            ? [.. hours.Concat(Visits.Where(visit => visit.Falls(date)).SelectMany(visit => visit.Hours)).OrderBy(interval => interval.From)]
            : hours;
    }

    /// <summary>
    /// The first day after <paramref name="date"/> (exclusive) on which the branch is open; null when there is none within <see
    /// cref="SearchDays"/>, as with a service point that opens on request.
    /// </summary>
    public LocalDate? NextOpenDay(LocalDate date)
    {
        for (var days = 1; days <= SearchDays; days++)
        {
            if (IsOpen(date.PlusDays(days)))
            {
                return date.PlusDays(days);
            }
        }

        return null;
    }

    /// <summary>
    /// How many minutes a week the hours in force on <paramref name="date"/> give, visits spread over their weeks and rounded down. Holidays do not lessen it:
    /// under five hours is a property of the timetable, not of one week.
    /// </summary>
    public int WeeklyOpeningMinutes(LocalDate date) =>
        InForce(date).MinutesPerWeek + (int)Visits.Sum(visit => (decimal)visit.Hours.Sum(interval => interval.Minutes) / visit.EveryWeeks);

    private WeeklyHours InForce(LocalDate date) => Seasons.FirstOrDefault(season => season.Covers(date))?.Hours ?? Regular;
}

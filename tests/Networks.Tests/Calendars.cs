using System.Globalization;
using NodaTime.Text;

namespace Library.Networks.Tests;

/// <summary>Hours and holidays as the tests of every network write them.</summary>
internal static class Calendars
{
    /// <summary>The public holidays of the year of <paramref name="easter"/>, in order, as YYYY-MM-DD.</summary>
    public static IEnumerable<string> WorkFree(Network network, LocalDate easter) =>
        network.Holidays.Select(rule => DayOf(rule, easter)).OfType<LocalDate>().Order().Select(LocalDatePattern.Iso.Format);

    public static string Shown(IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>> week) =>
        string.Join(", ", week.OrderBy(day => day.Key).Select(day => $"{day.Key.ToString()[..3]} {Shown(day.Value)}"));

    public static string Shown(IReadOnlyList<OpenInterval> intervals) =>
        string.Join('+', intervals.Select(interval => $"{Shown(interval.From)}-{Shown(interval.To)}"));

    private static string Shown(LocalTime time) =>
        time.Minute == 0 ? time.Hour.ToString(CultureInfo.InvariantCulture) : time.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static LocalDate? DayOf(HolidayRule rule, LocalDate easter)
    {
        if (easter.Year < rule.FromYear || easter.Year > rule.ToYear)
        {
            return null;
        }

        return rule switch
        {
            { Date: { } date } => date.InYear(easter.Year),
            { DaysFromEaster: { } days } => easter.PlusDays(days),
            { On: { } day } => day.Year == easter.Year ? day : null,
            _ => null,
        };
    }
}

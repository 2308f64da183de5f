using NodaTime;

namespace Library.Catalog.Domain.Calendars;

/// <summary>The date of Easter Sunday, from which movable public holidays are counted.</summary>
public static class Easter
{
    /// <summary>Easter Sunday of the western churches, by the Gregorian reckoning (the Meeus/Jones/Butcher algorithm).</summary>
    /// <param name="year">A Gregorian year, 1583 to 9999 (inclusive).</param>
    public static LocalDate In(int year)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(year, 1583);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(year, 9999);

        var golden = year % 19;
        var (century, yearOfCentury) = Math.DivRem(year, 100);
        var (leapCenturies, centuryRest) = Math.DivRem(century, 4);
        var moonCorrection = (century + 8) / 25;
        var solarCorrection = (century - moonCorrection + 1) / 3;
        var epact = ((19 * golden) + century - leapCenturies - solarCorrection + 15) % 30;
        var (leapYears, yearRest) = Math.DivRem(yearOfCentury, 4);
        var weekday = (32 + (2 * centuryRest) + (2 * leapYears) - epact - yearRest) % 7;
        var late = (golden + (11 * epact) + (22 * weekday)) / 451;
        var (month, day) = Math.DivRem(epact + weekday - (7 * late) + 114, 31);
        return new LocalDate(year, month, day + 1);
    }
}

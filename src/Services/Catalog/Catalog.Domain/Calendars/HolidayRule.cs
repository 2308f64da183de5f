using NodaTime;

namespace Library.Catalog.Domain.Calendars;

/// <summary>
/// A public holiday as a rule, good for every year: a day of the year or a number of days from Easter. A one-off day off has the same first and last
/// year.
/// </summary>
public sealed record HolidayRule
{
    private HolidayRule()
    {
    }

    /// <summary>The day of the year; null where the holiday is counted from Easter.</summary>
    public AnnualDate? Date { get; private init; }

    /// <summary>Days from Easter Sunday (0 is Easter itself, 1 Easter Monday, −2 Good Friday); null where the holiday has a fixed date.</summary>
    public int? DaysFromEaster { get; private init; }

    /// <summary>The first year of the holiday (inclusive); null: always has been.</summary>
    public int? FromYear { get; private init; }

    /// <summary>The last year of the holiday (inclusive); null: until further notice.</summary>
    public int? ToYear { get; private init; }

    /// <summary>A holiday on a fixed day of the year. 29 February is kept in leap years only.</summary>
    public static HolidayRule Fixed(AnnualDate date, int? fromYear = null, int? toYear = null) =>
        new() { Date = date, FromYear = fromYear, ToYear = toYear };

    /// <summary>A holiday counted in days from Easter Sunday.</summary>
    public static HolidayRule FromEaster(int days, int? fromYear = null, int? toYear = null) =>
        new() { DaysFromEaster = days, FromYear = fromYear, ToYear = toYear };

    /// <summary>The day of the holiday in <paramref name="year"/>, or null in a year without it.</summary>
    public LocalDate? In(int year)
    {
        if (year < FromYear || year > ToYear)
        {
            return null;
        }

        return Date switch
        {
            { } date => date.IsValidYear(year) ? date.InYear(year) : null,
            null => Easter.In(year).PlusDays(DaysFromEaster ?? 0),
        };
    }

    /// <summary>Whether <paramref name="date"/> is this holiday.</summary>
    public bool Falls(LocalDate date) => In(date.Year) == date;
}

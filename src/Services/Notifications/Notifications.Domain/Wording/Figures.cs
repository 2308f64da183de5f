using System.Globalization;
using NodaTime;

namespace Library.Notifications.Domain.Wording;

/// <summary>
/// Dates, times and amounts as a language writes them. Written out here and not taken from the machine, whose language data differs from one to
/// another. A language that is not known gets forms that nobody misreads: 2024-04-03, 18:00, 2.70 EUR.
/// </summary>
public static class Figures
{
    /// <summary>Slovenian 3. 4. 2024, English 3 April 2024, Lithuanian 2024-04-03.</summary>
    public static string Date(LocalDate date, string language) => language switch
    {
        "sl" => string.Create(CultureInfo.InvariantCulture, $"{date.Day}. {date.Month}. {date.Year}"),
        "en" => string.Create(CultureInfo.InvariantCulture, $"{date.Day} {EnglishMonth(date.Month)} {date.Year}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{date.Year:0000}-{date.Month:00}-{date.Day:00}"),
    };

    /// <summary>Slovenian 18.05, others 18:05.</summary>
    public static string Time(LocalTime time, string language) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.Hour}{(language == "sl" ? '.' : ':')}{time.Minute:00}");

    /// <summary>
    /// Slovenian 1.234,50 EUR, Lithuanian 1 234,50 EUR, English EUR 1,234.50. <paramref name="minor"/> counts hundredths, as of every currency
    /// of the networks that ship.
    /// </summary>
    public static string Money(long minor, string currencyCode, string language)
    {
        var invariant = (minor / 100m).ToString("#,##0.00", CultureInfo.InvariantCulture);
        return language switch
        {
            "sl" => $"{Separated(invariant, '.')} {currencyCode}",
            "lt" => $"{Separated(invariant, '\u00a0')} {currencyCode}",
            "en" => $"{currencyCode} {invariant}",
            _ => $"{invariant} {currencyCode}",
        };
    }

    private static string Separated(string invariant, char thousands) => string.Create(invariant.Length, (invariant, thousands), (text, from) =>
    {
        for (var n = 0; n < text.Length; n++)
            text[n] = from.invariant[n] switch { ',' => from.thousands, '.' => ',', var other => other };
    });

    private static string EnglishMonth(int month) => month switch
    {
        1 => "January", 2 => "February", 3 => "March", 4 => "April", 5 => "May", 6 => "June",
        7 => "July", 8 => "August", 9 => "September", 10 => "October", 11 => "November", _ => "December",
    };
}

using System.Globalization;
using Library.ServiceDefaults.Errors;

namespace Library.Catalog.Features.Printing;

/// <summary>Days and amounts as a language's texts say how to write them.</summary>
public static class TextFigures
{
    public static string Day(this Texts texts, LocalDate day, string language) =>
        day.ToString(texts.Get(language, "explain.date", []), CultureInfo.InvariantCulture);

    /// <param name="texts">Have the mark.</param>
    /// <param name="minor">Hundredths, as of every currency of the networks that ship.</param>
    /// <param name="currencyCode">ISO 4217.</param>
    /// <param name="language">ISO 639.</param>
    public static string Money(this Texts texts, long minor, string currencyCode, string language)
    {
        var (whole, cents) = Math.DivRem(minor, 100);
        return string.Create(CultureInfo.InvariantCulture, $"{whole}{texts.Get(language, "explain.decimalMark", [])}{cents:00} {currencyCode}");
    }
}

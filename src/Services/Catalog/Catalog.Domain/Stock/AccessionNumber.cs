using System.Globalization;

namespace Library.Catalog.Domain.Stock;

/// <summary>The number under which a copy stands in the accession register: the year and a number counted from 1 within it, without a gap.</summary>
public static class AccessionNumber
{
    /// <summary>The longest accession number, in characters (inclusive): numbers of an older register may have any form.</summary>
    public const int MaxLength = 30;

    /// <summary>For example <c>2026-000042</c>; from the millionth on it grows longer.</summary>
    public static string Of(int year, long number) => string.Create(CultureInfo.InvariantCulture, $"{year:D4}-{number:D6}");
}

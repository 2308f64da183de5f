using System.Globalization;

namespace Library.Finance.Domain;

/// <summary>An amount in whole minor units (cents) of one currency; negative where it is given back. Sums are checked: an overflow throws.</summary>
/// <param name="Minor">Minor units.</param>
/// <param name="CurrencyCode">ISO 4217, three capital letters.</param>
public readonly record struct Money(long Minor, string CurrencyCode)
{
    /// <summary>Whether <paramref name="text"/> has the form of an ISO 4217 code: three capital letters.</summary>
    public static bool IsCurrencyCode(string text) => text.Length == 3 && text.All(char.IsAsciiLetterUpper);

    /// <summary>The sum of two amounts of one currency.</summary>
    /// <exception cref="ArgumentException">The currencies differ: there is no such sum.</exception>
    public static Money operator +(Money left, Money right) => left with { Minor = checked(left.Minor + right.MinorIn(left.CurrencyCode)) };

    /// <summary>The difference of two amounts of one currency.</summary>
    /// <exception cref="ArgumentException">The currencies differ: there is no such difference.</exception>
    public static Money operator -(Money left, Money right) => left with { Minor = checked(left.Minor - right.MinorIn(left.CurrencyCode)) };

    /// <summary>
    /// In major units with the digits that ISO 4217 gives the currency, no thousands marks and no currency: <c>2.70</c>, <c>2,70</c>, <c>-0.05</c>.
    /// </summary>
    public string Format(string decimalMark)
    {
        var digits = DigitsOf(CurrencyCode);
        var figures = Math.Abs((decimal)Minor).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var sign = Minor < 0 ? "-" : "";
        return digits == 0 ? sign + figures : $"{sign}{figures[..^digits]}{decimalMark}{figures[^digits..]}";
    }

    private static int DigitsOf(string currencyCode) => currencyCode switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        _ => 2,
    };

    private long MinorIn(string currencyCode) => CurrencyCode == currencyCode
        ? Minor
        : throw new ArgumentException($"An amount in {CurrencyCode} is not one in {currencyCode}.", nameof(currencyCode));
}

using System.Globalization;
using Library.Contracts;
using Library.Finance.Domain;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;

namespace Library.Finance.Features.ReadingAccount;

/// <summary>
/// How an amount came about, in the caller's language: <c>Overdue fine, per day: 9 × 0.30 (art. 36)</c>. Where the line is not count times
/// price, because a cap was reached, its amount follows.
/// </summary>
public sealed class Derivation(Network network, Texts texts)
{
    public string Render(ChargeLine line, string currencyCode, string language)
    {
        string Show(long minor) => new Money(minor, currencyCode).Format(texts.Get(language, "derivation.decimalMark", []));
        var factor = line.Count.ToString(CultureInfo.InvariantCulture);
        var amount = line.AmountMinor == line.Count * line.UnitMinor ? "" : $" = {Show(line.AmountMinor)}";
        return $"{NameOf(line, language)}{factor} × {Show(line.UnitMinor)}{amount}{ArticleOf(line, language)}";
    }

    /// <summary>The price's name in the list that the charge was made by; nothing where that list is not loaded any more.</summary>
    private string NameOf(ChargeLine line, string language)
    {
        var tariff = network.Tariffs.FirstOrDefault(tariff => tariff.Version == line.TariffVersion);
        var name = tariff?.Prices.GetValueOrDefault(line.PriceCode)?.Name ?? tariff?.Discounts.GetValueOrDefault(line.PriceCode)?.Name;
        return name is null ? "" : $"{name.In(language)}: ";
    }

    private string ArticleOf(ChargeLine line, string language)
    {
        const string prefix = "art. ";
        var number = line.Article.StartsWith(prefix, StringComparison.Ordinal) ? line.Article[prefix.Length..] : line.Article;
        return number.Length == 0 ? "" : $" ({texts.Get(language, "derivation.article", [KeyValuePair.Create("article", number)])})";
    }
}

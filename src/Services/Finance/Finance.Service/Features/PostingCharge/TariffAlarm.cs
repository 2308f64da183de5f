using System.Diagnostics.Metrics;
using Library.Contracts;
using Library.ServiceDefaults.Networks;

namespace Library.Finance.Features.PostingCharge;

/// <summary>
/// Compares a charge with Finance's own price lists (design decision 5). What disagrees is booked as it was sent all the same: it is
/// counted in <c>library.tariff.disagreements</c>, and logged without saying who is charged.
/// </summary>
public sealed class TariffAlarm
{
    private readonly Network network;
    private readonly ILogger<TariffAlarm> log;
    private long disagreements;

    public TariffAlarm(Network network, IMeterFactory meters, ILogger<TariffAlarm> log)
    {
        (this.network, this.log) = (network, log);
        meters.Create("Library.Finance").CreateObservableCounter(
            "library.tariff.disagreements", () => Interlocked.Read(ref disagreements), "{charge}",
            "Charges that were booked although Finance's own price list disagrees.");
    }

    public void Check(Charge charge)
    {
        var found = DisagreementsOf(charge, network);
        if (found.Count == 0) return;
        Interlocked.Increment(ref disagreements);
        log.LogWarning("Charge {Charge} was booked as sent, but the price list disagrees: {Disagreements}", charge.Id, string.Join("; ", found));
    }

    /// <summary>
    /// What is wrong with the derivation: a price list that was not in force on the day of the charge (for a fine: on the line's first day), a price
    /// that differs from it, a line that is more than count times price (less is a cap that was reached), a discount that is not its percentage
    /// to the nearest cent, lines that do not add up. A price taken off (an upgrade pays the difference, art. 19) is the listed price with a minus.
    /// </summary>
    public static IReadOnlyList<string> DisagreementsOf(Charge charge, Network network)
    {
        var found = new List<string>();
        if (charge.Lines.Sum(line => line.AmountMinor) != charge.AmountMinor) found.Add("the lines do not add up to the amount");
        foreach (var line in charge.Lines)
        {
            var day = charge.Kind == ChargeKind.Fine ? line.From ?? charge.ChargedOn : charge.ChargedOn;
            var tariff = network.TariffOn(LocalDate.FromDateOnly(day));
            if (tariff.Version != line.TariffVersion) found.Add($"{line.PriceCode}: {tariff.Version} was in force, not {line.TariffVersion}");
            else if (!tariff.Discounts.ContainsKey(line.PriceCode)) CheckPrice(line, tariff, found);
        }
        foreach (var discount in network.TariffOn(LocalDate.FromDateOnly(charge.ChargedOn)).Discounts.Values)
            CheckDiscount(charge, discount, found);
        return found;
    }

    private static void CheckPrice(ChargeLine line, Tariff tariff, List<string> found)
    {
        if (!tariff.Prices.TryGetValue(line.PriceCode, out var price)) found.Add($"{line.PriceCode}: not in the price list");
        else if (price.Minor is { } listed && listed != Math.Abs(line.UnitMinor)) found.Add($"{line.PriceCode}: {listed} in the price list, {line.UnitMinor} charged");
        else if (Math.Abs(line.AmountMinor) > Math.Abs(line.Count * line.UnitMinor)) found.Add($"{line.PriceCode}: more than count times price");
    }

    /// <summary>All its lines together, because an upgrade gives it on the new price and takes it back on the old; each was rounded by itself.</summary>
    private static void CheckDiscount(Charge charge, Discount discount, List<string> found)
    {
        var given = charge.Lines.Where(line => line.PriceCode == discount.Code).ToList();
        if (given.Count == 0) return;
        var full = charge.Lines.Where(line => discount.On.Contains(line.PriceCode)).Sum(line => line.AmountMinor);
        if (Math.Abs(100 * given.Sum(line => line.AmountMinor) + full * discount.Percent) > 50 * given.Count)
            found.Add($"{discount.Code}: not {discount.Percent} % of {full}");
    }
}

using Library.Catalog.Domain.Losses;
using NodaTime;

namespace Library.Catalog.Domain.Policies;

/// <summary>The prices that lending charges, in minor units of one currency, in force from a date until the next list.</summary>
public sealed record PriceList
{
    /// <summary>The version that charges remember, e.g. 2024.</summary>
    public required string Version { get; init; }

    /// <summary>The first day in force (inclusive).</summary>
    public required LocalDate ValidFrom { get; init; }

    /// <summary>The ISO 4217 code of every price.</summary>
    public required string CurrencyCode { get; init; }

    /// <summary>The fine per unit and day.</summary>
    public required long DayFineMinor { get; init; }

    /// <summary>The fine per unit and started week, at branches that are open for few hours.</summary>
    public required long WeekFineMinor { get; init; }

    /// <summary>The price of each reminder, level 1 first. They add up.</summary>
    public required IReadOnlyList<long> ReminderMinor { get; init; }

    /// <summary>The price of one exceptional renewal of one unit.</summary>
    public required long ExceptionalRenewalMinor { get; init; }

    /// <summary>The price of a title that waited for a member and was not collected.</summary>
    public long HoldNotCollectedMinor { get; init; }

    /// <summary>The price of one unit that another library lends to us (art. 34).</summary>
    public required long InterlibraryMinor { get; init; }

    /// <summary>The price of cataloguing and fitting out one unit anew (art. 42).</summary>
    public long ReprocessingMinor { get; init; }

    /// <summary>The least compensation for one unit that is not an issue of a serial (art. 42).</summary>
    public long LeastCompensationMinor { get; init; }

    /// <summary>The least compensation for one issue of a serial (art. 42).</summary>
    public long LeastPeriodicalCompensationMinor { get; init; }

    /// <summary>The prices of small damages (art. 42); a kind that is missing has none.</summary>
    public IReadOnlyDictionary<DamageKind, long> DamageMinor { get; init; } = new Dictionary<DamageKind, long>();

    /// <summary>The price of the reminder of a level (1 is the first); 0 for a level that the list does not price.</summary>
    public long ReminderPriceMinor(int level) => level >= 1 && level <= ReminderMinor.Count ? ReminderMinor[level - 1] : 0;
}

/// <summary>All price lists of a library in one currency; until a new one is in force the last one holds (art. 17).</summary>
public sealed class PriceHistory
{
    private readonly PriceList[] lists;

    /// <summary>Takes the lists in any order.</summary>
    /// <exception cref="ArgumentException">There is none, two begin on one day, or they differ in currency.</exception>
    public PriceHistory(IEnumerable<PriceList> lists)
    {
        this.lists = [.. lists.OrderBy(list => list.ValidFrom)];
        if (this.lists.Length == 0)
        {
            throw new ArgumentException("at least one price list is needed", nameof(lists));
        }

        if (this.lists.DistinctBy(list => list.ValidFrom).Count() != this.lists.Length || this.lists.DistinctBy(list => list.CurrencyCode).Count() != 1)
        {
            throw new ArgumentException("price lists must begin on different days and share one currency", nameof(lists));
        }
    }

    /// <summary>The currency of all lists.</summary>
    public string CurrencyCode => lists[0].CurrencyCode;

    /// <summary>The list in force on <paramref name="date"/>; null before the first one, when nothing has a price.</summary>
    public PriceList? On(LocalDate date) => Array.FindLast(lists, list => list.ValidFrom <= date);
}

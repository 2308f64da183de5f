using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Stock;

namespace Library.Catalog.Domain.Losses;

/// <summary>What is damaged. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum DamageKind
{
    /// <summary>The binding: it is mended at the assessed cost, and the copy made ready anew.</summary>
    Binding = 1,

    /// <summary>The box of a carrier.</summary>
    Box,

    /// <summary>The folder of a media kit.</summary>
    KitFolder,

    /// <summary>The label with the code.</summary>
    CodeLabel,

    /// <summary>Dirt that comes off.</summary>
    Cleaning,

    /// <summary>It cannot be used any more: as a loss.</summary>
    Unusable,
}

/// <summary>So many of a kind.</summary>
/// <param name="Kind">What is damaged.</param>
/// <param name="Count">How many; 1 or more.</param>
public sealed record Damage(DamageKind Kind, int Count);

/// <summary>The price of one kind of damage. Amounts are minor units.</summary>
/// <param name="Kind">What is damaged.</param>
/// <param name="Count">How many.</param>
/// <param name="UnitMinor">The price of one; of a binding the assessed cost of mending it.</param>
public sealed record DamagePrice(DamageKind Kind, int Count, long UnitMinor)
{
    /// <summary>Count × price.</summary>
    public long AmountMinor => Count * UnitMinor;
}

/// <summary>The answer to an assessment of damage.</summary>
public abstract record DamageDecision
{
    private DamageDecision()
    {
    }

    /// <summary>It is charged.</summary>
    /// <param name="Prices">By kind; what is unusable has none, because its case is settled by itself.</param>
    /// <param name="ReprocessingMinor">For making the copy ready anew, in minor units.</param>
    /// <param name="ToRepair">Whether the copy goes to be mended, or away.</param>
    public sealed record Assessed(IReadOnlyList<DamagePrice> Prices, long ReprocessingMinor, bool ToRepair) : DamageDecision;

    /// <summary>It is not.</summary>
    /// <param name="Reason">The list has no price for a kind, or mending costs more than the copy may.</param>
    /// <param name="Kinds">Which, in the order in which they were named; never empty.</param>
    public sealed record Refused(LossRefusal Reason, IReadOnlyList<DamageKind> Kinds) : DamageDecision;
}

/// <summary>What the reader pays for damage (art. 42).</summary>
public static class DamageRules
{
    /// <summary>
    /// Why the copy is not assessed as it stands; null where it may be. Who assesses it has it in hand: on the shelf, on its way, waiting for a reader, or
    /// being mended.
    /// </summary>
    public static StockRefusal? Against(CopyState state) => state switch
    {
        CopyState.Available or CopyState.InTransit or CopyState.OnHoldShelf or CopyState.InRepair => null,
        CopyState.OnLoan => StockRefusal.ItemOnLoan,
        CopyState.Withdrawn => StockRefusal.ItemWithdrawn,
        CopyState.Lost or CopyState.Missing => StockRefusal.ItemState,
    };

    /// <summary>
    /// Prices damage by the list in force. A binding costs what mending it was assessed at and reprocessing of the copy; what is unusable is a case of its
    /// own, by <see cref="LossRules"/>. A list without a price for a kind cannot charge it; a price of 0 can. That comes before a cost that is too high.
    /// </summary>
    /// <param name="damages">Each kind once.</param>
    /// <param name="assessedMinor">What mending the binding costs; 0 where no binding is damaged.</param>
    /// <param name="mostMinor">The most that a copy may be assessed at (inclusive), by <see cref="LossRules.Bounds"/>.</param>
    /// <param name="list">In force on the day.</param>
    public static DamageDecision Assess(IReadOnlyList<Damage> damages, long assessedMinor, long mostMinor, PriceList? list)
    {
        var prices = new List<DamagePrice>();
        var unpriced = new List<DamageKind>();
        foreach (var (kind, count) in damages)
        {
            if (kind == DamageKind.Unusable)
            {
                continue;
            }

            if (kind == DamageKind.Binding)
            {
                prices.Add(new DamagePrice(kind, count, assessedMinor));
            }
            else if (list is not null && list.DamageMinor.TryGetValue(kind, out var minor))
            {
                prices.Add(new DamagePrice(kind, count, minor));
            }
            else
            {
                unpriced.Add(kind);
            }
        }

        if (unpriced.Count > 0)
        {
            return new DamageDecision.Refused(LossRefusal.NoDamagePrice, unpriced);
        }

        var binding = damages.Any(damage => damage.Kind == DamageKind.Binding);
        if (binding && assessedMinor > mostMinor)
        {
            return new DamageDecision.Refused(LossRefusal.AssessedTooHigh, [DamageKind.Binding]);
        }

        return new DamageDecision.Assessed(prices, binding ? list?.ReprocessingMinor ?? 0 : 0, damages.Any(damage => damage.Kind is DamageKind.Binding or DamageKind.Unusable));
    }
}

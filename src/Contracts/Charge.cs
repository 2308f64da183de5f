namespace Library.Contracts;

/// <summary>What a charge is for. The names are the outward contract's.</summary>
public enum ChargeKind
{
    /// <summary>The fee of a membership term (art. 16–19).</summary>
    Membership,
    /// <summary>Overdue material (art. 36).</summary>
    Fine,
    /// <summary>A formal reminder (art. 36–37).</summary>
    Reminder,
    /// <summary>A paid renewal beyond the free ones (art. 30).</summary>
    ExceptionalRenewal,
    /// <summary>A hold that was ready and not collected (art. 33).</summary>
    HoldNotCollected,
    /// <summary>Material lent by another library (art. 34).</summary>
    Interlibrary,
    /// <summary>Lost or badly damaged material (art. 42).</summary>
    Compensation,
    /// <summary>Cataloguing and fitting out a replacement (art. 42).</summary>
    Reprocessing,
    /// <summary>A new card for a lost one (art. 24).</summary>
    Card,
    /// <summary>Cost of external collection (art. 39).</summary>
    CollectionCost,
    /// <summary>Default interest (art. 39).</summary>
    Interest,
    /// <summary>Anything else on the price list.</summary>
    Other,
}

/// <summary>
/// A charge as the service that decides it prices it from the network's tariff. Finance books exactly this, once,
/// and raises an alarm where its own tariff disagrees (design decision 5).
/// </summary>
public sealed record Charge
{
    /// <summary>Made by the service that charges; Finance's charge has the same id, which makes booking idempotent.</summary>
    public required Guid Id { get; init; }
    /// <summary>What it is for.</summary>
    public required ChargeKind Kind { get; init; }
    /// <summary>Resource name of the member who owes it, <c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Code of the branch where it arose; its municipality bears the direct income.</summary>
    public required string Branch { get; init; }
    /// <summary>Zero or more, in minor units of the currency. Equals the sum of the lines.</summary>
    public required long AmountMinor { get; init; }
    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>Business date in the library's time zone on which it was charged.</summary>
    public required DateOnly ChargedOn { get; init; }
    /// <summary>What it is about, for example <c>loans/ID</c>; empty where the member is enough.</summary>
    public required string Subject { get; init; }
    /// <summary>How the amount came about; at least one line unless the amount is zero.</summary>
    public required IReadOnlyList<ChargeLine> Lines { get; init; }
}

/// <summary>One line of a charge's derivation: a count of a unit at one price of one tariff version.</summary>
public sealed record ChargeLine
{
    /// <summary>The price's code in the tariff, for example <c>fine.day</c>.</summary>
    public required string PriceCode { get; init; }
    /// <summary>The tariff's version, for example <c>2024</c>.</summary>
    public required string TariffVersion { get; init; }
    /// <summary>The article of the rulebook, for example <c>art. 36</c>.</summary>
    public required string Article { get; init; }
    /// <summary>First day it covers, inclusive; null where it covers none.</summary>
    public DateOnly? From { get; init; }
    /// <summary>Last day it covers, inclusive.</summary>
    public DateOnly? To { get; init; }
    /// <summary>How many units: days, weeks, pieces.</summary>
    public required int Count { get; init; }
    /// <summary>Price of one unit in minor units; negative for a discount.</summary>
    public required long UnitMinor { get; init; }
    /// <summary>In minor units; differs from count times unit only where a cap was reached.</summary>
    public required long AmountMinor { get; init; }
}

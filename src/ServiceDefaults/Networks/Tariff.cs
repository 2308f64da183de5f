using System.Globalization;

namespace Library.ServiceDefaults.Networks;

/// <summary>A price list in force from <see cref="ValidFrom"/> until the next one's. Amounts are minor units of <see cref="CurrencyCode"/>.</summary>
public sealed record Tariff
{
    /// <summary>As in the file's name, e.g. <c>2024</c>.</summary>
    public required string Version { get; init; }

    /// <summary>First day, inclusive.</summary>
    public required LocalDate ValidFrom { get; init; }

    /// <summary>Who adopted it.</summary>
    public required string AdoptedBy { get; init; }

    /// <summary>The network's currency.</summary>
    public required string CurrencyCode { get; init; }

    /// <summary>Whether value-added tax is charged.</summary>
    public required bool VatPayer { get; init; }

    /// <summary>By code, in the order of the file.</summary>
    public required IReadOnlyDictionary<string, PriceItem> Prices { get; init; }

    /// <summary>By code, in the order of the file.</summary>
    public required IReadOnlyDictionary<string, Discount> Discounts { get; init; }

    /// <summary>
    /// The fixed price of <paramref name="code"/> in minor units. Every code of <see cref="PriceCodes.Required"/>, and a reminder price for each level of
    /// the rulebooks, is known to be there. Throws <see cref="ArgumentException"/> for another code that has no fixed price: look into
    /// <see cref="Prices"/> first.
    /// </summary>
    public long Price(string code) => Prices.TryGetValue(code, out var item) && item.Minor is { } minor
        ? minor
        : throw new ArgumentException($"Price list {Version} has no fixed price {code}.", nameof(code));
}

/// <summary>What a price is for.</summary>
public enum PriceUnit
{
    /// <summary>A membership term.</summary>
    Term,

    /// <summary>A unit of material.</summary>
    Unit,

    /// <summary>A unit, for each day.</summary>
    UnitDay,

    /// <summary>A unit, for each started week.</summary>
    UnitWeek,

    /// <summary>A title.</summary>
    Title,

    /// <summary>A notice to a member.</summary>
    Notice,

    /// <summary>A case of collection.</summary>
    Case,

    /// <summary>A piece.</summary>
    Piece,

    /// <summary>A page.</summary>
    Page,

    /// <summary>An hour.</summary>
    Hour,

    /// <summary>A booking.</summary>
    Booking,
}

/// <summary>
/// A line of the price list: a fixed price (<see cref="Minor"/>), a range (<see cref="MinorFrom"/> to <see cref="MinorTo"/>, inclusive), or
/// <see cref="AtCost"/>.
/// </summary>
public sealed record PriceItem
{
    public required string Code { get; init; }
    public required long? Minor { get; init; }
    public required long? MinorFrom { get; init; }
    public required long? MinorTo { get; init; }
    public required bool AtCost { get; init; }

    /// <summary>The library has not published this price; the amount is a guess.</summary>
    public required bool Assumed { get; init; }

    public required PriceUnit Per { get; init; }
    public required string? Article { get; init; }
    public required LocalizedName Name { get; init; }
}

/// <summary>Lowers the prices <paramref name="On"/> by <paramref name="Percent"/> (1 to 100).</summary>
public sealed record Discount(string Code, int Percent, IReadOnlySet<string> On, string? Article, LocalizedName Name);

/// <summary>The codes of prices that the services charge by; the same in every network.</summary>
public static class PriceCodes
{
    public const string MembershipFull = "membership.full";
    public const string MembershipSmallBranch = "membership.small-branch";
    public const string MembershipUnder18 = "membership.under-18";
    public const string MembershipUnemployed = "membership.unemployed";
    public const string MembershipEOnly = "membership.e-only";
    public const string MembershipLegalPerson = "membership.legal-person";
    public const string Interlibrary = "interlibrary.unit";
    public const string HoldNotCollected = "hold.not-collected";
    public const string ExceptionalRenewal = "loan.exceptional-renewal";
    public const string FineDay = "fine.day";
    public const string FineWeek = "fine.week";
    public const string CompensationLeastUnit = "compensation.least-unit";
    public const string CompensationLeastPeriodical = "compensation.least-periodical";
    public const string Reprocessing = "reprocessing";
    public const string CardLost = "card.lost";

    /// <summary>What staff assess, at cost: more than the least compensation, and the mending of a binding.</summary>
    public const string CompensationAssessed = "compensation.assessed", DamageBinding = "damage.binding";

    /// <summary>Small damages; a network that has no price for one does not charge it.</summary>
    public const string DamageBox = "damage.box", DamageKitFolder = "damage.kit-folder", LabelCode = "label.code", Cleaning = "cleaning";

    /// <summary>The discount for disabled members; a network may have none.</summary>
    public const string DiscountDisabled = "discount.disabled";

    /// <summary>Every price list has a fixed price for each of these (0.00 where nothing is charged).</summary>
    public static readonly IReadOnlyList<string> Required =
    [
        MembershipFull, MembershipSmallBranch, MembershipUnder18, MembershipUnemployed, MembershipEOnly, MembershipLegalPerson,
        Interlibrary, HoldNotCollected, ExceptionalRenewal, FineDay, FineWeek,
        CompensationLeastUnit, CompensationLeastPeriodical, Reprocessing, CardLost,
    ];

    /// <summary>The price of a reminder of <paramref name="level"/> (1 and up).</summary>
    public static string Reminder(int level) => string.Create(CultureInfo.InvariantCulture, $"reminder.{level}");
}

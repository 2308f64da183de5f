namespace Library.Membership.Domain;

/// <summary>A price of the tariff: its code, minor units of the currency, and the article of the rulebook.</summary>
public sealed record FeePrice(string Code, long Minor, string Article);

/// <summary>Lowers the prices whose codes are <paramref name="On"/> by <paramref name="Percent"/> (1 to 100).</summary>
public sealed record FeeDiscount(string Code, int Percent, IReadOnlySet<string> On, string Article);

/// <summary>What memberships cost under one version of the tariff, and who pays nothing.</summary>
public sealed record FeeSchedule
{
    /// <summary>Of the tariff, for example <c>2024</c>.</summary>
    public required string TariffVersion { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string CurrencyCode { get; init; }

    /// <summary>Good in every branch.</summary>
    public required FeePrice Full { get; init; }

    /// <summary>Good at the small branches.</summary>
    public required FeePrice SmallBranch { get; init; }

    /// <summary>Only electronic material.</summary>
    public required FeePrice EOnly { get; init; }

    /// <summary>Legal persons.</summary>
    public required FeePrice LegalPerson { get; init; }

    /// <summary>Minors, whatever the membership.</summary>
    public required FeePrice Under18 { get; init; }

    /// <summary>The free statuses, whatever the membership.</summary>
    public required FeePrice Unemployed { get; init; }

    /// <summary>For disabled members with a certificate; null where the network has none.</summary>
    public required FeeDiscount? Disabled { get; init; }

    /// <summary>Full years, exclusive: who is younger pays <see cref="Under18"/>.</summary>
    public required int FreeUnderAge { get; init; }

    /// <summary>Who pays <see cref="Unemployed"/>.</summary>
    public required IReadOnlySet<PersonStatus> FreeStatuses { get; init; }
}

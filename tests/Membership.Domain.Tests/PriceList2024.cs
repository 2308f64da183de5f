namespace Library.Membership.Domain.Tests;

/// <summary>The fees of the price list 2024 (art. 13–19).</summary>
internal static class PriceList2024
{
    internal static FeeSchedule Fees { get; } = new()
    {
        TariffVersion = "2024",
        CurrencyCode = "EUR",
        Full = new FeePrice("membership.full", 2000, "art. 19"),
        SmallBranch = new FeePrice("membership.small-branch", 1500, "art. 19"),
        EOnly = new FeePrice("membership.e-only", 500, "art. 13"),
        LegalPerson = new FeePrice("membership.legal-person", 2000, "art. 19"),
        Under18 = new FeePrice("membership.under-18", 0, "art. 14"),
        Unemployed = new FeePrice("membership.unemployed", 0, "art. 14"),
        Disabled = new FeeDiscount("discount.disabled", 25, new HashSet<string> { "membership.full", "membership.small-branch", "membership.e-only" }, "art. 14"),
        FreeUnderAge = 18,
        FreeStatuses = new HashSet<PersonStatus> { PersonStatus.Unemployed },
    };
}

/// <summary>People of the tests; dates of birth are literal.</summary>
internal static class People
{
    internal static FeePayer Ana { get; } = new(new LocalDate(1985, 4, 12), PersonStatus.Employed);
    internal static FeePayer Bor { get; } = new(new LocalDate(2008, 5, 20), PersonStatus.SecondaryPupil);
    internal static FeePayer Cene { get; } = new(new LocalDate(1990, 1, 1), PersonStatus.Unemployed);
}

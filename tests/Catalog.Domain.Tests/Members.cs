using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Policies;
using NodaTime;

namespace Library.Catalog.Domain.Tests;

/// <summary>The people of the tests.</summary>
internal static class Members
{
    private static readonly HashSet<string> SmallFee = ["BRE", "SRV", "STF"];

    /// <summary>Ana: an adult with the full fee until 13 March 2025, who owes nothing.</summary>
    public static readonly BorrowerFacts Ana = new()
    {
        State = MembershipState.Active,
        Kind = MembershipKind.Full,
        TermEndsOn = new LocalDate(2025, 3, 13),
        SmallFeeBranches = SmallFee,
        Section = AgeSection.Adult,
    };

    /// <summary>Bine: joined at Brezje for the smaller fee.</summary>
    public static readonly BorrowerFacts Bine = Ana with { Kind = MembershipKind.SmallBranch };

    /// <summary>Cene: borrows e-books only.</summary>
    public static readonly BorrowerFacts Cene = Ana with { Kind = MembershipKind.EOnly };

    /// <summary>Dana: a pupil of the fifth form.</summary>
    public static readonly BorrowerFacts Dana = Ana with { Section = AgeSection.Youth };
}

/// <summary>The things of the tests.</summary>
internal static class Items
{
    public static readonly ItemFacts Book = new() { Material = Material.Book, Lending = LendingClass.Lendable };

    public static readonly ItemFacts LatestIssue = new() { Material = Material.SerialIssue, Lending = LendingClass.LatestIssue };
}

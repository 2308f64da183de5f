using NodaTime;

namespace Library.Catalog.Domain.Lending;

/// <summary>Where a membership stands.</summary>
public enum MembershipState
{
    /// <summary>Paid or owing, within its term.</summary>
    Active = 1,

    /// <summary>The term ran out.</summary>
    Lapsed,

    /// <summary>The member left at will.</summary>
    Left,

    /// <summary>The director excluded the member (art. 40).</summary>
    Excluded,

    /// <summary>The person's data are erased.</summary>
    Erased,
}

/// <summary>What the membership fee covers (art. 13, 19).</summary>
public enum MembershipKind
{
    /// <summary>Every branch.</summary>
    Full = 1,

    /// <summary>The branches with the smaller fee.</summary>
    SmallBranch,

    /// <summary>Licences of e-books and e-audiobooks only.</summary>
    EOnly,
}

/// <summary>A section of the stock and of the members (art. 18).</summary>
public enum AgeSection
{
    /// <summary>Material fit for children; members until they finish primary school.</summary>
    Youth = 1,

    /// <summary>Everything else.</summary>
    Adult,
}

/// <summary>What the decisions need to know of a member; no name, no address.</summary>
public sealed record BorrowerFacts
{
    /// <summary>Where the membership stands.</summary>
    public required MembershipState State { get; init; }

    /// <summary>What the fee covers.</summary>
    public required MembershipKind Kind { get; init; }

    /// <summary>The last day of the term (inclusive); null: no end.</summary>
    public LocalDate? TermEndsOn { get; init; }

    /// <summary>The codes of the branches at which the smaller fee is good.</summary>
    public IReadOnlySet<string> SmallFeeBranches { get; init; } = new HashSet<string>();

    /// <summary>The section that the member belongs to.</summary>
    public required AgeSection Section { get; init; }

    /// <summary>Whether services are restricted (art. 29, 40).</summary>
    public bool Restricted { get; init; }

    /// <summary>Whether the card that was presented has been replaced by another.</summary>
    public bool CardReplaced { get; init; }

    /// <summary>What has been charged and not paid, in minor units; an accruing fine is not yet in it.</summary>
    public long DebtMinor { get; init; }

    /// <summary>The day from which the oldest open obligation has been owed; null: none is open.</summary>
    public LocalDate? OldestOpenObligationOn { get; init; }

    /// <summary>The level of the last reminder in the present spell of being overdue; 0: none.</summary>
    public int ReminderLevel { get; init; }

    /// <summary>Whether any loan of the member is past its due date.</summary>
    public bool AnythingOverdue { get; init; }
}

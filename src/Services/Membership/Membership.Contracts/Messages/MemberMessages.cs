using Library.Contracts;

namespace Library.Membership.Messages;

/// <summary>Somebody has joined. For statistics; carries no personal data.</summary>
public sealed record MemberEnrolled : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Business date of the enrolment in the library's time zone.</summary>
    public required DateOnly EnrolledOn { get; init; }
    /// <summary>Code of the branch that enrolled them.</summary>
    public required string Branch { get; init; }
    /// <summary>Status of a person, or ORGANISATION.</summary>
    public required string Category { get; init; }
    /// <summary>Name of the municipality; empty where unknown.</summary>
    public required string Municipality { get; init; }
}

/// <summary>A term began or was upgraded, and what it costs. Finance books the fee; an amount of zero is told too and books nothing.</summary>
[HandledBy("finance")]
public sealed record MembershipTermStarted : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>First day of the term, inclusive.</summary>
    public required DateOnly StartsOn { get; init; }
    /// <summary>Last day of the term, inclusive.</summary>
    public required DateOnly EndsOn { get; init; }
    /// <summary>What is owed for it.</summary>
    public required Charge Fee { get; init; }
}

/// <summary>The term ends soon (the notice goes out once for a term).</summary>
public sealed record MembershipLapsing : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Last day of the term, inclusive.</summary>
    public required DateOnly EndsOn { get; init; }
}

/// <summary>The term has ended and was not renewed.</summary>
public sealed record MembershipLapsed : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Last day of the term, inclusive.</summary>
    public required DateOnly EndedOn { get; init; }
}

/// <summary>A snapshot of what the desk must know of a member: the newest version counts, older ones are skipped.</summary>
[HandledBy("catalog")]
public sealed record MemberChanged : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>ACTIVE, LAPSED, LEFT, EXCLUDED or ERASED.</summary>
    public required string State { get; init; }
    /// <summary>FULL, SMALL_BRANCH or E_ONLY.</summary>
    public required string Membership { get; init; }
    /// <summary>Code of the home branch.</summary>
    public required string Branch { get; init; }
    /// <summary>Last day of the term, inclusive.</summary>
    public required DateOnly TermEndsOn { get; init; }
    /// <summary>Restricted by a librarian or the director (art. 29, 40).</summary>
    public required bool Restricted { get; init; }
    /// <summary>Lends only from the youth section (art. 18).</summary>
    public required bool YouthSection { get; init; }
    /// <summary>Status of a person, or ORGANISATION.</summary>
    public required string Category { get; init; }
    /// <summary>Name of the municipality; empty where unknown.</summary>
    public required string Municipality { get; init; }
    /// <summary>The card that is good now.</summary>
    public required string CardNumber { get; init; }
    /// <summary>Cards that were good once, newest first, at most 20.</summary>
    public required IReadOnlyList<string> ReplacedCardNumbers { get; init; }
}

/// <summary>A new card was handed out; a replacement for a lost one is charged.</summary>
[HandledBy("finance")]
public sealed record CardIssued : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Null for the first card.</summary>
    public Charge? Fee { get; init; }
}

/// <summary>Restricted or released (art. 29, 40).</summary>
public sealed record MemberRestricted : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>False when released.</summary>
    public required bool Restricted { get; init; }
}

/// <summary>The personal data is gone for good; every service forgets what it keeps of the member.</summary>
public sealed record MemberErased : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
}

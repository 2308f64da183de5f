using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>A reader said that a copy is lost (art. 42). Nothing is charged before the case is settled. The aggregate is the loan.</summary>
public sealed record LoanDeclaredLost : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>losses/ID</c>.</summary>
    public required string Loss { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the copy.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch where it was said.</summary>
    public required string Branch { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly DeclaredOn { get; init; }
    /// <summary>Last day, inclusive, on which it is replaced and the fine stands still.</summary>
    public required DateOnly ReplaceUntil { get; init; }
}

/// <summary>The case of a lost or spoilt copy has ended, and its loan with it. The aggregate is the case.</summary>
[HandledBy("finance")]
public sealed record LossSettled : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>loans/ID</c>.</summary>
    public required string Loan { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the copy.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch where it was settled.</summary>
    public required string Branch { get; init; }
    /// <summary>RETURNED, REPLACED, COMPENSATED.</summary>
    public required string Outcome { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly SettledOn { get; init; }
    /// <summary>Fine, compensation and reprocessing, as far as each is due; none of a copy that was handed in, whose fine its return tells.</summary>
    public required IReadOnlyList<Charge> Charges { get; init; }
}

/// <summary>A copy came back damaged, and the reader is charged (art. 42). The aggregate is the loan.</summary>
[HandledBy("finance")]
public sealed record DamageAssessed : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the copy.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch where it was assessed.</summary>
    public required string Branch { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly AssessedOn { get; init; }
    /// <summary>What is damaged, as in the outward contract, each kind once.</summary>
    public required IReadOnlyList<string> Kinds { get; init; }
    /// <summary><c>losses/ID</c>, the case of what is unusable; null for lesser damage.</summary>
    public string? Loss { get; init; }
    /// <summary>As far as anything is due now.</summary>
    public required IReadOnlyList<Charge> Charges { get; init; }
}

/// <summary>A loan of a claim, and what it would cost on the day of the handing over.</summary>
public sealed record ClaimedLoan
{
    /// <summary><c>loans/ID</c>.</summary>
    public required string Loan { get; init; }
    /// <summary>Barcode of the copy.</summary>
    public required string Barcode { get; init; }
    /// <summary>Last day of the loan, inclusive.</summary>
    public required DateOnly DueOn { get; init; }
    /// <summary>What being late had cost by then, in minor units; it is charged at the return.</summary>
    public required long FineMinor { get; init; }
}

/// <summary>
/// A member's claim goes to a lawyer or a collection agency (art. 36), once in an unbroken spell of being overdue. What was charged and not paid is in
/// the member's account. The aggregate is the claim.
/// </summary>
public sealed record ClaimHandedOver : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Code of the member's branch.</summary>
    public required string Branch { get; init; }
    /// <summary>The level of the last reminder.</summary>
    public required int Level { get; init; }
    /// <summary>First day of the spell.</summary>
    public required DateOnly SpellStartedOn { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly HandedOverOn { get; init; }
    /// <summary>ISO 4217, of every amount.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>What is overdue or declared lost and not settled; at most 500.</summary>
    public required IReadOnlyList<ClaimedLoan> Loans { get; init; }
}

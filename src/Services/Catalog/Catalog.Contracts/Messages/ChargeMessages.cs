using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>Why a charge is taken back.</summary>
public enum WithdrawalReason
{
    /// <summary>The return that it was charged at was a wrong scan.</summary>
    ReturnUndone,
    /// <summary>The renewal that it was charged at was undone.</summary>
    RenewalUndone,
    /// <summary>What was lost has been found.</summary>
    ItemFound,
    /// <summary>What was lost or damaged has been replaced (art. 42).</summary>
    ItemReplaced,
}

/// <summary>
/// A charge, or a part of it, is no longer owed. Finance takes back what is open of it; what was paid is owed to the member, and an accountant
/// sees it. It may be told before the charge is: the two are matched in whichever order they come. Withdrawals of one charge never add up to more
/// than the charge.
/// </summary>
[HandledBy("finance")]
public sealed record ChargeWithdrawn : IMessage
{
    /// <summary>What was charged for, for example <c>loans/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>, who owed it.</summary>
    public required string Member { get; init; }
    /// <summary>Made by whoever takes back; told again it is the same withdrawal.</summary>
    public required Guid WithdrawalId { get; init; }
    /// <summary>Id of the <see cref="Charge"/>.</summary>
    public required Guid ChargeId { get; init; }
    /// <summary>What is taken back, in minor units; more than zero, at most the charge.</summary>
    public required long AmountMinor { get; init; }
    /// <summary>ISO 4217, the charge's.</summary>
    public required string CurrencyCode { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly WithdrawnOn { get; init; }
    /// <summary>Code of the branch where it was taken back.</summary>
    public required string Branch { get; init; }
    /// <summary>Why.</summary>
    public required WithdrawalReason Reason { get; init; }
}

using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>A check-out was a wrong scan: what <see cref="ItemLent"/> told of never was.</summary>
public sealed record LoanUndone : IMessage
{
    /// <summary><c>loans/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>, who did not borrow it.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the item.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch that undid it.</summary>
    public required string Branch { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset UndoneAt { get; init; }
}

/// <summary>A renewal was undone. What it charged is told apart (<see cref="ChargeWithdrawn"/>).</summary>
public sealed record RenewalUndone : IMessage
{
    /// <summary><c>loans/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The last day as it was before, inclusive.</summary>
    public required DateOnly DueOn { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset UndoneAt { get; init; }
}

/// <summary>A return was a wrong scan: the loan is open again. What it charged is told apart (<see cref="ChargeWithdrawn"/>).</summary>
public sealed record ReturnUndone : IMessage
{
    /// <summary><c>loans/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the item.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch that undid it.</summary>
    public required string Branch { get; init; }
    /// <summary>The last day of the loan, inclusive.</summary>
    public required DateOnly DueOn { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset UndoneAt { get; init; }
}

/// <summary>A member says that a copy is back which is on loan to them.</summary>
public sealed record LoanClaimedReturned : IMessage
{
    /// <summary><c>loans/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Business date; the fine counts up to it.</summary>
    public required DateOnly ClaimedOn { get; init; }
    /// <summary>Code of the branch where it was said.</summary>
    public required string Branch { get; init; }
}

/// <summary>A claim for which the copy was not found has ended; one that was found is told as a return.</summary>
[HandledBy("finance")]
public sealed record ReturnClaimSettled : IMessage
{
    /// <summary><c>loans/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the item.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch that settled it.</summary>
    public required string Branch { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset SettledAt { get; init; }
    /// <summary>The library bears the loss, and the loan has ended; else the claim was rejected, and the loan goes on.</summary>
    public required bool LibraryLost { get; init; }
    /// <summary>Up to the day of the claim; null where nothing was late, or the loan goes on.</summary>
    public Charge? Fine { get; init; }
}

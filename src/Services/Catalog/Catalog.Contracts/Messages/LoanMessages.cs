using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>An item was lent. For statistics: category, municipality and branch, never the person's name.</summary>
public sealed record ItemLent : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the item.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch that lent it.</summary>
    public required string Branch { get; init; }
    /// <summary>Material as in the outward contract, for example BOOK.</summary>
    public required string Material { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset LentAt { get; init; }
    /// <summary>Last day of the loan in the library's time zone, inclusive.</summary>
    public required DateOnly DueOn { get; init; }
}

/// <summary>A loan was renewed, freely or for a fee.</summary>
[HandledBy("finance")]
public sealed record LoanRenewed : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The new last day, inclusive.</summary>
    public required DateOnly DueOn { get; init; }
    /// <summary>Of an exceptional renewal; null for a free one.</summary>
    public Charge? Fee { get; init; }
    /// <summary>What was late until the day of an overdue loan's renewal; the new period counts from that day. Null when in time.</summary>
    public Charge? Fine { get; init; }
}

/// <summary>An item came back; an overdue one with its fine.</summary>
[HandledBy("finance")]
public sealed record ItemReturned : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Barcode of the item.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch that took it back.</summary>
    public required string Branch { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset ReturnedAt { get; init; }
    /// <summary>Every day past due; 0 when in time.</summary>
    public required int OverdueDays { get; init; }
    /// <summary>Null when in time.</summary>
    public Charge? Fine { get; init; }
}

/// <summary>A loan's last day has passed. Told once for each due date.</summary>
public sealed record LoanBecameOverdue : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The day that passed.</summary>
    public required DateOnly DueOn { get; init; }
}

/// <summary>A formal reminder is due to a member with anything overdue, and its price (art. 36–37). The aggregate is the member.</summary>
[HandledBy("finance", "notifications")]
public sealed record ReminderDue : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>1–4.</summary>
    public required int Level { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly RemindedOn { get; init; }
    /// <summary>How many loans are overdue.</summary>
    public required int OverdueLoans { get; init; }
    /// <summary>The level's price on that day.</summary>
    public required Charge Fee { get; init; }
}

/// <summary>
/// Loans of a member fall due on a day that is near (art. 41). Told once for each member and day; which loans they are is asked for when the member is told. The
/// aggregate is the telling, <c>loanNotices/ID</c>.
/// </summary>
[HandledBy("notifications")]
public sealed record LoansDueSoon : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The last day of the loans, in the library's time zone, inclusive.</summary>
    public required DateOnly DueOn { get; init; }
    /// <summary>Code of the member's branch; empty where it is not known.</summary>
    public required string Branch { get; init; }
}

/// <summary>
/// As things stand, the next day's run reminds a member formally (art. 36, 41). Told once for each member and day of a run. The aggregate is the telling,
/// <c>loanNotices/ID</c>.
/// </summary>
[HandledBy("notifications")]
public sealed record ReminderImminent : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The day of the run.</summary>
    public required DateOnly RemindsOn { get; init; }
    /// <summary>Code of the member's branch; empty where it is not known.</summary>
    public required string Branch { get; init; }
}

/// <summary>A member is to have the receipt of a visit by e-mail, as was asked for. The aggregate is the asking, <c>visitReceipts/ID</c>.</summary>
[HandledBy("notifications")]
public sealed record VisitReceiptAsked : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Code of the branch that was visited.</summary>
    public required string Branch { get; init; }
    /// <summary>Business date.</summary>
    public required DateOnly VisitedOn { get; init; }
}

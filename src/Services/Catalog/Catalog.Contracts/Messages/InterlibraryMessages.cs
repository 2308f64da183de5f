using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>What a partner library lends to us is at the pick-up branch: the member may come for it. The aggregate is the request.</summary>
[HandledBy("finance", "notifications")]
public sealed record InterlibraryArrived : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The label under which it is lent.</summary>
    public required string Barcode { get; init; }
    /// <summary>Code of the branch where it waits.</summary>
    public required string Branch { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset ArrivedAt { get; init; }
    /// <summary>The lender's last day, in the library's time zone, inclusive.</summary>
    public required DateOnly LenderDueOn { get; init; }
    /// <summary>The price of the unit on that day (art. 34); null on a day without one.</summary>
    public Charge? Fee { get; init; }
}

/// <summary>A member's request cannot be supplied. The aggregate is the request.</summary>
[HandledBy("notifications")]
public sealed record InterlibraryUnfilled : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>NOT_HELD, NOT_AVAILABLE, NOT_LENT, NOT_IDENTIFIED, OTHER.</summary>
    public required string Reason { get; init; }
}

using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>A member waits for a title (art. 33).</summary>
public sealed record HoldPlaced : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary><c>records/ID</c>.</summary>
    public required string Record { get; init; }
    /// <summary>Code of the branch where it will be collected.</summary>
    public required string PickupBranch { get; init; }
}

/// <summary>A copy waits for the member at the pick-up branch (art. 33).</summary>
[HandledBy("notifications")]
public sealed record HoldReady : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Code of the branch.</summary>
    public required string PickupBranch { get; init; }
    /// <summary>The last day of waiting, inclusive.</summary>
    public required DateOnly ReadyUntil { get; init; }
}

/// <summary>The last day on which a copy waits is tomorrow. Told once for each such day.</summary>
[HandledBy("notifications")]
public sealed record HoldExpiring : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>Code of the branch.</summary>
    public required string PickupBranch { get; init; }
    /// <summary>The last day of waiting, inclusive.</summary>
    public required DateOnly ReadyUntil { get; init; }
}

/// <summary>A copy was waiting and nobody came (art. 33); what that costs.</summary>
[HandledBy("finance")]
public sealed record HoldNotCollected : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The day that passed, inclusive.</summary>
    public required DateOnly ReadyUntil { get; init; }
    /// <summary>Null on a day without a price.</summary>
    public Charge? Fee { get; init; }
}

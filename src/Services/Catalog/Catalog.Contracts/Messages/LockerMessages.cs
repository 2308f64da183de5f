using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>Copies wait for a member in a locker, or wait in another compartment of it. The aggregate is the deposit; the code is not told.</summary>
[HandledBy("notifications")]
public sealed record LockerReady : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary><c>lockers/ID</c>.</summary>
    public required string Locker { get; init; }
    /// <summary>Number of the compartment.</summary>
    public required int Compartment { get; init; }
    /// <summary>Last day to collect it, in the library's time zone, inclusive.</summary>
    public required DateOnly CollectUntil { get; init; }
}

/// <summary>
/// What waited in a locker was not collected in time. The aggregate is the deposit; the code is good for nothing any more. What that costs is told by
/// <see cref="HoldNotCollected"/>, where a hold was behind it.
/// </summary>
public sealed record LockerNotCollected : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary>The copies.</summary>
    public required IReadOnlyList<string> Barcodes { get; init; }
    /// <summary>The day that passed.</summary>
    public required DateOnly CollectUntil { get; init; }
}

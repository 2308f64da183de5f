using Library.Contracts;

namespace Library.Events.Messages;

/// <summary>An event is in the programme.</summary>
public sealed record EventAnnounced : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary>Code of the branch.</summary>
    public required string Branch { get; init; }
    /// <summary>Code of the network's list of categories.</summary>
    public required string Category { get; init; }
    /// <summary>UTC.</summary>
    public required DateTimeOffset StartsAt { get; init; }
}

/// <summary>A registration has its seats.</summary>
[HandledBy("notifications")]
public sealed record RegistrationConfirmed : IMessage
{
    /// <summary><c>events/ID/registrations/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>; null for a guest.</summary>
    public string? Member { get; init; }
}

/// <summary>A registration waits for seats.</summary>
[HandledBy("notifications")]
public sealed record RegistrationWaitlisted : IMessage
{
    /// <summary><c>events/ID/registrations/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>; null for a guest.</summary>
    public string? Member { get; init; }
}

/// <summary>Seats came free and the next in the waiting list has them.</summary>
[HandledBy("notifications")]
public sealed record RegistrationPromoted : IMessage
{
    /// <summary><c>events/ID/registrations/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>; null for a guest.</summary>
    public string? Member { get; init; }
}

/// <summary>A registration was given up.</summary>
public sealed record RegistrationCancelled : IMessage
{
    /// <summary><c>events/ID/registrations/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>; null for a guest.</summary>
    public string? Member { get; init; }
}

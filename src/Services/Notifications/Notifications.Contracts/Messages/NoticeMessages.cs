using Library.Contracts;

namespace Library.Notifications.Messages;

/// <summary>A notice was handed over to the mail server or the operator.</summary>
public sealed record NoticeDelivered : IMessage
{
    /// <summary><c>deliveries/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>; null for a guest.</summary>
    public string? Member { get; init; }
    /// <summary>Kind as in the outward contract, for example REMINDER.</summary>
    public required string Kind { get; init; }
}

/// <summary>A notice was given up after bounded retries.</summary>
public sealed record NoticeFailed : IMessage
{
    /// <summary><c>deliveries/ID</c>.</summary>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>; null for a guest.</summary>
    public string? Member { get; init; }
    /// <summary>Kind as in the outward contract.</summary>
    public required string Kind { get; init; }
    /// <summary>A code, never the server's words (they may hold an address).</summary>
    public required string Reason { get; init; }
}

using Library.Contracts;

namespace Library.Catalog.Messages;

/// <summary>A member has access to a licence: told when the provider gave it, so that what was never opened is never counted.</summary>
public sealed record LicenceLent : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary><c>records/ID</c>.</summary>
    public required string Record { get; init; }
    /// <summary>E_BOOK or E_AUDIOBOOK.</summary>
    public required string Material { get; init; }
    /// <summary>Business time.</summary>
    public required DateTimeOffset LentAt { get; init; }
    /// <summary>The instant at which it ends by itself.</summary>
    public required DateTimeOffset EndsAt { get; init; }
}

/// <summary>A loan of a licence that <see cref="LicenceLent"/> told of is over.</summary>
public sealed record LicenceEnded : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary><c>records/ID</c>.</summary>
    public required string Record { get; init; }
    /// <summary>EXPIRED, RETURNED, MEMBERSHIP_ENDED.</summary>
    public required string Reason { get; init; }
    /// <summary>Business time; of an expired one its own end, however late that was noticed.</summary>
    public required DateTimeOffset EndedAt { get; init; }
}

/// <summary>A licence is kept for the first of a title's waiting list. The aggregate is the place on the list.</summary>
[HandledBy("notifications")]
public sealed record LicenceOffered : IMessage
{
    /// <inheritdoc/>
    public required string Aggregate { get; init; }
    /// <inheritdoc/>
    public required long Version { get; init; }
    /// <summary><c>members/ID</c>.</summary>
    public required string Member { get; init; }
    /// <summary><c>records/ID</c>.</summary>
    public required string Record { get; init; }
    /// <summary>Business time; from then on it goes to the next.</summary>
    public required DateTimeOffset OfferedUntil { get; init; }
}

using NodaTime;

namespace Library.Events.Domain.Registrations;

/// <summary>The seats of an event as they are while its row is locked.</summary>
public sealed record EventSeats
{
    /// <summary>The longest waiting list, in registrations.</summary>
    public const int WaitingListLimit = 100;

    /// <summary>When it begins; registration ends at this instant, exclusive.</summary>
    public required Instant StartsAt { get; init; }

    /// <summary>All its seats, 1 to 10,000.</summary>
    public required int Capacity { get; init; }

    /// <summary>Seats of confirmed registrations, 0 to <see cref="Capacity"/>.</summary>
    public required int Taken { get; init; }

    /// <summary>Registrations that wait, 0 to <see cref="WaitingListLimit"/>.</summary>
    public required int Waiting { get; init; }

    /// <summary>Seats that nobody has.</summary>
    public int Left => Capacity - Taken;

    /// <summary>Whether it has begun at <paramref name="now"/>.</summary>
    public bool HasBegun(Instant now) => now >= StartsAt;
}

using NodaTime;

namespace Library.Catalog.Domain.Lockers;

/// <summary>Why a locker does not do what it is asked. The contract's name is given by <see cref="ContractCode"/>.</summary>
public enum LockerRefusal
{
    /// <summary>The code does not open this compartment. Remedy: look at it again; after five wrong ones it is blocked for a while.</summary>
    LockerCodeWrong = 1,

    /// <summary>Too many wrong codes. Remedy: wait 15 minutes, or ask the staff for a move.</summary>
    LockerCodeBlocked,

    /// <summary>Nothing waits there any more. Remedy: none.</summary>
    LockerEmpty,

    /// <summary>The door is just being opened. Remedy: a moment's patience.</summary>
    LockerBusy,

    /// <summary>No compartment of the size is free. Remedy: the book return, or come later.</summary>
    LockerFull,

    /// <summary>Something is in the compartment. Remedy: another one.</summary>
    CompartmentOccupied,

    /// <summary>The door jams, or the compartment is out of order. Remedy: staff move what is in it.</summary>
    CompartmentOutOfUse,

    /// <summary>The copy is not the member's, not free and does not wait for the member. Remedy: another copy.</summary>
    ItemNotFree,
}

/// <summary>A code that somebody typed, against what is known of the deposit.</summary>
/// <param name="IsRight">The code is that of the deposit.</param>
/// <param name="WrongAttempts">Wrong ones since the last block or the last right one.</param>
/// <param name="BlockedUntil">Real time; null: not blocked.</param>
public sealed record CodeAttempt(bool IsRight, int WrongAttempts, Instant? BlockedUntil);

/// <summary>What remains of an attempt.</summary>
/// <param name="Refused">Null: the code opens.</param>
/// <param name="WrongAttempts">To be kept.</param>
/// <param name="BlockedUntil">To be kept.</param>
public sealed record CodeOutcome(LockerRefusal? Refused, int WrongAttempts, Instant? BlockedUntil);

/// <summary>Parcel lockers. The rulebook is silent; the bounds are ours.</summary>
public static class LockerRules
{
    /// <summary>Compartments of one locker.</summary>
    public const int MostCompartments = 200;

    /// <summary>Copies in one compartment for a member.</summary>
    public const int MostCopies = 10;

    /// <summary>Copies that are scanned out of one compartment.</summary>
    public const int MostReturned = 50;

    /// <summary>Days for which something waits where nothing is said: as reserved material does (art. 33).</summary>
    public const int UsualDays = 3;

    /// <summary>The most days for which something waits.</summary>
    public const int MostDays = 14;

    /// <summary>Digits of a code.</summary>
    public const int CodeDigits = 8;

    /// <summary>Wrong codes after which the deposit is blocked.</summary>
    public const int MostWrongCodes = 5;

    /// <summary>For how long it is blocked then, in real time.</summary>
    public static readonly Duration BlockLasts = Duration.FromMinutes(15);

    /// <summary>For how long after a collection a door that jams makes it undone: the member stands before it. Business time.</summary>
    public static readonly Duration JamUndoes = Duration.FromMinutes(10);

    /// <summary>What a typed code does. While it is blocked a right code does not open either, so that guessing on gains nothing.</summary>
    /// <param name="attempt">The facts.</param>
    /// <param name="now">Real time.</param>
    public static CodeOutcome Try(CodeAttempt attempt, Instant now)
    {
        if (attempt.BlockedUntil > now)
        {
            return new CodeOutcome(LockerRefusal.LockerCodeBlocked, attempt.WrongAttempts, attempt.BlockedUntil);
        }

        if (attempt.IsRight)
        {
            return new CodeOutcome(null, 0, null);
        }

        var wrong = attempt.WrongAttempts + 1;
        return wrong < MostWrongCodes
            ? new CodeOutcome(LockerRefusal.LockerCodeWrong, wrong, null)
            : new CodeOutcome(LockerRefusal.LockerCodeWrong, 0, now + BlockLasts);
    }
}

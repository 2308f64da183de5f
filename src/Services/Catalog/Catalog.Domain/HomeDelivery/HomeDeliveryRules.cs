using Library.Catalog.Domain.Stock;
using NodaTime;

namespace Library.Catalog.Domain.HomeDelivery;

/// <summary>Why a round is not planned or recorded. The contract's name is given by <see cref="ContractCode"/>.</summary>
public enum HomeDeliveryRefusal
{
    /// <summary>The member is not entitled on the day of the round. Remedy: the staff's decision, or another day.</summary>
    ReaderNotEntitled = 1,

    /// <summary>The copy is not there to be brought: not on the shelf of the branch, kept for another, on another round. Remedy: another copy.</summary>
    ItemNotFree,

    /// <summary>The reader does not have the copy that is to be fetched. Remedy: leave it out.</summary>
    ItemNotWithReader,

    /// <summary>The round has been closed. Remedy: none; what came later goes over the desk.</summary>
    RoundClosed,
}

/// <summary>Home delivery: who is entitled, and what may be put on a round. The rulebook is silent; the bounds are ours.</summary>
public static class HomeDeliveryRules
{
    /// <summary>The most stops of a round.</summary>
    public const int MostStops = 60;

    /// <summary>The most copies to bring, and to fetch, at one stop.</summary>
    public const int MostCopies = 30;

    /// <summary>Whether a reader is entitled on a day of the library's zone; both ends are inclusive, null is without end.</summary>
    public static bool IsEntitled(LocalDate from, LocalDate? until, LocalDate on) => from <= on && (until is not { } last || on <= last);

    /// <summary>
    /// Whether a copy can be put on a round, and whether it is taken from the shelf for it; null: it cannot. What waits on the hold shelf goes along as it is: whether
    /// it waits for this reader is for the desk's rules when it is lent.
    /// </summary>
    /// <param name="state">Of the copy.</param>
    /// <param name="isHere">At the branch of the round.</param>
    /// <param name="isKeptForAnother">Got or set aside for another reader.</param>
    public static bool? TakesFromShelf(CopyState state, bool isHere, bool isKeptForAnother) => (state, isHere, isKeptForAnother) switch
    {
        (CopyState.Available, true, false) => true,
        (CopyState.OnHoldShelf, true, false) => false,
        _ => null,
    };
}

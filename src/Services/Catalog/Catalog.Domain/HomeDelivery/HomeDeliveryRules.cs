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

/// <summary>Home delivery: who is entitled. The rulebook is silent; the bounds are ours.</summary>
public static class HomeDeliveryRules
{
    /// <summary>The most stops of a round.</summary>
    public const int MostStops = 60;

    /// <summary>The most copies to bring, and to fetch, at one stop.</summary>
    public const int MostCopies = 30;

    /// <summary>Whether a reader is entitled on a day of the library's zone; both ends are inclusive, null is without end.</summary>
    public static bool IsEntitled(LocalDate from, LocalDate? until, LocalDate on) => from <= on && (until is not { } last || on <= last);
}

namespace Library.Catalog.Domain.Stock;

/// <summary>Where a copy is in its life. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum CopyState
{
    /// <summary>On the shelf.</summary>
    Available = 1,

    /// <summary>With a reader.</summary>
    OnLoan,

    /// <summary>On its way to a branch.</summary>
    InTransit,

    /// <summary>Waits for the reader who reserved it.</summary>
    OnHoldShelf,

    /// <summary>Recorded as lost.</summary>
    Lost,

    /// <summary>Written off.</summary>
    Withdrawn,

    /// <summary>Not on its shelf: not lent, and found again as soon as it is scanned or handed in.</summary>
    Missing,

    /// <summary>At the bookbinder's.</summary>
    InRepair,
}

/// <summary>What staff say of a copy that they look for or hold in their hands.</summary>
public enum CopyMark
{
    /// <summary>It is not on its shelf.</summary>
    Missing = 1,

    /// <summary>It will not come back.</summary>
    Lost,

    /// <summary>It is there again.</summary>
    Found,

    /// <summary>It goes to be mended.</summary>
    SentToRepair,

    /// <summary>It came back mended.</summary>
    Repaired,
}

/// <summary>Why something is not done to a copy. The order is the precedence; the contract's name is given by <see cref="ContractCode"/>.</summary>
public enum StockRefusal
{
    /// <summary>The copy is on loan. Remedy: it is returned first.</summary>
    ItemOnLoan = 1,

    /// <summary>The copy waits for a reader on the hold shelf. Remedy: the hold is cancelled or fulfilled first.</summary>
    ItemHeld,

    /// <summary>The copy is on its way. Remedy: it arrives first.</summary>
    ItemInTransit,

    /// <summary>The copy is written off. Remedy: none; it comes into stock anew.</summary>
    ItemWithdrawn,

    /// <summary>The copy is not in a state in which this is done: only what is missing or lost is found, only what is in repair is repaired.</summary>
    ItemState,
}

/// <summary>What may be done to a copy in which state.</summary>
public static class CopyRules
{
    /// <summary>The state after the mark, or why it is not set; exactly one of the two is there.</summary>
    public static (CopyState? After, StockRefusal? Refused) Decide(CopyState state, CopyMark mark) => (state, mark) switch
    {
        (CopyState.Available or CopyState.InTransit or CopyState.OnHoldShelf, CopyMark.Missing) => (CopyState.Missing, null),
        (CopyState.Available or CopyState.InTransit or CopyState.OnHoldShelf or CopyState.Missing or CopyState.InRepair, CopyMark.Lost) => (CopyState.Lost, null),
        (CopyState.OnLoan or CopyState.OnHoldShelf or CopyState.Withdrawn, _) => (null, AgainstHandling(state)),
        (CopyState.Missing or CopyState.Lost, CopyMark.Found) => (CopyState.Available, null),
        (CopyState.Available, CopyMark.SentToRepair) => (CopyState.InRepair, null),
        (CopyState.InRepair, CopyMark.Repaired) => (CopyState.Available, null),
        _ => (null, StockRefusal.ItemState),
    };

    /// <summary>
    /// Why a copy is not taken from where it stands, for a transfer or to be written off; null where it may be. Who looks for a lost copy may give it
    /// up.
    /// </summary>
    public static StockRefusal? AgainstHandling(CopyState state) => state switch
    {
        CopyState.OnLoan => StockRefusal.ItemOnLoan,
        CopyState.OnHoldShelf => StockRefusal.ItemHeld,
        CopyState.InTransit => StockRefusal.ItemInTransit,
        CopyState.Withdrawn => StockRefusal.ItemWithdrawn,
        CopyState.Available or CopyState.Lost or CopyState.Missing or CopyState.InRepair => null,
    };

    /// <summary>
    /// Whether a copy can be set aside for a reader, and whether it is taken from the shelf for that; null: it cannot. What waits on the hold shelf
    /// already goes along as it is: whether it waits for this reader is for the desk's rules when it is lent.
    /// </summary>
    /// <param name="state">Of the copy.</param>
    /// <param name="isHere">At the branch that sets it aside.</param>
    /// <param name="isKeptForAnother">Got or set aside for another reader.</param>
    public static bool? TakesFromShelf(CopyState state, bool isHere, bool isKeptForAnother) => (state, isHere, isKeptForAnother) switch
    {
        (CopyState.Available, true, false) => true,
        (CopyState.OnHoldShelf, true, false) => false,
        _ => null,
    };
}

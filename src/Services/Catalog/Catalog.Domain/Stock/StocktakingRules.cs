namespace Library.Catalog.Domain.Stock;

/// <summary>The shelf that a stocktaking goes along.</summary>
/// <param name="Branch">Code of the branch.</param>
/// <param name="Collection">Code of the collection; empty: all.</param>
/// <param name="First">Least key of its call numbers (inclusive).</param>
/// <param name="Last">Greatest key of its call numbers (inclusive); empty: no end.</param>
public sealed record ShelfRange(string Branch, string Collection, string First, string Last)
{
    /// <summary>Whether a call number with this key stands between the ends.</summary>
    public bool Holds(string key) =>
        string.CompareOrdinal(key, First) >= 0 && (Last.Length == 0 || string.CompareOrdinal(key, Last) <= 0);
}

/// <summary>What is known of a copy whose barcode was read on the shelf.</summary>
/// <param name="State">Where it is according to the system.</param>
/// <param name="LentBefore">Whether it is on a loan that was made before the stocktaking began; a later one came off this shelf.</param>
/// <param name="Branch">Code of the branch where it ought to stand.</param>
/// <param name="Collection">Code of its collection.</param>
/// <param name="Key">Sort key of its call number.</param>
public sealed record ScannedCopy(CopyState State, bool LentBefore, string Branch, string Collection, string Key);

/// <summary>What a barcode on the shelf tells. The order is the precedence; the contract's name comes from <see cref="ContractCode"/>.</summary>
public enum Finding
{
    /// <summary>Unexpected: no copy has this barcode. Remedy: catalogue it, or take the label off.</summary>
    Unknown = 1,

    /// <summary>Unexpected: the copy is written off. Remedy: take it away, or into stock anew.</summary>
    Withdrawn,

    /// <summary>Unexpected: the copy is on loan according to the system. Remedy: take it back at the desk.</summary>
    OnLoan,

    /// <summary>Unexpected: the copy is on its way according to the system. Remedy: take it in at the desk.</summary>
    InTransit,

    /// <summary>Unexpected: the copy is being mended according to the system. Remedy: mark it as repaired.</summary>
    InRepair,

    /// <summary>Misplaced: it belongs to another branch. Remedy: hand it in at the desk, which sends it home.</summary>
    OtherBranch,

    /// <summary>Misplaced: it belongs to another collection.</summary>
    OtherCollection,

    /// <summary>Misplaced: its call number does not belong to this shelf.</summary>
    OtherRange,

    /// <summary>It stands on its shelf.</summary>
    InPlace,
}

/// <summary>Why something is not done with a stocktaking.</summary>
public enum StocktakingRefusal
{
    /// <summary>Another one is open for a part of the same shelf. Remedy: close that one first.</summary>
    StocktakingOverlaps = 1,

    /// <summary>It is closed or cancelled.</summary>
    StocktakingEnded,

    /// <summary>It is closed only after a second pass, which there is only one of.</summary>
    StocktakingPass,
}

/// <summary>How scans are judged.</summary>
public static class StocktakingRules
{
    /// <summary>
    /// What a barcode on this shelf tells, null being a barcode that no copy has. A missing or lost copy is judged by where it stands: it is found.
    /// One lent since the stocktaking began was on the shelf before.
    /// </summary>
    public static Finding Judge(ScannedCopy? copy, ShelfRange shelf) => copy switch
    {
        null => Finding.Unknown,
        { State: CopyState.Withdrawn } => Finding.Withdrawn,
        { LentBefore: true } => Finding.OnLoan,
        { State: CopyState.InTransit } => Finding.InTransit,
        { State: CopyState.InRepair } => Finding.InRepair,
        _ when copy.Branch != shelf.Branch => Finding.OtherBranch,
        _ when shelf.Collection.Length > 0 && copy.Collection != shelf.Collection => Finding.OtherCollection,
        _ when !shelf.Holds(copy.Key) => Finding.OtherRange,
        _ => Finding.InPlace,
    };

    /// <summary>Whether the finding is that a copy stands where it does not belong.</summary>
    public static bool IsMisplaced(this Finding finding) => finding is Finding.OtherBranch or Finding.OtherCollection or Finding.OtherRange;

    /// <summary>Whether the finding is of something that ought not to be on any shelf.</summary>
    public static bool IsUnexpected(this Finding finding) => finding < Finding.OtherBranch;
}

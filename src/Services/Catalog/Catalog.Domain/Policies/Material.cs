namespace Library.Catalog.Domain.Policies;

/// <summary>What kind of thing an item is; the rulebook gives each kind its loan period. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum Material
{
    /// <summary>A book or a sheet of music.</summary>
    Book = 1,

    /// <summary>A recorded book on a carrier.</summary>
    Audiobook,

    /// <summary>One issue of a serial.</summary>
    SerialIssue,

    /// <summary>A sound or picture carrier, CD-ROM, DVD.</summary>
    AudioVisual,

    /// <summary>A case of several units on one story.</summary>
    StorySuitcase,

    /// <summary>A kit of units on several media.</summary>
    MediaKit,

    /// <summary>A licence of an electronic book.</summary>
    EBook,

    /// <summary>A licence of an electronic audiobook.</summary>
    EAudiobook,

    /// <summary>A game or toy.</summary>
    Game,

    /// <summary>Anything else, e.g. maps and pictures.</summary>
    Other,
}

/// <summary>How an item may be used.</summary>
public enum LendingClass
{
    /// <summary>Lent home for the material's period.</summary>
    Lendable = 1,

    /// <summary>Stays in the house: reference collection, marked local history, precious titles, daily papers (art. 27, 32).</summary>
    ReadingRoomOnly,

    /// <summary>The latest issue of a serial (at some branches every issue of the current volume): lent by the branch's own rule.</summary>
    LatestIssue,
}

/// <summary>What is known of <see cref="Material"/> as such.</summary>
public static class MaterialFacts
{
    /// <summary>Whether the material is a licence without a body, open to e-only members and bound to no branch (art. 13).</summary>
    public static bool IsElectronic(this Material material) => material is Material.EBook or Material.EAudiobook;
}

namespace Library.Catalog.Domain.Archive;

/// <summary>Who may see who had what, once it is back (art. 21–22).</summary>
public static class ArchiveRules
{
    /// <summary>
    /// Whether reading a loan with its member wants one of the two reasons that the rulebook allows, a dispute or damage, and is written down.
    /// Not what is still out: the desk's work is with it. Not one's own. Not where the link to the person is gone: nothing is learned then.
    /// </summary>
    /// <param name="isOut">The loan has not ended.</param>
    /// <param name="hasReader">The link to the person stands.</param>
    /// <param name="isOwn">The caller is that person.</param>
    public static bool NeedsPurpose(bool isOut, bool hasReader, bool isOwn) => !isOut && hasReader && !isOwn;
}

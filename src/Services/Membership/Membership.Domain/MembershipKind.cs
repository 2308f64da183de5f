namespace Library.Membership.Domain;

/// <summary>What a membership is good for. The numbers are the contract's.</summary>
public enum MembershipKind
{
    /// <summary>Every branch (art. 19).</summary>
    Full = 1,

    /// <summary>The lower fee, good only at the branches that have it, until the difference is paid (art. 19).</summary>
    SmallBranch = 2,

    /// <summary>Only e-books and e-audiobooks (art. 13).</summary>
    EOnly = 3,
}

namespace Library.Membership.Domain;

/// <summary>Where a member stands. The numbers are the contract's.</summary>
public enum MemberState
{
    /// <summary>The term runs.</summary>
    Active = 1,

    /// <summary>The term is over and was not renewed (art. 16, 20).</summary>
    Lapsed = 2,

    /// <summary>Left at will, with everything settled (art. 20).</summary>
    Left = 3,

    /// <summary>Excluded by the director (art. 40).</summary>
    Excluded = 4,

    /// <summary>The personal data is gone for good; only the number and the figures for statistics remain.</summary>
    Erased = 5,
}

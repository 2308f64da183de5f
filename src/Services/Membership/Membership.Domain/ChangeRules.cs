namespace Library.Membership.Domain;

/// <summary>What may be done to a membership in which state. Null means that it may; an erased member is unknown to all of them.</summary>
public static class ChangeRules
{
    /// <summary>The lower fee exists only at the branches that have it (art. 19).</summary>
    public static bool MayJoinAt(MembershipKind kind, string branch, IReadOnlySet<string> smallBranches) =>
        kind != MembershipKind.SmallBranch || smallBranches.Contains(branch);

    /// <summary>To the full fee: while the term runs (art. 19).</summary>
    public static MemberRefusal? Upgrade(MemberState state) => state == MemberState.Active ? null : MemberRefusal.MembershipLapsed;

    /// <summary>A new card for a lost one (art. 24): also to a lapsed member, who may still have material to return.</summary>
    public static MemberRefusal? ReplaceCard(MemberState state) =>
        state is MemberState.Active or MemberState.Lapsed ? null : MemberRefusal.MembershipLapsed;

    /// <summary>
    /// To leave or to be erased, everything must be settled (art. 20).
    /// </summary>
    /// <param name="owedMinor">Charged and not paid, minor units.</param>
    /// <param name="accruingMinor">What overdue loans would cost today, minor units.</param>
    /// <param name="openLoans">Material that is out.</param>
    public static MemberRefusal? Leave(long owedMinor, long accruingMinor, int openLoans) =>
        owedMinor > 0 || accruingMinor > 0 || openLoans > 0 ? MemberRefusal.OpenObligations : null;
}

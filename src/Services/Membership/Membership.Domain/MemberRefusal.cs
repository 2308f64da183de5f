namespace Library.Membership.Domain;

/// <summary>Why a change to a membership is refused. The order is the precedence.</summary>
public enum MemberRefusal
{
    /// <summary>The membership is not in force (art. 16, 20). Remedy: renew it, or join anew.</summary>
    MembershipLapsed = 1,

    /// <summary>The next term was bought already, or the member has left or was excluded. Remedy: wait for the next term, or join anew.</summary>
    RenewalNotAllowed = 2,

    /// <summary>Money is owed or material is out (art. 20). Remedy: return and pay everything first.</summary>
    OpenObligations = 3,
}

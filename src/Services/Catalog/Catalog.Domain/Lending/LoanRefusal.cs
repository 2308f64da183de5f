namespace Library.Catalog.Domain.Lending;

/// <summary>
/// Why a loan, renewal or hold is refused. The order is the precedence: where several hold, the first is the reason and all are listed.
/// The contract's name is given by <see cref="LoanRefusals.Code"/>.
/// </summary>
public enum LoanRefusal
{
    /// <summary>The membership has run out or was left (art. 16, 20). Remedy: renew it.</summary>
    MembershipLapsed = 1,

    /// <summary>An e-only membership borrows e-books and e-audiobooks only (art. 13). Remedy: upgrade it.</summary>
    MembershipEOnly,

    /// <summary>The smaller fee is not good at this branch (art. 19). Remedy: pay the difference; the term stays.</summary>
    MembershipBranch,

    /// <summary>The member is restricted or excluded (art. 29, 40). Remedy: what the restriction asks for; a librarian or the director lifts it.</summary>
    MemberRestricted,

    /// <summary>The card was reported lost and replaced (art. 24). Remedy: use the new one; keep this one.</summary>
    CardReplaced,

    /// <summary>The member's debt is over the limit (art. 27). Remedy: pay it down to the limit.</summary>
    DebtOverLimit,

    /// <summary>An obligation has been open for too long, whatever its amount (art. 27). Remedy: pay it.</summary>
    DebtTooOld,

    /// <summary>A notice of unreturned material was sent (art. 27). Remedy: return everything overdue and settle everything.</summary>
    UnreturnedNotice,

    /// <summary>The item belongs to the adult section and the member to the youth section (art. 18). Remedy: another item.</summary>
    AgeSection,

    /// <summary>The item is on loan. Remedy: return it first, or reserve the title.</summary>
    ItemOnLoan,

    /// <summary>The item waits for another member's reservation (art. 33). Remedy: reserve the title.</summary>
    ItemHeldForAnother,

    /// <summary>The item, or its material, is not lent, or not on this day (art. 27, 32; latest issues). Remedy: use it in the reading room.</summary>
    ItemNotForLoan,

    /// <summary>The item is written off or recorded as lost. Remedy: the desk takes it back into stock first.</summary>
    ItemWithdrawn,

    /// <summary>
    /// All renewals are used up; where paid ones are left, the message says so (art. 31). Remedy: ask for the exceptional renewal, or return the
    /// item.
    /// </summary>
    RenewalLimit,

    /// <summary>Loans of this kind are never renewed: story suitcases, licences, latest issues. Remedy: return and borrow anew.</summary>
    RenewalNotAllowed,

    /// <summary>Another member has reserved the title (art. 31). Remedy: return the item in time.</summary>
    TitleReserved,

    /// <summary>The member owes something (art. 31). Remedy: pay it.</summary>
    OpenClaims,

    /// <summary>The member has an open reservation of the title. Remedy: none is needed.</summary>
    AlreadyHeld,

    /// <summary>The member has the item, or the title, on loan. Remedy: renew the loan.</summary>
    AlreadyLentToMember,

    /// <summary>Every licence of the title is lent, offered to another or used up. Remedy: the waiting list.</summary>
    LicencesExhausted,

    /// <summary>The member says that the item is back; so long it is not renewed. Remedy: it is found, or the claim is settled.</summary>
    ClaimedReturned,
}

/// <summary>What is known of <see cref="LoanRefusal"/> as such.</summary>
public static class LoanRefusals
{
    /// <summary>The contract's name, e.g. DEBT_OVER_LIMIT.</summary>
    public static string Code(this LoanRefusal refusal) => ContractCode.Of(refusal);

    /// <summary>
    /// Whether the refusal rests on facts that Membership or Finance own, of which the local row may be out of date: asking them could lift it (ADR:
    /// the desk never waits).
    /// The others rest on Catalog's own rows, which are locked while it decides.
    /// </summary>
    public static bool MayBeStale(this LoanRefusal refusal) => refusal switch
    {
        LoanRefusal.MembershipLapsed or LoanRefusal.MembershipEOnly or LoanRefusal.MembershipBranch or LoanRefusal.MemberRestricted
            or LoanRefusal.CardReplaced or LoanRefusal.DebtOverLimit or LoanRefusal.DebtTooOld or LoanRefusal.UnreturnedNotice
            or LoanRefusal.AgeSection or LoanRefusal.OpenClaims => true,
        LoanRefusal.ItemOnLoan or LoanRefusal.ItemHeldForAnother or LoanRefusal.ItemNotForLoan or LoanRefusal.ItemWithdrawn
            or LoanRefusal.RenewalLimit or LoanRefusal.RenewalNotAllowed or LoanRefusal.TitleReserved
            or LoanRefusal.AlreadyHeld or LoanRefusal.AlreadyLentToMember or LoanRefusal.LicencesExhausted or LoanRefusal.ClaimedReturned => false,
    };
}

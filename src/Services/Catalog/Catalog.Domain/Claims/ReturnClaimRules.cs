using NodaTime;

namespace Library.Catalog.Domain.Claims;

/// <summary>How a member's claim that a copy is back ends.</summary>
public enum ReturnClaimOutcome
{
    /// <summary>The copy was found or handed in: scanned as any return.</summary>
    Found = 1,

    /// <summary>The library bears the loss: the loan ends, the copy is lost.</summary>
    LibraryLost,

    /// <summary>The claim is not believed: all goes on as if it had never been made.</summary>
    Rejected,
}

/// <summary>Why a claim is not made or not settled. The contract's name is given by <see cref="ContractCode"/>.</summary>
public enum ReturnClaimRefusal
{
    /// <summary>The loan is over. Remedy: none is needed.</summary>
    LoanNotOpen = 1,

    /// <summary>No claim is open for the loan. Remedy: make one first, or none is needed.</summary>
    ClaimNotOpen,
}

/// <summary>What it means that a member says a copy is back. The rulebook is silent on it.</summary>
public static class ReturnClaimRules
{
    /// <summary>Whether a claim is made: only while the loan is open. One that was made already stands as it is.</summary>
    public static ReturnClaimRefusal? AgainstMaking(bool loanIsOpen) => loanIsOpen ? null : ReturnClaimRefusal.LoanNotOpen;

    /// <summary>Whether a claim is settled: only while it is open.</summary>
    /// <param name="loanIsOpen">The loan has not ended.</param>
    /// <param name="claimedOn">The day of the claim; null: there is none, or it was rejected.</param>
    public static ReturnClaimRefusal? AgainstSettling(bool loanIsOpen, LocalDate? claimedOn) =>
        loanIsOpen && claimedOn is not null ? null : ReturnClaimRefusal.ClaimNotOpen;

    /// <summary>The last day for which the fine counts: the day of the claim (inclusive), however much later the copy is found.</summary>
    /// <param name="claimedOn">The day of the claim; null: there is none.</param>
    /// <param name="until">The day of the return, or today.</param>
    public static LocalDate FineCountsTo(LocalDate? claimedOn, LocalDate until) => claimedOn is { } day && day < until ? day : until;

    /// <summary>Whether a loan is overdue for reminders: one that is claimed to be back is passed over while the claim is open.</summary>
    public static bool IsOverdue(LocalDate dueOn, LocalDate? claimedOn, LocalDate today) => dueOn < today && claimedOn is null;
}

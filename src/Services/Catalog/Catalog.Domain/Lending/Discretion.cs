using NodaTime;

namespace Library.Catalog.Domain.Lending;

/// <summary>By which rule a loan falls due when it does. The contract's names come from <see cref="ContractCode"/>.</summary>
public enum DueRule
{
    /// <summary>The material's period, counted from a day.</summary>
    Period = 1,

    /// <summary>A latest issue, lent over days when the branch is closed.</summary>
    OverClosedDays,

    /// <summary>A longer period, which a librarian allowed (art. 9).</summary>
    Discretion,

    /// <summary>A renewal that would have shortened the loan: it stays as it was.</summary>
    Kept,
}

/// <summary>A due date and what it rests on.</summary>
/// <param name="On">The last day (inclusive).</param>
/// <param name="Rule">What gave it.</param>
public sealed record Due(LocalDate On, DueRule Rule);

/// <summary>What staff may allow beyond the rules (art. 9, 32).</summary>
/// <param name="LongestPeriodDays">A longer period ends at most so many days after the loan; 0: none is allowed.</param>
/// <param name="Overrides">The refusals that may be passed over, and by which roles of a token.</param>
/// <param name="Article">The rulebook's article.</param>
public sealed record DiscretionPolicy(int LongestPeriodDays, IReadOnlyDictionary<LoanRefusal, IReadOnlySet<string>> Overrides, string Article)
{
    /// <summary>Where the rulebook says nothing of it.</summary>
    public static readonly DiscretionPolicy None = new(0, new Dictionary<LoanRefusal, IReadOnlySet<string>>(), "");

    /// <summary>Whether one of the roles may pass the refusal over. What cannot be (a copy that another has, one that is written off) nobody may.</summary>
    public bool MayOverride(LoanRefusal refusal, IReadOnlySet<string> roles) =>
        refusal is not (LoanRefusal.ItemOnLoan or LoanRefusal.AlreadyLentToMember or LoanRefusal.ItemWithdrawn)
        && Overrides.TryGetValue(refusal, out var allowed) && allowed.Overlaps(roles);
}

/// <summary>What the desk asks for beyond the rules.</summary>
/// <param name="DueOn">A longer period; null: the ordinary one.</param>
/// <param name="Override">Lend although the rules refuse.</param>
/// <param name="Roles">Of the token.</param>
public sealed record Discretion(LocalDate? DueOn, bool Override, IReadOnlySet<string> Roles);

/// <summary>The bounds of a longer period (art. 9).</summary>
public static class DiscretionRules
{
    /// <summary>
    /// The first and the last day on which a loan may be made to fall due: it may be longer than the rules give, never shorter. Both are inclusive; where the last is
    /// before the first, no longer period is allowed.
    /// </summary>
    /// <param name="ordinary">The due date by the rules; null: the copy is not lent by them.</param>
    /// <param name="policy">What staff may allow.</param>
    /// <param name="today">The business date in the library's zone.</param>
    /// <param name="lenderDueOn">The last day of a copy that another library lends to us, which nobody here can put off; null: our own.</param>
    public static (LocalDate First, LocalDate Last) DueBetween(Due? ordinary, DiscretionPolicy policy, LocalDate today, LocalDate? lenderDueOn = null)
    {
        var last = today.PlusDays(policy.LongestPeriodDays);
        return (ordinary?.On ?? today.PlusDays(1), lenderDueOn is { } their ? LocalDate.Min(their, last) : last);
    }
}

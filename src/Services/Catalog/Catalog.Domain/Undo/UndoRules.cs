using NodaTime;

namespace Library.Catalog.Domain.Undo;

/// <summary>
/// Why a wrong scan is not undone. The order is the precedence: where several hold, the first is the reason and all are listed. The contract's name is
/// given by <see cref="ContractCode"/>.
/// </summary>
public enum UndoRefusal
{
    /// <summary>There is nothing of the kind to undo: the loan was never renewed. Remedy: none is needed.</summary>
    NothingToUndo = 1,

    /// <summary>It was scanned at another branch. Remedy: that branch undoes it.</summary>
    UndoElsewhere,

    /// <summary>More than the rulebook's minutes have passed. Remedy: an ordinary return or loan, and a correction of what was charged.</summary>
    UndoTooLate,

    /// <summary>Somebody has acted on the copy or the loan since. Remedy: undo that first, or leave it.</summary>
    UndoOvertaken,
}

/// <summary>What is known of a scan that shall be undone.</summary>
public sealed record UndoFacts
{
    /// <summary>When it was done; null: it never was.</summary>
    public required Instant? DoneAt { get; init; }

    /// <summary>The branch that scanned; null: a renewal, which no branch makes (art. 31).</summary>
    public string? DoneAtBranch { get; init; }

    /// <summary>Whether anybody has acted on the copy or the loan since.</summary>
    public required bool Overtaken { get; init; }
}

/// <summary>Whether a wrong scan is undone. The rulebook is silent on it; how long is the network's data.</summary>
public static class UndoRules
{
    /// <summary>Every reason against it, in order of precedence; none: it is undone.</summary>
    /// <param name="facts">The scan.</param>
    /// <param name="branch">Code of the branch that undoes.</param>
    /// <param name="minutes">For so long after the scan, the last instant included; 0: never.</param>
    /// <param name="now">Business time.</param>
    public static IReadOnlyList<UndoRefusal> Against(UndoFacts facts, string branch, int minutes, Instant now)
    {
        if (facts.DoneAt is not { } doneAt)
        {
            return [UndoRefusal.NothingToUndo];
        }

        var reasons = new List<UndoRefusal>();
        if (facts.DoneAtBranch is { } other && other != branch)
        {
            reasons.Add(UndoRefusal.UndoElsewhere);
        }

        if (minutes == 0 || now - doneAt > Duration.FromMinutes(minutes))
        {
            reasons.Add(UndoRefusal.UndoTooLate);
        }

        if (facts.Overtaken)
        {
            reasons.Add(UndoRefusal.UndoOvertaken);
        }

        return reasons;
    }
}

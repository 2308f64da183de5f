using Library.Catalog.Domain;
using Library.Catalog.Domain.Offline;

namespace Library.Catalog.Features.Offline;

/// <summary>An act that was done while the system was down.</summary>
/// <param name="At">When.</param>
/// <param name="Branch">Code of the branch where it was done.</param>
/// <param name="Barcode">Of the item.</param>
/// <param name="Card">Of a loan; empty for a return.</param>
public sealed record OfflineAct(Instant At, string Branch, string Barcode, string Card);

/// <summary>What became of it.</summary>
/// <param name="Loan">The loan that was made or ended; null: it was not applied.</param>
/// <param name="Reasons">Contract names of why it is listed; empty: it is not.</param>
/// <param name="Member">Whose card it was, where that is known.</param>
/// <param name="MayBeStale">Asking Membership and Finance could change it.</param>
public sealed record OfflineOutcome(Guid? Loan, IReadOnlyList<string> Reasons, Guid? Member = null, bool MayBeStale = false)
{
    public static OfflineOutcome NotApplied(OfflineFinding finding) => new(null, [ContractCode.Of(finding)]);
}

/// <summary>How a line stands.</summary>
internal static class LineState
{
    public const string Pending = "PENDING", Applied = "APPLIED", NotApplied = "NOT_APPLIED";
}

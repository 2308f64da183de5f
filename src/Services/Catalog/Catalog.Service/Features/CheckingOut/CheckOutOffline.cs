using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Offline;
using Library.Catalog.Features.Offline;
using Library.Catalog.Features.Loans;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.CheckingOut;

/// <summary>A loan that was made while the system was down (art. 28, ADR 25).</summary>
public sealed partial class CheckOutItem
{
    /// <summary>
    /// Within the transaction of its line: facts, decision and loan as at the desk, but as of the line's instant, and what speaks against the member does
    /// not undo it. A copy that was set aside for another is given back to the queue.
    /// </summary>
    public async Task<OfflineOutcome> RunAsOfAsync(NpgsqlTransaction transaction, OfflineAct act, CancellationToken cancellationToken)
    {
        var desk = new Desk(act.Barcode, act.Card, act.Branch, Allowance: null);
        var day = act.At.InZone(clock.Zone).Date;
        var facts = await LoadAsync(transaction, desk, day, cancellationToken);
        if (facts.Item is not { } item) return OfflineOutcome.NotApplied(OfflineFinding.ItemUnknown);
        if (OfflineRules.IsOvertaken(act.At, await LastKnown.ReadAsync(transaction, act.Barcode, cancellationToken)))
            return OfflineOutcome.NotApplied(OfflineFinding.Overtaken);
        if (facts.Borrower is not { } borrower) return OfflineOutcome.NotApplied(OfflineFinding.CardUnknown) with { MayBeStale = true };

        var decision = OfflineRules.DecideLoan(
            new CheckOutFacts(borrower.Facts(rules.SmallFeeBranches(day)), FactsOf(item, facts, day)), rules.On(day), rules.Calendar(desk.Branch), day);
        var reasons = decision switch
        {
            OfflineLoanDecision.Lent lent => lent.Against,
            OfflineLoanDecision.NotLent not => not.Reasons,
            _ => throw new InvalidOperationException("A loan is lent or not."),
        };
        var outcome = new OfflineOutcome(null, [.. reasons.Select(reason => reason.Code())], borrower.Member, reasons.Any(reason => reason.MayBeStale()));
        if (decision is not OfflineLoanDecision.Lent { Loan: var granted }) return outcome;
        var loan = await SaveAsync(transaction, desk, borrower, item, granted, act.At, CommandKey.None, cancellationToken);
        // after the loan: the copy is not free any more, so that nobody gets it once more
        if (reasons.Contains(LoanRefusal.ItemHeldForAnother)) await queue.ReleaseAsync(transaction, act.Barcode, item.Record, clock.Today, cancellationToken);
        return outcome with { Loan = ResourceName.Parse(LoanRow.Collection, loan.Name, "loan") };
    }
}

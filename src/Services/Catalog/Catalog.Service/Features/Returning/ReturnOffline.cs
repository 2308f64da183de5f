using Library.Catalog.Domain;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Offline;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Offline;
using Library.Catalog.Features.Stock;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Returning;

/// <summary>An item that was taken back while the system was down (art. 28, ADR 25).</summary>
public sealed partial class ReturnItem
{
    /// <summary>
    /// Within the transaction of its line: as at the desk, but as of the line's instant, so that days and fine are counted to it. Only what was on loan:
    /// whatever else was handed in is for the desk to scan. It was shelved by hand, so who waits has it set aside, to be fetched, and is not told yet.
    /// </summary>
    public async Task<OfflineOutcome> RunAsOfAsync(NpgsqlTransaction transaction, OfflineAct act, CancellationToken cancellationToken)
    {
        var done = new Act(act.At, act.At.InZone(clock.Zone).Date, Roles.Librarian);
        var (item, loan, _) = await LoadAsync(transaction, act.Barcode, act.Branch, done.On, cancellationToken);
        if (item is null) return OfflineOutcome.NotApplied(OfflineFinding.ItemUnknown);
        if (OfflineRules.IsOvertaken(act.At, await LastKnown.ReadAsync(transaction, act.Barcode, cancellationToken)))
            return OfflineOutcome.NotApplied(OfflineFinding.Overtaken);
        if (loan is null)
            return item.State == "WITHDRAWN" ? new OfflineOutcome(null, [LoanRefusal.ItemWithdrawn.Code()]) : OfflineOutcome.NotApplied(OfflineFinding.NotOnLoan);

        var reminded = await IsRemindedSinceAsync(transaction, loan, done.On, cancellationToken);
        await SaveAsync(transaction, new Handed(act.Barcode, act.Branch, done, item, Arrives: false, Hold: null), loan, CommandKey.None, cancellationToken);
        await queue.SetAsideIfWantedAsync(transaction, await RecordAsync(transaction, act.Barcode, cancellationToken), clock.Today, cancellationToken);
        return new OfflineOutcome(loan.Id, reminded ? [ContractCode.Of(OfflineFinding.RemindedSince)] : []);
    }

    /// <summary>The member was reminded of it when it was back already: that reminder was charged for nothing.</summary>
    private static async Task<bool> IsRemindedSinceAsync(NpgsqlTransaction transaction, LoanRow loan, LocalDate on, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            "SELECT last_reminded_on > $2 AND last_reminded_on > $3 FROM reminder_spell WHERE member = $1", loan.Member!, on, loan.DueOn);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task<Guid> RecordAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT record FROM item WHERE barcode = $1", barcode);
        return (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

using Library.Catalog.Borrowers;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Messaging;

namespace Library.Catalog.Features.Undoing;

/// <summary>A charge of a loan that was wrong.</summary>
/// <param name="Charge">Its id.</param>
/// <param name="AmountMinor">The whole of it.</param>
/// <param name="CurrencyCode">ISO 4217.</param>
/// <param name="Branch">Where it is taken back.</param>
/// <param name="Reason">Why.</param>
internal sealed record TakenBack(Guid Charge, long AmountMinor, string CurrencyCode, string Branch, WithdrawalReason Reason);

/// <summary>Takes a charge back: it counts no more here, and Finance is told, in one transaction (ADR 26).</summary>
internal static class TakeBack
{
    /// <param name="batch">Of whatever undoes.</param>
    /// <param name="outbox">Of the service.</param>
    /// <param name="loan">As it is afterwards.</param>
    /// <param name="taken">What is taken back.</param>
    /// <param name="on">Business date.</param>
    public static void Add(NpgsqlBatch batch, Outbox outbox, LoanRow loan, TakenBack taken, LocalDate on)
    {
        var withdrawn = new ChargeWithdrawn
        {
            Aggregate = loan.Name,
            Version = loan.Version,
            Member = loan.MemberName ?? throw new InvalidOperationException("An open loan has a member."),
            WithdrawalId = Guid.CreateVersion7(),
            ChargeId = taken.Charge,
            AmountMinor = taken.AmountMinor,
            CurrencyCode = taken.CurrencyCode,
            WithdrawnOn = on.ToDateOnly(),
            Branch = taken.Branch,
            Reason = taken.Reason,
        };
        batch.BatchCommands.Add(outbox.Write(withdrawn));
        batch.BatchCommands.Add(Snapshots.UncountCharge(withdrawn, loan.Member!.Value));
    }
}

using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Losses;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Losing;

/// <summary>
/// What becomes of the case of a copy that turns up, for the batch of whoever has it in hand: the copy's row is locked, and its loan's. Only what is lost costs a look.
/// </summary>
public sealed class LostCopies(NetworkRules rules, Outbox outbox)
{
    /// <summary>Handed in while the case is open: an ordinary return ends it, and nothing but its fine is due.</summary>
    public async Task<IReadOnlyList<NpgsqlBatchCommand>> HandedInAsync(
        NpgsqlTransaction transaction, LoanRow loan, string branch, Act act, CancellationToken cancellationToken)
    {
        await using var find = transaction.Command("SELECT id, version FROM loss WHERE loan = $1 AND state = 'OPEN' FOR UPDATE", loan.Id);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw new InvalidOperationException("A loan that was declared lost has no open case.");
        var (id, version) = (row.GetGuid(0), row.GetInt64(1));
        return
        [
            DatabaseSetup.BatchCommand("UPDATE loss SET state = 'RETURNED', ended_on = $2, version = version + 1 WHERE id = $1", id, act.On),
            outbox.Write(new LossSettled
            {
                Aggregate = ResourceName.Of(LossRow.Collection, id),
                Version = version + 1,
                Loan = loan.Name,
                Member = loan.MemberName!,
                Barcode = loan.Barcode,
                Branch = branch,
                Outcome = ContractCode.Of(LossState.Returned),
                SettledOn = act.On.ToDateOnly(),
                Charges = [],
            }),
        ];
    }

    /// <summary>
    /// Found again after its case was settled: the compensation is withdrawn. Finance takes back what is open of it and lists what was paid for an accountant. Where
    /// the loan names nobody any more all was paid long ago: the list of what was found again is all that is left.
    /// </summary>
    public async Task<IReadOnlyList<NpgsqlBatchCommand>> FoundAsync(
        NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, string branch, Act act, CancellationToken cancellationToken)
    {
        var found = await SettledAsync(transaction, barcodes, cancellationToken);
        var commands = new List<NpgsqlBatchCommand>();
        foreach (var loss in found)
        {
            commands.Add(DatabaseSetup.BatchCommand("UPDATE loss SET found_on = $2, version = version + 1 WHERE id = $1", loss.Id, act.On));
            if (loss is not { Member: { } member, Charge: { } charge }) continue;
            var withdrawn = new ChargeWithdrawn
            {
                Aggregate = ResourceName.Of(LossRow.Collection, loss.Id),
                Version = loss.Version + 1,
                Member = ResourceName.Of("members", member),
                WithdrawalId = Guid.CreateVersion7(),
                ChargeId = charge,
                AmountMinor = loss.AmountMinor,
                CurrencyCode = rules.CurrencyCode,
                WithdrawnOn = act.On.ToDateOnly(),
                Branch = branch,
                Reason = WithdrawalReason.ItemFound,
            };
            commands.Add(DatabaseSetup.BatchCommand("UPDATE loss_charge SET withdrawn_on = $2 WHERE charge = $1", charge, act.On));
            commands.Add(Snapshots.UncountCharge(withdrawn, member));
            commands.Add(outbox.Write(withdrawn));
        }
        return commands;
    }

    /// <summary>As <see cref="FoundAsync"/>, where no batch is at hand.</summary>
    public async Task NoteFoundAsync(NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, string branch, Act act, CancellationToken cancellationToken)
    {
        if (await FoundAsync(transaction, barcodes, branch, act, cancellationToken) is not { Count: > 0 } commands) return;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <param name="Id">Of the case.</param>
    /// <param name="Version">Of the case.</param>
    /// <param name="Member">Null once the link is gone.</param>
    /// <param name="Charge">Of the compensation; null: there was none.</param>
    /// <param name="AmountMinor">Of it.</param>
    private sealed record Settled(Guid Id, long Version, Guid? Member, Guid? Charge, long AmountMinor);

    private static async Task<List<Settled>> SettledAsync(NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, CancellationToken cancellationToken)
    {
        await using var find = transaction.Command("""
            SELECT q.id, q.version, l.member, c.charge, coalesce(c.amount_minor, 0)
            FROM loss q JOIN loan l ON l.id = q.loan LEFT JOIN loss_charge c ON c.loss = q.id AND c.kind = 'COMPENSATION'
            WHERE q.barcode = ANY ($1) AND q.cause = 'LOST' AND q.state IN ('REPLACED', 'COMPENSATED') AND q.found_on IS NULL ORDER BY q.id FOR UPDATE OF q
            """, (object)barcodes.ToArray());
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        var settled = new List<Settled>();
        while (await row.ReadAsync(cancellationToken))
            settled.Add(new Settled(
                row.GetGuid(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.GetInt64(4)));
        return settled;
    }
}

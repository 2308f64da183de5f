using Library.Catalog.Messages;
using Library.Finance.Domain;
using Library.Finance.Ledger;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Finance.Features.WithdrawingCharge;

/// <summary>
/// Takes back what is open of a charge by an entry that corrects the charge's, and notes what was paid of it as due to the member. A withdrawal whose
/// charge has not come is kept; <see cref="ApplyWaitingAsync"/> is called by whoever books one. The account's row is locked by both, so that one of
/// them sees the other.
/// </summary>
public sealed class TakeBackCharge(Outbox outbox)
{
    /// <summary>Works in the transaction of the message that brought it.</summary>
    /// <exception cref="InvalidOperationException">It cannot be booked as it is; the message goes where people look at it.</exception>
    public async Task RunAsync(NpgsqlTransaction transaction, ChargeWithdrawn fact, CancellationToken cancellationToken)
    {
        if (!ResourceName.TryParse("members", fact.Member, out var member) || !Money.IsCurrencyCode(fact.CurrencyCode) || fact.AmountMinor < 1)
            throw new InvalidOperationException($"Withdrawal {fact.WithdrawalId} is malformed.");
        var account = await AccountRow.LockAsync(transaction, member, fact.CurrencyCode, cancellationToken);
        await using (var keep = transaction.Command("""
            INSERT INTO withdrawal (id, charge_id, member_id, amount_minor, currency_code, withdrawn_on, branch, reason)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
            """, fact.WithdrawalId, fact.ChargeId, member, fact.AmountMinor, fact.CurrencyCode, LocalDate.FromDateOnly(fact.WithdrawnOn), fact.Branch,
            Names.Of(WithdrawalReasons.Of(fact.Reason))))
            await keep.ExecuteNonQueryAsync(cancellationToken);
        await ApplyWaitingAsync(transaction, account, cancellationToken, must: fact.WithdrawalId);
    }

    /// <summary>
    /// What waits for charges of a member that stand now, one after the other. The account's row is locked. One that does not fit its charge goes on waiting,
    /// where the operator's checks find it: a charge that comes must not fail for it.
    /// </summary>
    /// <param name="transaction">Of the booking.</param>
    /// <param name="account">As it is after what the transaction has booked so far.</param>
    /// <param name="cancellationToken">Of the message.</param>
    /// <param name="must">The one that was told just now.</param>
    public async Task ApplyWaitingAsync(NpgsqlTransaction transaction, AccountRow account, CancellationToken cancellationToken, Guid? must = null)
    {
        var last = Guid.Empty;
        while (await NextAsync(transaction, account.Member, last, cancellationToken) is { } waiting)
        {
            last = waiting.Id;
            if (DecisionOn(waiting, account) is { } applied) account = await ApplyAsync(transaction, account, waiting, applied, cancellationToken);
            else if (waiting.Id == must) throw new InvalidOperationException($"Withdrawal {waiting.Id} does not fit charge {waiting.Charge.Id}.");
        }
    }

    /// <summary>Null where it does not fit.</summary>
    private static WithdrawalDecision.Applied? DecisionOn(Waiting waiting, AccountRow account) =>
        waiting.Charge.Member != account.Member || waiting.Charge.CurrencyCode != waiting.CurrencyCode ? null
        : WithdrawalRules.Decide(waiting.Charge.AmountMinor, waiting.Charge.OpenMinor, waiting.TakenBackMinor, waiting.AskedMinor) as WithdrawalDecision.Applied;

    private sealed record Waiting(Guid Id, long AskedMinor, string CurrencyCode, LocalDate On, BookedCharge Charge, long TakenBackMinor, LocalDate? OldestOtherOpenOn);

    private sealed record BookedCharge(Guid Id, Guid Entry, Guid Member, string Kind, long AmountMinor, long OpenMinor, string CurrencyCode, LocalDate PostedOn, string Branch);

    private static async Task<Waiting?> NextAsync(NpgsqlTransaction transaction, Guid member, Guid after, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT w.id, w.amount_minor, w.currency_code, w.withdrawn_on,
                   c.id, e.id, c.member_id, c.kind, c.amount_minor, c.open_minor, c.currency_code, c.posted_on, c.branch,
                   (SELECT coalesce(sum(o.amount_minor), 0)::bigint FROM withdrawal o WHERE o.charge_id = c.id AND o.withdrawn_minor IS NOT NULL),
                   (SELECT min(o.posted_on) FROM charge o WHERE o.member_id = c.member_id AND o.open_minor > 0 AND o.id <> c.id)
            FROM withdrawal w JOIN charge c ON c.id = w.charge_id JOIN ledger_entry e ON e.source = 'charges/' || c.id AND e.corrects IS NULL
            WHERE w.member_id = $1 AND w.withdrawn_minor IS NULL AND w.id > $2 ORDER BY w.id LIMIT 1
            """, member, after);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        return new Waiting(
            row.GetGuid(0), row.GetInt64(1), row.GetString(2), row.GetFieldValue<LocalDate>(3),
            new BookedCharge(
                row.GetGuid(4), row.GetGuid(5), row.GetGuid(6), row.GetString(7), row.GetInt64(8), row.GetInt64(9), row.GetString(10),
                row.GetFieldValue<LocalDate>(11), row.GetString(12)),
            row.GetInt64(13), await row.IsDBNullAsync(14, cancellationToken) ? null : row.GetFieldValue<LocalDate>(14));
    }

    private async Task<AccountRow> ApplyAsync(
        NpgsqlTransaction transaction, AccountRow account, Waiting waiting, WithdrawalDecision.Applied applied, CancellationToken cancellationToken)
    {
        var charge = waiting.Charge;
        var withdrawn = new Money(applied.WithdrawnMinor, charge.CurrencyCode);
        var after = account.After(new Money(0, charge.CurrencyCode) - withdrawn);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "UPDATE withdrawal SET withdrawn_minor = $2, refund_due_minor = $3 WHERE id = $1", waiting.Id, applied.WithdrawnMinor, applied.RefundDueMinor));
        if (withdrawn.Minor > 0) Book(batch, account, waiting, withdrawn);
        batch.BatchCommands.Add(after.Save());
        var oldest = charge.OpenMinor > withdrawn.Minor ? LocalDate.Min(waiting.OldestOtherOpenOn ?? charge.PostedOn, charge.PostedOn) : waiting.OldestOtherOpenOn;
        // also where nothing was open: whoever counts the withdrawal locally stops to
        batch.BatchCommands.Add(outbox.Write(after.Snapshot(oldest, charge.Id, waiting.Id)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return after;
    }

    private static void Book(NpgsqlBatch batch, AccountRow account, Waiting waiting, Money withdrawn)
    {
        var charge = waiting.Charge;
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "UPDATE charge SET open_minor = open_minor - $2, withdrawn_minor = withdrawn_minor + $2 WHERE id = $1", charge.Id, withdrawn.Minor));
        var origin = new EntryOrigin(ResourceName.Of("charges", charge.Id), account.Member, waiting.On, charge.Branch) { Corrects = charge.Entry };
        foreach (var row in LedgerRows.Write(JournalEntry.OfWithdrawal(charge.Kind, withdrawn), origin)) batch.BatchCommands.Add(row);
    }
}

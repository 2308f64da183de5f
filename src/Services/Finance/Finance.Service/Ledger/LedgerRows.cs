using Library.Finance.Domain;
using Library.ServiceDefaults.Data;

namespace Library.Finance.Ledger;

/// <summary>What identifies an entry beside its lines.</summary>
/// <param name="Source"><c>charges/ID</c> or <c>payments/ID</c>: booked once, but for corrections.</param>
/// <param name="Member">Whose claim the lines of <see cref="LedgerAccount.Receivable"/> are.</param>
/// <param name="On">Business date.</param>
/// <param name="Branch">Code of the branch where it arose.</param>
public sealed record EntryOrigin(string Source, Guid Member, LocalDate On, string Branch)
{
    /// <summary>The entry that this one corrects.</summary>
    public Guid? Corrects { get; init; }
}

/// <summary>How an entry stands in the database.</summary>
public static class LedgerRows
{
    /// <summary>The rows of an entry for a feature's batch; that it balances is looked at when the transaction commits.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Write(JournalEntry entry, EntryOrigin origin)
    {
        var id = Guid.CreateVersion7();
        yield return DatabaseSetup.BatchCommand("""
            INSERT INTO ledger_entry (id, source, business_date, branch, corrects) VALUES ($1, $2, $3, $4, $5)
            """, id, origin.Source, origin.On, origin.Branch, origin.Corrects);
        foreach (var (index, line) in entry.Lines.Index())
            yield return DatabaseSetup.BatchCommand("""
                INSERT INTO ledger_line (entry_id, line, account, member_id, debit_minor, credit_minor, currency_code)
                VALUES ($1, $2, $3, CASE WHEN $3 = 'receivable:member' THEN $4 END, $5, $6, $7)
                """, id, index + 1, line.Account.Name, origin.Member, line.DebitMinor, line.CreditMinor, entry.CurrencyCode);
    }
}

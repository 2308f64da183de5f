using Library.Catalog.Features.Loans;
using Library.Membership.Messages;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Borrowers;

/// <summary>A member as Membership tells it, by message or when asked.</summary>
public sealed record MemberSnapshot(Guid Member, MemberChanged Facts);

/// <summary>A member's balance as Finance tells it, and the charges and withdrawals that it is known to hold.</summary>
public sealed record BalanceSnapshot(Guid Member, long Version, long BalanceMinor, LocalDate? OldestOpenOn, IReadOnlyList<Guid> Holds);

/// <summary>Keeps the desk's copy of what Membership and Finance own. A snapshot that is not newer than the row changes nothing.</summary>
public static class Snapshots
{
    public static async Task KeepMemberAsync(NpgsqlTransaction transaction, MemberSnapshot snapshot, CancellationToken cancellationToken)
    {
        var facts = snapshot.Facts;
        await using var keep = transaction.Command("""
            INSERT INTO borrower AS known (member, version, state, membership, branch, term_ends_on, restricted, youth_section, category, municipality)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (member) DO UPDATE SET version = excluded.version, state = excluded.state, membership = excluded.membership, branch = excluded.branch,
                term_ends_on = excluded.term_ends_on, restricted = excluded.restricted, youth_section = excluded.youth_section,
                category = excluded.category, municipality = excluded.municipality
            WHERE known.version < excluded.version
            """, snapshot.Member, facts.Version, facts.State, facts.Membership, facts.Branch, LocalDate.FromDateOnly(facts.TermEndsOn),
            facts.Restricted, facts.YouthSection, facts.Category, facts.Municipality);
        if (await keep.ExecuteNonQueryAsync(cancellationToken) == 0) return;

        // an erased member's cards are forgotten: the row stays, so that an older snapshot cannot bring them back
        var erased = facts.State == "ERASED";
        await using var cards = new NpgsqlBatch(transaction.Open(), transaction);
        if (erased) cards.BatchCommands.Add(DatabaseSetup.BatchCommand("DELETE FROM borrower_card WHERE member = $1", snapshot.Member));
        cards.BatchCommands.Add(DatabaseSetup.BatchCommand(
            "UPDATE borrower_card SET replaced = true WHERE member = $1 AND card_number <> $2 AND NOT replaced", snapshot.Member, facts.CardNumber));
        if (!erased && facts.CardNumber.Length > 0)
            cards.BatchCommands.Add(DatabaseSetup.BatchCommand("""
                INSERT INTO borrower_card (card_number, member, replaced) VALUES ($2, $1, false)
                ON CONFLICT (card_number) DO UPDATE SET member = excluded.member, replaced = false
                """, snapshot.Member, facts.CardNumber));
        if (!erased && facts.ReplacedCardNumbers.Count > 0)
            cards.BatchCommands.Add(DatabaseSetup.BatchCommand("""
                INSERT INTO borrower_card (card_number, member, replaced) SELECT number, $1, true FROM unnest($2) AS number
                ON CONFLICT (card_number) DO UPDATE SET replaced = true
                """, snapshot.Member, facts.ReplacedCardNumbers.ToArray()));
        await cards.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// A charge or withdrawal that any balance holds is no longer counted here, whether or not that balance is the newest: every newer one holds it too.
    /// </summary>
    public static async Task KeepBalanceAsync(NpgsqlTransaction transaction, BalanceSnapshot snapshot, LocalDate today, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("DELETE FROM pending_charge WHERE id = ANY ($1)", snapshot.Holds.ToArray()),
                DatabaseSetup.BatchCommand("""
                    INSERT INTO borrower_debt AS known (member, version, balance_minor, oldest_open_on) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (member) DO UPDATE SET
                        version = excluded.version, balance_minor = excluded.balance_minor, oldest_open_on = excluded.oldest_open_on
                    WHERE known.version < excluded.version
                    """, snapshot.Member, snapshot.Version, snapshot.BalanceMinor, snapshot.OldestOpenOn),
                EndSpellIfOver(snapshot.Member, today),
                DatabaseSetup.BatchCommand("DELETE FROM pending_withdrawal WHERE id = ANY ($1)", snapshot.Holds.ToArray()),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Lets the count of reminders start anew where nothing is overdue any more and everything is settled
    /// (<see cref="Domain.Reminders.ReminderRules.SpellIsOver"/>). Goes into the transaction of whatever may have ended it: a return, a balance.
    /// </summary>
    public static NpgsqlBatchCommand EndSpellIfOver(Guid member, LocalDate today) => DatabaseSetup.BatchCommand($"""
        UPDATE reminder_spell SET level = 0, spell_started_on = NULL, ended_on = $2, ended_level = level, ended_started_on = spell_started_on
        WHERE member = $1 AND spell_started_on IS NOT NULL
          AND NOT EXISTS (SELECT FROM loan l WHERE l.member = $1 AND {LoanRow.Overdue("$2")})
          AND NOT EXISTS (SELECT FROM pending_charge WHERE member = $1)
          AND NOT EXISTS (SELECT FROM borrower_debt WHERE member = $1 AND balance_minor > 0)
        """, member, today);

    /// <summary>Puts a spell back that ended because something overdue came back or was renewed, which it was not after all.</summary>
    /// <param name="member">Whose.</param>
    /// <param name="since">The day of the return or renewal.</param>
    public static NpgsqlBatchCommand ResumeSpell(Guid member, LocalDate since) => DatabaseSetup.BatchCommand("""
        UPDATE reminder_spell SET level = ended_level, spell_started_on = ended_started_on, ended_on = NULL, ended_level = NULL, ended_started_on = NULL
        WHERE member = $1 AND spell_started_on IS NULL AND ended_on >= $2
        """, member, since);

    /// <summary>What was charged here counts as debt until Finance's balance holds it (ADR 5).</summary>
    public static NpgsqlBatchCommand CountCharge(Library.Contracts.Charge charge, Guid member) => DatabaseSetup.BatchCommand(
        "INSERT INTO pending_charge (id, member, amount_minor, charged_on) VALUES ($1, $2, $3, $4)",
        charge.Id, member, charge.AmountMinor, LocalDate.FromDateOnly(charge.ChargedOn));

    /// <summary>
    /// Takes a charge, or a part of it, back: it counts less here until Finance's balance holds the withdrawal, whether or not that balance holds the charge
    /// yet. Goes into one batch with the message that says so.
    /// </summary>
    public static NpgsqlBatchCommand UncountCharge(Messages.ChargeWithdrawn withdrawn, Guid member) => DatabaseSetup.BatchCommand(
        "INSERT INTO pending_withdrawal (id, member, amount_minor, withdrawn_on) VALUES ($1, $2, $3, $4)",
        withdrawn.WithdrawalId, member, withdrawn.AmountMinor, LocalDate.FromDateOnly(withdrawn.WithdrawnOn));
}

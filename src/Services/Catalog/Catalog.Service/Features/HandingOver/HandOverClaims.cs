using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Reminders;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Losing;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.HandingOver;

/// <summary>
/// Each day: claims whose spell is over are closed, and whoever had the reminder of the rulebook's level, and let the day of the next one pass, has the claim handed
/// over (art. 36). One transaction a member, decided on their locked row; the database lets in one claim a spell, so that a second run, a late one or one on
/// another machine hands over nothing more.
/// </summary>
public sealed class HandOverClaims(NpgsqlDataSource database, NetworkRules rules, Fines fines, LossPrices losses, BusinessClock clock, Outbox outbox) : IPeriodicJob
{
    private const int Batch = 200, MostBatches = 5_000, MostLoans = 500;

    public string Name => "claims";
    /// <summary>After the reminders of the day.</summary>
    public LocalTime DueAt => new(6, 30);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await CloseAsync(day, cancellationToken);
        var policy = rules.On(day).Reminder;
        var after = Guid.Empty;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var members = await ToLookAtAsync(after, policy, day, cancellationToken);
            foreach (var member in members) await HandOverAsync(member, policy, day, cancellationToken);
            outbox.Wake();
            if (members.Count < Batch) return;
            after = members[^1];
        }
    }

    /// <summary>As of the day that is worked through; the clock itself may be further on already.</summary>
    private Instant At(LocalDate day) => Instant.Min(clock.Now, day.At(DueAt).InZoneLeniently(clock.Zone).ToInstant());

    private async Task CloseAsync(LocalDate day, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var close = database.Command("""
                UPDATE claim SET closed_at = $1, version = version + 1
                WHERE id = ANY (ARRAY(
                    SELECT c.id FROM claim c
                    WHERE c.closed_at IS NULL AND NOT EXISTS (SELECT FROM reminder_spell s WHERE s.member = c.member AND s.spell_started_on = c.spell_started_on)
                    LIMIT $2 FOR UPDATE SKIP LOCKED))
                """, At(day), Batch);
            if (await close.ExecuteNonQueryAsync(cancellationToken) < Batch) return;
        }
    }

    private async Task<List<Guid>> ToLookAtAsync(Guid after, ReminderPolicy policy, LocalDate day, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT s.member FROM reminder_spell s
            WHERE s.level >= $1 AND s.spell_started_on IS NOT NULL AND s.last_reminded_on < $2 AND s.member > $3
                AND NOT EXISTS (SELECT FROM claim c WHERE c.member = s.member AND c.spell_started_on = s.spell_started_on)
            ORDER BY s.member LIMIT $4
            """, policy.HandOverAfterLevel, day, after, Batch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<Guid>();
        while (await row.ReadAsync(cancellationToken)) members.Add(row.GetGuid(0));
        return members;
    }

    private async Task HandOverAsync(Guid member, ReminderPolicy policy, LocalDate day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(transaction, member, day, cancellationToken) is not { } spell) return;
        if (!HandOverRules.IsDue(spell.Facts, spell.DebtMinor, policy, day)) return;
        var loans = await LoansAsync(transaction, member, day, cancellationToken);
        var (id, started) = (Guid.CreateVersion7(), spell.Facts.SpellStartedOn!.Value);
        await using (var insert = transaction.Command("""
            INSERT INTO claim (id, member, spell_started_on, level, branch, handed_over_at, handed_over_on) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (member, spell_started_on) DO NOTHING
            """, id, member, started, spell.Facts.LastLevel, spell.Branch, At(day), day))
            if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0) return;
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO claim_loan (claim, loan, barcode, due_on, fine_minor)
                    SELECT $1, loan, barcode, due_on, fine_minor FROM unnest($2::uuid[], $3::text[], $4::date[], $5::bigint[]) AS one (loan, barcode, due_on, fine_minor)
                    """, id, loans.Select(one => one.Loan.Id).ToArray(), loans.Select(one => one.Loan.Barcode).ToArray(), loans.Select(one => one.Loan.DueOn).ToArray(),
                    loans.Select(one => one.FineMinor).ToArray()),
                outbox.Write(new ClaimHandedOver
                {
                    Aggregate = ResourceName.Of(ReadClaims.Collection, id),
                    Version = 1,
                    Member = ResourceName.Of("members", member),
                    Branch = spell.Branch,
                    Level = spell.Facts.LastLevel,
                    SpellStartedOn = started.ToDateOnly(),
                    HandedOverOn = day.ToDateOnly(),
                    CurrencyCode = rules.CurrencyCode,
                    Loans = [.. loans.Select(one => new ClaimedLoan
                    {
                        Loan = one.Loan.Name, Barcode = one.Loan.Barcode, DueOn = one.Loan.DueOn.ToDateOnly(), FineMinor = one.FineMinor,
                    })],
                }),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private sealed record Spell(ReminderFacts Facts, long DebtMinor, string Branch);

    /// <summary>Null where there is none any more. What is overdue and owed is looked at once the row is locked.</summary>
    private static async Task<Spell?> LockAsync(NpgsqlTransaction transaction, Guid member, LocalDate day, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT FROM reminder_spell WHERE member = $1 FOR UPDATE", member),
                DatabaseSetup.BatchCommand($"""
                    SELECT s.level, s.last_reminded_on, s.spell_started_on, EXISTS (SELECT FROM loan l WHERE l.member = $1 AND {LoanRow.Reminded("$2")}),
                           coalesce((SELECT balance_minor FROM borrower_debt WHERE member = $1), 0)
                               + (SELECT coalesce(sum(amount_minor), 0)::bigint FROM pending_charge WHERE member = $1)
                               - (SELECT coalesce(sum(amount_minor), 0)::bigint FROM pending_withdrawal WHERE member = $1),
                           coalesce(b.branch, '')
                    FROM reminder_spell s LEFT JOIN borrower b ON b.member = s.member WHERE s.member = $1
                    """, member, day),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        var facts = new ReminderFacts
        {
            LastLevel = row.GetInt32(0),
            LastRemindedOn = row.IsDBNull(1) ? null : row.GetFieldValue<LocalDate>(1),
            SpellStartedOn = row.IsDBNull(2) ? null : row.GetFieldValue<LocalDate>(2),
            AnythingOverdue = row.GetBoolean(3),
        };
        return new Spell(facts, row.GetInt64(4), row.GetString(5));
    }

    /// <summary>What is past its due date, and what was declared lost, with the fine by then.</summary>
    private async Task<List<(LoanRow Loan, long FineMinor)>> LoansAsync(NpgsqlTransaction transaction, Guid member, LocalDate day, CancellationToken cancellationToken)
    {
        var lost = new Dictionary<Guid, LossRow>();
        await using (var command = transaction.Command(LossRow.Select + " WHERE l.member = $1 AND l.returned_at IS NULL AND q.state = 'OPEN' LIMIT $2", member, MostLoans))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var loss = LossRow.Read(row);
                lost[loss.Loan] = loss;
            }
        var loans = new List<(LoanRow, long)>();
        await using (var command = transaction.Command(
            LoanRow.Select + " WHERE l.member = $1 AND l.returned_at IS NULL AND (l.due_on < $2 OR l.replace_until IS NOT NULL) AND l.claimed_returned_on IS NULL ORDER BY l.due_on, l.id LIMIT $3",
            member, day, MostLoans))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var loan = LoanRow.Read(row);
                loans.Add((loan, (lost.GetValueOrDefault(loan.Id) is { } loss ? losses.Fine(loss, day) : fines.Price(loan, day)).AmountMinor));
            }
        return loans;
    }
}

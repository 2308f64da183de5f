using System.Diagnostics;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Domain.Reminders;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Reminding;

/// <summary>
/// The weekly run of reminders: one notice to each member with anything overdue, one level higher than the last, charged once
/// (art. 36–37). What its reader says is back is passed over (ADR 26). One transaction a member, decided on their locked row: a second run on the day reminds nobody again.
/// </summary>
public sealed class RemindMembers(NpgsqlDataSource database, NetworkRules rules, Outbox outbox, DeskMetrics desk) : IPeriodicJob
{
    private const int Batch = 200, MostBatches = 5_000;

    /// <summary>For one reminder Finance books a charge and Notifications writes and sends a mail; a thousand of them beside a busy desk take a minute.</summary>
    private static readonly TimeSpan AtOthers = TimeSpan.FromMilliseconds(50);

    public string Name => "reminders";
    public LocalTime DueAt => new(6, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var policy = rules.On(day).Reminder;
        if (day.DayOfWeek != policy.Weekday) return;
        var after = Guid.Empty;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var members = await WithOverdueAsync(after, day, cancellationToken);
            foreach (var member in members)
            {
                var began = Stopwatch.GetTimestamp();
                await RemindAsync(member, policy, day, cancellationToken);
                await desk.GiveWayAsync(began, AtOthers, cancellationToken);
            }
            outbox.Wake();
            if (members.Count < Batch) return;
            after = members[^1];
        }
    }

    private async Task<List<Guid>> WithOverdueAsync(Guid after, LocalDate day, CancellationToken cancellationToken)
    {
        await using var command = database.Command($"""
            SELECT DISTINCT l.member FROM loan l WHERE {LoanRow.Reminded("$1")} AND l.member > $2 ORDER BY l.member LIMIT $3
            """, day, after, Batch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<Guid>();
        while (await row.ReadAsync(cancellationToken)) members.Add(row.GetGuid(0));
        return members;
    }

    private sealed record Spell(long Version, int Level, LocalDate? LastRemindedOn, LocalDate? StartedOn, int OverdueLoans, string Branch);

    private async Task RemindAsync(Guid member, ReminderPolicy policy, LocalDate day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var spell = await LockAsync(transaction, member, day, cancellationToken);
        var decision = ReminderRules.Decide(
            new ReminderFacts
            {
                AnythingOverdue = spell.OverdueLoans > 0, SpellStartedOn = spell.StartedOn, LastLevel = spell.Level, LastRemindedOn = spell.LastRemindedOn,
            },
            policy, rules.Prices, day);
        if (decision is not ReminderDecision.Remind remind) return;

        var name = ResourceName.Of("members", member);
        var charge = ChargeOf(remind, name, spell.Branch, day);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "UPDATE reminder_spell SET version = version + 1, level = $2, last_reminded_on = $3 WHERE member = $1", member, remind.Level, day),
                outbox.Write(new ReminderDue
                {
                    Aggregate = name,
                    Version = spell.Version + 1,
                    Member = name,
                    Level = remind.Level,
                    RemindedOn = day.ToDateOnly(),
                    OverdueLoans = spell.OverdueLoans,
                    Fee = charge,
                }),
            },
        };
        if (charge.AmountMinor > 0) batch.BatchCommands.Add(Snapshots.CountCharge(charge, member));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The member's spell, begun today where the run for the overdue did not begin it, and what is overdue now that it is locked.</summary>
    private static async Task<Spell> LockAsync(NpgsqlTransaction transaction, Guid member, LocalDate day, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO reminder_spell AS known (member, version, level, spell_started_on) VALUES ($1, 0, 0, $2)
                    ON CONFLICT (member) DO UPDATE SET spell_started_on = coalesce(known.spell_started_on, excluded.spell_started_on)
                    """, member, day),
                DatabaseSetup.BatchCommand($"""
                    SELECT s.version, s.level, s.last_reminded_on, s.spell_started_on,
                           (SELECT count(*) FROM loan l WHERE l.member = $1 AND {LoanRow.Reminded("$2")})::integer,
                           coalesce(b.branch, (SELECT branch FROM loan WHERE member = $1 AND returned_at IS NULL ORDER BY due_on, id LIMIT 1), '')
                    FROM reminder_spell s LEFT JOIN borrower b ON b.member = s.member WHERE s.member = $1
                    """, member, day),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Spell(
            row.GetInt64(0), row.GetInt32(1),
            row.IsDBNull(2) ? null : row.GetFieldValue<LocalDate>(2), row.IsDBNull(3) ? null : row.GetFieldValue<LocalDate>(3),
            row.GetInt32(4), row.GetString(5));
    }

    private static Charge ChargeOf(ReminderDecision.Remind remind, string member, string branch, LocalDate day) => new()
    {
        Id = Guid.CreateVersion7(),
        Kind = ChargeKind.Reminder,
        Member = member,
        Branch = branch,
        AmountMinor = remind.FeeMinor,
        CurrencyCode = remind.CurrencyCode,
        ChargedOn = day.ToDateOnly(),
        Subject = "",
        Lines = remind is not { TariffVersion: { } tariff, FeeMinor: > 0 } ? [] :
        [
            new ChargeLine
            {
                PriceCode = PriceCodes.Reminder(remind.Level),
                TariffVersion = tariff,
                Article = remind.Article,
                Count = 1,
                UnitMinor = remind.FeeMinor,
                AmountMinor = remind.FeeMinor,
            },
        ],
    };
}

using Library.Catalog.Domain.Reminders;
using Library.Catalog.Features.Overdue;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Reminding;

/// <summary>
/// The day before the weekly run of reminders, tells of whom it would remind if nothing came back before (art. 41), by the very rule of the run. Nothing is charged
/// and no spell begins.
/// </summary>
public sealed class AnnounceReminders(NetworkRules rules, Outbox outbox, MemberTellings tellings) : IPeriodicJob
{
    private const string Kind = "reminder-imminent";

    public string Name => "reminders-imminent";
    public LocalTime DueAt => new(5, 30);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var remindsOn = day.PlusDays(1);
        if (remindsOn.DayOfWeek != rules.On(remindsOn).Reminder.Weekday) return;
        await tellings.RunAsync(
            (transaction, after, size) => Next(transaction, remindsOn, after, size),
            row => IsImminent(row, remindsOn) ? Write(row.GetGuid(0), row.GetString(1), remindsOn) : null, cancellationToken);
    }

    private static NpgsqlCommand Next(NpgsqlTransaction transaction, LocalDate remindsOn, Guid after, int size) => transaction.Command($"""
        SELECT l.member, coalesce(b.branch, ''), coalesce(s.level, 0), s.last_reminded_on, s.spell_started_on FROM (
            SELECT DISTINCT l.member FROM loan l WHERE {LoanRow.Reminded("$1")} AND l.member > $2 ORDER BY l.member LIMIT $3) l
        LEFT JOIN borrower b ON b.member = l.member LEFT JOIN reminder_spell s ON s.member = l.member ORDER BY l.member
        """, remindsOn, after, size);

    private bool IsImminent(NpgsqlDataReader row, LocalDate remindsOn) => ReminderRules.IsImminent(
        new ReminderFacts
        {
            AnythingOverdue = true,
            LastLevel = row.GetInt32(2),
            LastRemindedOn = row.IsDBNull(3) ? null : row.GetFieldValue<LocalDate>(3),
            SpellStartedOn = row.IsDBNull(4) ? null : row.GetFieldValue<LocalDate>(4),
        },
        rules.On(remindsOn).Reminder, rules.Prices, remindsOn.PlusDays(-1));

    private NpgsqlBatchCommand Write(Guid member, string branch, LocalDate remindsOn)
    {
        var id = Tellings.IdOf(Kind, member, remindsOn);
        return outbox.WriteOnce(id, new ReminderImminent
        {
            Aggregate = ResourceName.Of(Tellings.Collection, id),
            Version = 1,
            Member = ResourceName.Of("members", member),
            RemindsOn = remindsOn.ToDateOnly(),
            Branch = branch,
        });
    }
}

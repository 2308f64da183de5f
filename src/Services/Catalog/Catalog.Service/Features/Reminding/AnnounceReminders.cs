using System.Diagnostics;
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
public sealed class AnnounceReminders(NpgsqlDataSource database, NetworkRules rules, Outbox outbox, DeskMetrics desk) : IPeriodicJob
{
    private const string Kind = "reminder-imminent";
    private const int Batch = 500, MostBatches = 20_000;

    public string Name => "reminders-imminent";
    public LocalTime DueAt => new(5, 30);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var (remindsOn, after) = (day.PlusDays(1), Guid.Empty);
        if (remindsOn.DayOfWeek != rules.On(remindsOn).Reminder.Weekday) return;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var began = Stopwatch.GetTimestamp();
            var size = desk.IsBusy ? Tellings.BatchBesideDesk : Batch;
            var members = await TellAsync(remindsOn, after, size, cancellationToken);
            outbox.Wake();
            if (members.Count < size) return;
            after = members[^1];
            await desk.GiveWayAsync(began, Tellings.AtNotifications, cancellationToken);
        }
    }

    private async Task<List<Guid>> TellAsync(LocalDate remindsOn, Guid after, int size, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        var members = new List<Guid>();
        await using (var find = transaction.Command($"""
            SELECT l.member, coalesce(b.branch, ''), coalesce(s.level, 0), s.last_reminded_on, s.spell_started_on FROM (
                SELECT DISTINCT l.member FROM loan l WHERE {LoanRow.Reminded("$1")} AND l.member > $2 ORDER BY l.member LIMIT $3) l
            LEFT JOIN borrower b ON b.member = l.member LEFT JOIN reminder_spell s ON s.member = l.member ORDER BY l.member
            """, remindsOn, after, size))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                members.Add(row.GetGuid(0));
                if (IsImminent(row, remindsOn)) batch.BatchCommands.Add(Write(members[^1], row.GetString(1), remindsOn));
            }
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return members;
    }

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

using System.Diagnostics;
using Library.Catalog.Features.Loans;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Overdue;

/// <summary>
/// Tells once for each due day that it has passed, and begins the spell of being overdue in which reminders are counted (art. 36).
/// What was told is marked in the same transaction: a second run finds nothing.
/// </summary>
public sealed class TellOverdue(NpgsqlDataSource database, Outbox outbox, DeskMetrics desk) : IPeriodicJob
{
    private const int Batch = 500, BatchBesideDesk = 25, MostBatches = 20_000;

    /// <summary>The desk's commits wait for the same disk, to which a batch writes some pages for each of its loans; a thousand loans beside a busy desk take five seconds.</summary>
    private static readonly TimeSpan OnDisk = TimeSpan.FromMilliseconds(100);

    public string Name => "overdue";
    public LocalTime DueAt => new(1, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var began = Stopwatch.GetTimestamp();
            var size = desk.IsBusy ? BatchBesideDesk : Batch;
            if (await TellAsync(day, size, cancellationToken) < size) return;
            await desk.GiveWayAsync(began, OnDisk, cancellationToken);
        }
    }

    private async Task<int> TellAsync(LocalDate day, int size, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var told = new List<LoanBecameOverdue>();
        var members = new List<Guid>();
        await using (var command = transaction.Command($"""
            UPDATE loan SET overdue_told_for = due_on, version = version + 1
            WHERE id = ANY (ARRAY(
                SELECT l.id FROM loan l WHERE {LoanRow.Reminded("$1")} AND l.overdue_told_for IS DISTINCT FROM l.due_on
                ORDER BY l.due_on DESC, l.member DESC LIMIT $2 FOR UPDATE))
            RETURNING id, version, member, due_on
            """, day, size))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                members.Add(row.GetGuid(2));
                told.Add(new LoanBecameOverdue
                {
                    Aggregate = ResourceName.Of("loans", row.GetGuid(0)),
                    Version = row.GetInt64(1),
                    Member = ResourceName.Of("members", row.GetGuid(2)),
                    DueOn = row.GetFieldValue<LocalDate>(3).ToDateOnly(),
                });
            }
        if (told.Count == 0) return 0;

        // the due day is still in time: the spell begins on the day after it
        await using (var spells = transaction.Command("""
            INSERT INTO reminder_spell AS known (member, version, level, spell_started_on)
            SELECT member, 0, 0, $2 FROM unnest($1) AS member GROUP BY member ORDER BY member
            ON CONFLICT (member) DO UPDATE SET spell_started_on = excluded.spell_started_on WHERE known.spell_started_on IS NULL
            """, members.ToArray(), day))
            await spells.ExecuteNonQueryAsync(cancellationToken);
        await outbox.AddAsync(transaction, told, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return told.Count;
    }
}

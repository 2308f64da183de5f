using System.Diagnostics;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Overdue;

/// <summary>
/// Tells that loans fall due in the days of the rulebook (art. 41): one message for a member and a day. What was renewed or returned by the time it is sent is not
/// listed then.
/// </summary>
public sealed class TellDueSoon(NpgsqlDataSource database, NetworkRules rules, Outbox outbox, DeskMetrics desk) : IPeriodicJob
{
    private const string Kind = "due-soon";
    private const int Batch = 500, MostBatches = 20_000;

    public string Name => "due-soon";
    public LocalTime DueAt => new(5, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        if (rules.On(day).TellDueSoonDays is not { } days) return;
        var (due, after) = (day.PlusDays(days), Guid.Empty);
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var began = Stopwatch.GetTimestamp();
            var size = desk.IsBusy ? Tellings.BatchBesideDesk : Batch;
            var members = await TellAsync(due, after, size, cancellationToken);
            outbox.Wake();
            if (members.Count < size) return;
            after = members[^1];
            await desk.GiveWayAsync(began, Tellings.AtNotifications, cancellationToken);
        }
    }

    private async Task<List<Guid>> TellAsync(LocalDate due, Guid after, int size, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        var members = new List<Guid>();
        await using (var find = transaction.Command("""
            SELECT l.member, coalesce(b.branch, '') FROM (
                SELECT DISTINCT member FROM loan WHERE returned_at IS NULL AND due_on = $1 AND claimed_returned_on IS NULL AND replace_until IS NULL AND member > $2 ORDER BY member LIMIT $3) l
            LEFT JOIN borrower b ON b.member = l.member ORDER BY l.member
            """, due, after, size))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                members.Add(row.GetGuid(0));
                var id = Tellings.IdOf(Kind, members[^1], due);
                batch.BatchCommands.Add(outbox.WriteOnce(id, new LoansDueSoon
                {
                    Aggregate = ResourceName.Of(Tellings.Collection, id),
                    Version = 1,
                    Member = ResourceName.Of("members", members[^1]),
                    DueOn = due.ToDateOnly(),
                    Branch = row.GetString(1),
                }));
            }
        if (members.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return members;
    }
}

using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Offline;
using Library.Catalog.Features.CheckingOut;
using Library.Catalog.Features.Returning;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;

namespace Library.Catalog.Features.Offline;

/// <summary>
/// Applies offline logs, the one that came first before the others, a line in a transaction of its own that moves the log's position: a line is applied once,
/// also where an instance dies in the middle or two are at work, because each locks the log's row for its line (ADR 25). Nothing of a line makes the
/// ones after it wait: what fails is listed.
/// </summary>
public sealed class ApplyOfflineLogs(
    NpgsqlDataSource database, CheckOutItem checkOut, ReturnItem takeBack, AskOwners owners, Outbox outbox, ILogger<ApplyOfflineLogs> log) : BackgroundService
{
    private const string Savepoint = "line";
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim wake = new(0, 1);

    /// <summary>A log has come in; without being woken it is found at the next look.</summary>
    public void Wake()
    {
        if (wake.CurrentCount > 0) return;
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // woken by another at the same moment
        }
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                if (!await ApplyNextAsync(stoppingToken)) await wake.WaitAsync(LookEvery, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(problem, "An offline log stopped; it goes on at its next line");
                await wake.WaitAsync(LookEvery, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
    }

    private sealed record Line(Guid Log, int Number, OfflineKind Kind, OfflineAct Act, bool IsPending);

    /// <summary>False where no line waits, or other instances have those that do.</summary>
    private async Task<bool> ApplyNextAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await NextAsync(transaction, cancellationToken) is not { } line) return false;
        // what was listed when the log came in is only passed
        if (line.IsPending) await KeepAsync(transaction, line, await ApplyAsync(transaction, line, cancellationToken), cancellationToken);
        await using var move = transaction.Command("UPDATE offline_log SET position = $2 WHERE id = $1 AND position = $2 - 1", line.Log, line.Number);
        if (await move.ExecuteNonQueryAsync(cancellationToken) != 1) throw new InvalidOperationException("Another instance has gone on with the log.");
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return true;
    }

    private static async Task<Line?> NextAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT l.id, n.number, n.kind, n.at, l.branch, n.barcode, coalesce(n.card_number, ''), n.state
            FROM offline_log l JOIN offline_line n ON n.log = l.id AND n.number = l.position + 1
            WHERE l.position < l.line_count ORDER BY l.received_at, l.id LIMIT 1 FOR NO KEY UPDATE OF l SKIP LOCKED
            """);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new Line(row.GetGuid(0), row.GetInt32(1), Rules.Codes.Parse<OfflineKind>(row.GetString(2)),
                new OfflineAct(row.GetFieldValue<Instant>(3), row.GetString(4), row.GetString(5), row.GetString(6)), row.GetString(7) == LineState.Pending)
            : null;
    }

    /// <summary>As at the desk, Membership and Finance are asked where the local facts speak against a loan, and the decision is made once more (ADR 1).</summary>
    private async Task<OfflineOutcome> ApplyAsync(NpgsqlTransaction transaction, Line line, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        var outcome = await TryAsync(transaction, line, cancellationToken);
        if (!outcome.MayBeStale) return outcome;
        // the copy is not locked while others are asked
        await transaction.RollbackAsync(Savepoint, cancellationToken);
        await owners.RefreshAsync(line.Act.Card, outcome.Member, cancellationToken);
        return await TryAsync(transaction, line, cancellationToken);
    }

    private async Task<OfflineOutcome> TryAsync(NpgsqlTransaction transaction, Line line, CancellationToken cancellationToken)
    {
        try
        {
            return line.Kind switch
            {
                OfflineKind.Loan => await checkOut.RunAsOfAsync(transaction, line.Act, cancellationToken),
                OfflineKind.Return => await takeBack.RunAsOfAsync(transaction, line.Act, cancellationToken),
            };
        }
        catch (Exception fault) when (IsOfLine(fault))
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            log.LogError(fault, "Line {Number} of {Log} could not be applied; it is listed", line.Number, line.Log);
            return OfflineOutcome.NotApplied(OfflineFinding.Fault);
        }
    }

    /// <summary>It would fail again and again. What the database or the network does not allow just now is no fault of the line.</summary>
    private static bool IsOfLine(Exception fault) => fault is PostgresException { SqlState: ['2', ..] }
        || fault is not (NpgsqlException or TimeoutException or IOException or OperationCanceledException);

    private static async Task KeepAsync(NpgsqlTransaction transaction, Line line, OfflineOutcome outcome, CancellationToken cancellationToken)
    {
        await using var keep = transaction.Command("""
            UPDATE offline_line SET state = $3, reasons = $4, loan = $5::uuid, card_number = CASE WHEN $5::uuid IS NULL THEN card_number END
            WHERE log = $1 AND number = $2 AND state = 'PENDING'
            """, line.Log, line.Number, outcome.Loan is null ? LineState.NotApplied : LineState.Applied, outcome.Reasons.ToArray(), outcome.Loan);
        if (await keep.ExecuteNonQueryAsync(cancellationToken) != 1) throw new InvalidOperationException("The line is done already.");
    }
}

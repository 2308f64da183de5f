using Library.ServiceDefaults.Data;

namespace Library.ServiceDefaults.Jobs;

/// <summary>
/// Forgets what is kept for a time only: published messages after 14 days, handled ones after 30, idempotency keys after 7, discarded
/// messages 90 days after the decision (all real time), ten thousand rows a statement. A restored backup tells again what is still
/// kept in the outbox, for what was in the broker is gone (ADR 13): that has to be less than inboxes remember.
/// </summary>
public sealed class Housekeeping(NpgsqlDataSource database) : IPeriodicJob
{
    private const int Batch = 10_000, MostBatches = 1_000;

    public string Name => "housekeeping";
    public LocalTime DueAt => new(3, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await ForgetAsync("outbox", "published_at", 14, cancellationToken);
        await ForgetAsync("inbox", "handled_at", 30, cancellationToken);
        await ForgetAsync("idempotency", "written_at", 7, cancellationToken);
        await ForgetAsync("failed_message", "state = 'DISCARDED' AND decided_at", 90, cancellationToken);
    }

    private async Task ForgetAsync(string table, string column, int days, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
        {
            await using var command = database.Command(
                $"DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {column} < now() - $1 LIMIT {Batch}))", Period.FromDays(days));
            if (await command.ExecuteNonQueryAsync(cancellationToken) < Batch) return;
        }
    }
}

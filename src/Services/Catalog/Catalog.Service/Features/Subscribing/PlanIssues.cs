using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;

namespace Library.Catalog.Features.Subscribing;

/// <summary>
/// Expects the issues that have come within the horizon. One transaction a subscription, on its locked row: a second run, a late one or one on
/// another machine finds nothing left to write.
/// </summary>
public sealed class PlanIssues(NpgsqlDataSource database) : IPeriodicJob
{
    private const int Batch = 200, MostBatches = 1_000;

    /// <summary>A subscription is looked at again when no more than this is planned ahead: once a month, not every day.</summary>
    private const int PlannedAheadDays = ExpectIssues.HorizonDays - 31;

    public string Name => "expect-issues";
    public LocalTime DueAt => new(1, 30);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var due = await DueAsync(after, day, cancellationToken);
            foreach (var subscription in due) await PlanAsync(subscription, day, cancellationToken);
            if (due.Count < Batch) return;
            after = due[^1];
        }
    }

    private async Task<List<Guid>> DueAsync(Guid after, LocalDate day, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT id FROM subscription WHERE planned_through < ends_on AND planned_through < $1 AND id > $2 ORDER BY id LIMIT $3
            """, day.PlusDays(PlannedAheadDays), after, Batch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<Guid>();
        while (await row.ReadAsync(cancellationToken)) due.Add(row.GetGuid(0));
        return due;
    }

    private async Task PlanAsync(Guid subscription, LocalDate day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var locked = transaction.Command("SELECT FROM subscription WHERE id = $1 FOR UPDATE", subscription))
            await locked.ExecuteNonQueryAsync(cancellationToken);
        await ExpectIssues.RunAsync(transaction, subscription, day, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

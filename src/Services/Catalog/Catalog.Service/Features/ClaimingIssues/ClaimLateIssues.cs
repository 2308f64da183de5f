using Library.Catalog.Domain.Serials;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Jobs;

namespace Library.Catalog.Features.ClaimingIssues;

/// <summary>
/// Claims every expected issue whose grace has passed and gives up those claimed in vain. Issues are locked and then looked at: a second run of the
/// day, or one on another machine, finds the next claim due later.
/// </summary>
public sealed class ClaimLateIssues(NpgsqlDataSource database) : IPeriodicJob
{
    private const int Batch = 500, MostBatches = 1_000;

    public string Name => "issue-claims";
    public LocalTime DueAt => new(5, 0);

    public async Task RunAsync(LocalDate day, CancellationToken cancellationToken)
    {
        for (var batch = 0; batch < MostBatches; batch++)
            if (await ClaimAsync(day, cancellationToken) < Batch) return;
    }

    private async Task<int> ClaimAsync(LocalDate day, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        var looked = 0;
        await using (var due = transaction.Command("""
            SELECT i.id, s.supplier, i.claim_level, i.claim_due_on FROM issue i JOIN subscription s ON s.id = i.subscription
            WHERE i.claim_due_on <= $1 ORDER BY i.claim_due_on, i.id LIMIT $2 FOR UPDATE OF i
            """, day, Batch))
        await using (var row = await due.ExecuteReaderAsync(cancellationToken))
            for (; await row.ReadAsync(cancellationToken); looked++)
            {
                var decision = ClaimRules.Decide(row.GetInt32(2), row.GetFieldValue<LocalDate>(3), day);
                foreach (var command in Claims.Write(row.GetGuid(0), row.GetGuid(1), decision, day)) batch.BatchCommands.Add(command);
            }
        if (looked == 0) return 0;
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return looked;
    }
}

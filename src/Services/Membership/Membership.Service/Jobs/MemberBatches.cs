using Library.Contracts;
using Library.Membership.Members;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;

namespace Library.Membership.Jobs;

/// <summary>Changes many members, some at a time: each batch is a transaction of its own, and what it changed is not found again.</summary>
public sealed class MemberBatches(NpgsqlDataSource database, Outbox outbox)
{
    private const int Size = 200, MostBatches = 2_000;

    /// <param name="find">Gives the ids of members to change; $1 is the day, $2 the most rows wanted.</param>
    /// <param name="day">Business date.</param>
    /// <param name="change">The changed row without its new version; null where it need not change after all.</param>
    /// <param name="facts">What is told besides the snapshot.</param>
    /// <param name="cancellationToken">Of the job.</param>
    public async Task RunAsync(
        string find, LocalDate day, Func<MemberRow, MemberRow?> change, Func<MemberRow, IEnumerable<IMessage>> facts, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MostBatches; round++)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var ids = await FindAsync(transaction, find, day, cancellationToken);
            if (ids.Length == 0) return;
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
            foreach (var changed in (await MemberRows.LockAsync(transaction, ids, cancellationToken)).Select(change).OfType<MemberRow>())
            {
                var next = changed with { Version = changed.Version + 1 };
                batch.BatchCommands.Add(next.Update());
                batch.BatchCommands.Add(outbox.Write(next.Snapshot()));
                foreach (var fact in facts(next)) batch.BatchCommands.Add(outbox.Write(fact));
            }
            if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            outbox.Wake();
            if (ids.Length < Size) return;
        }
    }

    private static async Task<Guid[]> FindAsync(NpgsqlTransaction transaction, string find, LocalDate day, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(find, day, Size);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var ids = new List<Guid>();
        while (await row.ReadAsync(cancellationToken)) ids.Add(row.GetGuid(0));
        return [.. ids];
    }
}

using System.Diagnostics;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;

namespace Library.Catalog.Features.Overdue;

/// <summary>
/// Tells the members of a list something under the ids of <see cref="Tellings"/>: in the order of their ids, a batch in one transaction. Run again, or beside itself, it
/// tells nothing twice.
/// </summary>
public sealed class MemberTellings(NpgsqlDataSource database, Outbox outbox, DeskMetrics desk)
{
    private const int Batch = 500, BatchBesideDesk = 20, MostBatches = 20_000;

    /// <summary>How long is rested after a batch while a desk is busy: Notifications takes up what it is told at once, on the same machine and disk.</summary>
    private static readonly TimeSpan AtNotifications = TimeSpan.FromMilliseconds(500);

    /// <param name="find">The next members of the list, by id, in the first column: those after the id given, at most so many.</param>
    /// <param name="tell">What a row's member is told; null: nothing.</param>
    /// <param name="cancellationToken">Ends it; what was told stays told.</param>
    public async Task RunAsync(Func<NpgsqlTransaction, Guid, int, NpgsqlCommand> find, Func<NpgsqlDataReader, NpgsqlBatchCommand?> tell, CancellationToken cancellationToken)
    {
        var after = Guid.Empty;
        for (var batch = 0; batch < MostBatches; batch++)
        {
            var began = Stopwatch.GetTimestamp();
            var size = desk.IsBusy ? BatchBesideDesk : Batch;
            var members = 0;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken))
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await using var told = new NpgsqlBatch(transaction.Open(), transaction);
                await using (var command = find(transaction, after, size))
                await using (var row = await command.ExecuteReaderAsync(cancellationToken))
                    for (; await row.ReadAsync(cancellationToken); members++)
                    {
                        after = row.GetGuid(0);
                        if (tell(row) is { } message) told.BatchCommands.Add(message);
                    }
                if (told.BatchCommands.Count > 0) await told.ExecuteNonQueryAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            outbox.Wake();
            if (members < size) return;
            await desk.GiveWayAsync(began, AtNotifications, cancellationToken);
        }
    }
}

using Library.Catalog.Domain.Marc;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Importing;

/// <summary>
/// After an upgrade: maps every record again that an older mapping made, from the raw record, in batches, one process at a time (a lease). What is
/// done stays done; a process that stops is followed by another. Searches go on meanwhile and find what is indexed.
/// </summary>
public sealed class IndexRecords(NpgsqlDataSource database, Leases leases, ILogger<IndexRecords> log) : BackgroundService
{
    private const string Lease = "index-records";
    private const int Batch = 200;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(1), LookEvery = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery);
        do
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException && !stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Indexing stopped ({Problem}); it goes on behind the last batch", away.GetType().Name);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        while (!stoppingToken.IsCancellationRequested && await NextAsync(timer, stoppingToken));
    }

    /// <summary>Runs until nothing is left, or returns at once where another process is at work.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!await IsNeededAsync(cancellationToken)) return;
        await using var lease = await leases.TryKeepAsync(Lease, LeaseTime, TimeSpan.Zero, cancellationToken);
        if (lease is null) return;
        var total = 0L;
        while (await RunBatchAsync(cancellationToken) is > 0 and var count)
        {
            total += count;
            if (total % 10_000 < count) log.LogInformation("{Count} records were indexed again", total);
        }
        log.LogInformation("{Count} records were indexed again; none is left", total);
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> IsNeededAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command("SELECT EXISTS (SELECT FROM record WHERE indexed_as < $1)", NormalisedRecord.MappingVersion);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task<int> RunBatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var records = await ReadAsync(transaction, cancellationToken);
        if (records.Count == 0) return 0;
        await using var update = transaction.Command($"""
            UPDATE record SET ({RecordIndex.Columns}) = ROW({RecordIndex.Values})
            FROM unnest($1::uuid[], {RecordIndex.Arrays(2)}) AS t (id, {RecordIndex.Names}) WHERE record.id = t.id
            """, [records.Select(r => r.Id).ToArray(), .. RecordIndex.Parameters([.. records.Select(r => r.Index)])]);
        await update.ExecuteNonQueryAsync(cancellationToken);
        await RecordIndex.SaveAsync(transaction, records, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return records.Count;
    }

    private static async Task<List<(Guid Id, IndexedRecord Index)>> ReadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            $"SELECT {RawRecord.Columns} FROM record WHERE indexed_as < $1 ORDER BY indexed_as LIMIT $2 FOR UPDATE SKIP LOCKED", NormalisedRecord.MappingVersion, Batch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<(Guid, IndexedRecord)>();
        while (await row.ReadAsync(cancellationToken)) records.Add(await RawRecord.IndexAsync(row, cancellationToken));
        return records;
    }
}

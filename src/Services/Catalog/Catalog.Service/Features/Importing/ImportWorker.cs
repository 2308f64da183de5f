using System.Diagnostics;
using System.Runtime.CompilerServices;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Importing;

/// <summary>
/// Reads received files in, one at a time in the whole service (a lease), in batches: records, rejects and the place in the file stand in
/// one transaction, so that after a crash any instance goes on behind the last batch. The desk goes first: while it is busy, batches are small, one thing is
/// done after the other, and each batch is followed by a rest as long as it took.
/// </summary>
public sealed class ImportWorker(NpgsqlDataSource database, Leases leases, ImportSignal signal, DeskMetrics desk, ILogger<ImportWorker> log) : BackgroundService
{
    private const string Lease = "import";
    private const int BatchRecords = 500, BatchBesideDesk = 50, BatchBytes = 2 * 1024 * 1024;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(3), LookEvery = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                if (!await RunNextAsync(stoppingToken)) await signal.WaitAsync(LookEvery, stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(problem, "An import stopped; it goes on behind the last batch");
                await signal.WaitAsync(LookEvery, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        await leases.ReleaseAsync(Lease, CancellationToken.None);
    }

    /// <summary>False when nothing waits, or another process reads.</summary>
    private async Task<bool> RunNextAsync(CancellationToken cancellationToken)
    {
        if (await NextAsync(cancellationToken) is null || !await leases.TryHoldAsync(Lease, LeaseTime, cancellationToken)) return false;
        try
        {
            // once more, now that nobody else reads
            if (await NextAsync(cancellationToken) is not { } operation) return false;
            await ReadInAsync(operation, cancellationToken);
            return true;
        }
        finally
        {
            await leases.ReleaseAsync(Lease, CancellationToken.None);
        }
    }

    private async Task<OpenOperation?> NextAsync(CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT id, source, format, form, position FROM import_operation WHERE NOT done ORDER BY received_at, id LIMIT 1");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new OpenOperation(
                row.GetGuid(0), row.GetString(1), Codes.Parse<MarcFormat>(row.GetString(2)), Codes.Parse<MarcForm>(row.GetString(3)), row.GetInt64(4))
            : null;
    }

    private async Task ReadInAsync(OpenOperation operation, CancellationToken cancellationToken)
    {
        await using var file = new ChunkStream(database, operation.Id);
        var readings = operation.Form == MarcForm.Xml
            ? MarcXmlReader.ReadAsync(file, operation.Format, cancellationToken)
            : MarcReader.ReadAsync(file, operation.Format, cancellationToken);
        await using var batches = BatchesAsync(readings, operation.Position, () => desk.IsBusy ? BatchBesideDesk : BatchRecords, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var position = operation.Position;
        var next = NextAsync();
        try
        {
            while (await next)
            {
                var batch = batches.Current;
                if (!desk.IsBusy)
                {
                    next = NextAsync(); // one is read while the one before it is saved
                    position = await SaveAsync(operation, position, batch, cancellationToken);
                    continue;
                }
                var began = Stopwatch.GetTimestamp();
                position = await SaveAsync(operation, position, batch, cancellationToken);
                await desk.GiveWayAsync(began, cancellationToken);
                next = NextAsync();
            }
        }
        finally
        {
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default); // the file is not closed while it is read
        }
        log.LogInformation("Import {Operation} is done", operation.Id);

        Task<bool> NextAsync() => Task.Run(async () => await batches.MoveNextAsync(), cancellationToken);
    }

    /// <param name="To">How far the file is dealt with once this is saved.</param>
    /// <param name="Records">To store.</param>
    /// <param name="Rejects">What cannot be read.</param>
    /// <param name="IsLast">The file ends here.</param>
    private sealed record Batch(long To, IReadOnlyList<IncomingRecord> Records, List<Reject> Rejects, bool IsLast);

    private static async IAsyncEnumerable<Batch> BatchesAsync(
        IAsyncEnumerable<MarcReading> readings, long from, Func<int> most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (records, rejects, bytes, to) = (new List<IncomingRecord>(), new List<Reject>(), 0, from);
        await foreach (var reading in readings.WithCancellation(cancellationToken))
        {
            // dealt with before a crash
            if (reading.Position <= from) continue;
            if (reading is MarcRecord record) records.Add(IncomingRecord.From(record));
            else if (reading is MarcReject reject) rejects.Add(Reject.From(reject));
            bytes += (reading as MarcRecord)?.Raw.Length ?? 0;
            to = reading.Position;
            if (records.Count + rejects.Count < most() && bytes < BatchBytes) continue;
            yield return new Batch(to, records, rejects, IsLast: false);
            (records, rejects, bytes) = ([], [], 0);
        }
        yield return new Batch(to, records, rejects, IsLast: true);
    }

    /// <summary>One transaction. Stops where another process has gone on from the same place, so that nothing is counted twice.</summary>
    private async Task<long> SaveAsync(OpenOperation operation, long from, Batch read, CancellationToken cancellationToken)
    {
        var (to, records, rejects, done) = read;
        if (!await leases.TryHoldAsync(Lease, LeaseTime, cancellationToken)) throw new InvalidOperationException("Another process reads the file now.");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var broken = rejects.Count;
        var outcome = await SaveBatch.RunAsync(transaction, operation, records, rejects, cancellationToken) + new Outcome(0, 0, 0, broken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    INSERT INTO import_reject (operation, position, byte_offset, record_id, reason)
                    SELECT $1, t.* FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS t
                    ORDER BY 2 LIMIT greatest(0, $6 - (SELECT count(*) FROM import_reject WHERE operation = $1))
                    """, operation.Id, rejects.Select(r => r.Position).ToArray(), rejects.Select(r => r.ByteOffset).ToArray(),
                    rejects.Select(r => r.RecordId).ToArray(), rejects.Select(r => r.Reason).ToArray(), ReadOperation.MostRejects),
            },
        };
        IncomingRecord[] repaired = [.. records.Where(record => record.Notes.Count > 0)];
        if (repaired.Length > 0) batch.BatchCommands.Add(Repairs(operation, repaired));
        if (done) batch.BatchCommands.Add(DatabaseSetup.BatchCommand("DELETE FROM import_chunk WHERE operation = $1", operation.Id));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await using var move = transaction.Command("""
            UPDATE import_operation SET position = $3, read = read + $4, created = created + $5, updated = updated + $6, unchanged = unchanged + $7,
                rejected = rejected + $8, repaired = repaired + $9, done = $10
            WHERE id = $1 AND position = $2 AND NOT done
            """, operation.Id, from, to, (long)records.Count + broken, outcome.Created, outcome.Updated, outcome.Unchanged, outcome.Rejected,
            (long)repaired.Length, done);
        if (await move.ExecuteNonQueryAsync(cancellationToken) != 1) throw new InvalidOperationException("Another process has gone on with the file.");
        await transaction.CommitAsync(cancellationToken);
        return to;
    }

    private static NpgsqlBatchCommand Repairs(OpenOperation operation, IncomingRecord[] repaired) => DatabaseSetup.BatchCommand("""
        INSERT INTO import_repair (operation, position, byte_offset, record_id, notes)
        SELECT $1, t.position, t.byte_offset, t.record_id, string_to_array(t.notes, ' ')
        FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS t (position, byte_offset, record_id, notes)
        ORDER BY 2 LIMIT greatest(0, $6 - (SELECT count(*) FROM import_repair WHERE operation = $1))
        """, operation.Id, repaired.Select(r => r.Position).ToArray(), repaired.Select(r => r.ByteOffset).ToArray(),
        repaired.Select(r => r.ControlNumber).ToArray(), repaired.Select(r => string.Join(' ', r.Notes)).ToArray(), ReadOperation.MostRejects);
}

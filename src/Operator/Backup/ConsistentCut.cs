using System.Diagnostics;
using Npgsql;

namespace Library.Operator.Backup;

/// <summary>
/// One state of several databases in which no effect is without its cause (ADR 13): what one of them has handled or copied of
/// another, the other's snapshot holds. The snapshots live as long as this object.
/// </summary>
internal sealed class ConsistentCut : IAsyncDisposable
{
    private const int Attempts = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly List<NpgsqlConnection> _connections;
    private readonly List<NpgsqlTransaction> _exporters = [];

    private ConsistentCut(List<NpgsqlConnection> connections) => _connections = connections;

    /// <summary>The exported snapshot of each database, for <c>pg_dump --snapshot</c>.</summary>
    internal Dictionary<string, string> Snapshots { get; } = [];

    /// <summary>How long consumers were held back.</summary>
    internal TimeSpan Held { get; private set; }

    /// <param name="servers">The place of a database.</param>
    /// <param name="databases">In the order of the snapshots: who copies from another by asking stands before whom it asks.</param>
    /// <param name="cancellation">Gives up and lets the consumers go on.</param>
    /// <exception cref="OperatorException">Consumers could not be held back, or a database is not a service's.</exception>
    internal static async Task<ConsistentCut> TakeAsync(Func<string, string> servers, IReadOnlyList<string> databases, CancellationToken cancellation)
    {
        // connected before anything is locked: the locks shall be held for milliseconds
        var cut = new ConsistentCut(await ConnectAsync(servers, databases, cancellation));
        try
        {
            var guards = await ConnectAsync(servers, databases, cancellation);
            try
            {
                for (var attempt = 1; !await cut.TryTakeAsync(guards, databases, cancellation); attempt++)
                {
                    if (attempt == Attempts)
                    {
                        throw new OperatorException($"A consumer's transaction held an inbox for longer than {Attempts} attempts to wait for it; nothing was backed up. Try again.");
                    }

                    await Task.Delay(Pause, cancellation);
                }
            }
            finally
            {
                await CloseAsync(guards);
            }

            return cut;
        }
        catch
        {
            await cut.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// With every inbox locked against inserts no message becomes handled, while all that has been handled is committed, and
    /// was published and so committed before. Locks and snapshots need sessions of their own: a lock would live as long as the
    /// transaction whose snapshot is exported.
    /// </summary>
    private async Task<bool> TryTakeAsync(IReadOnlyList<NpgsqlConnection> guards, IReadOnlyList<string> databases, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        var locks = new List<NpgsqlTransaction>();
        try
        {
            foreach (var guard in guards)
            {
                var transaction = await guard.BeginTransactionAsync(cancellation);
                locks.Add(transaction);
                await using var take = new NpgsqlCommand("SET LOCAL lock_timeout = '2s'; LOCK TABLE inbox IN SHARE MODE", guard, transaction);
                await take.ExecuteNonQueryAsync(cancellation);
            }

            foreach (var (database, connection) in databases.Zip(_connections))
            {
                var exporter = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
                _exporters.Add(exporter);
                await using var export = new NpgsqlCommand("SELECT pg_export_snapshot()", connection, exporter);
                Snapshots[database] = (string)(await export.ExecuteScalarAsync(cancellation))!;
            }

            return true;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
        finally
        {
            foreach (var held in locks)
            {
                await held.DisposeAsync();
            }

            Held = Stopwatch.GetElapsedTime(began);
        }
    }

    private static async Task<List<NpgsqlConnection>> ConnectAsync(Func<string, string> servers, IReadOnlyList<string> databases, CancellationToken cancellation)
    {
        var open = new List<NpgsqlConnection>();
        try
        {
            foreach (var database in databases)
            {
                var connection = new NpgsqlConnection(servers(database));
                open.Add(connection);
                await connection.OpenAsync(cancellation);
            }

            return open;
        }
        catch
        {
            await CloseAsync(open);
            throw;
        }
    }

    private static async Task CloseAsync(IEnumerable<NpgsqlConnection> connections)
    {
        foreach (var connection in connections)
        {
            await connection.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var exporter in _exporters)
        {
            await exporter.DisposeAsync();
        }

        await CloseAsync(_connections);
    }
}

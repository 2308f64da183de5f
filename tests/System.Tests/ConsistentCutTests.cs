using Library.Operator.Backup;
using Library.Testing;
using Npgsql;

namespace Library.Acceptance;

/// <summary>The cut of a backup (ADR 13) under a load that any lapse of it would show: causes here, effects there, both ways, as fast as the server takes them.</summary>
public sealed class ConsistentCutTests
{
    private const int Cuts = 25, Writers = 4;

    [Fact]
    public async Task What_one_database_has_handled_stands_in_the_others_whenever_the_cut_is_taken()
    {
        string[] databases = [$"t_cut_{Guid.NewGuid():N}", $"t_cut_{Guid.NewGuid():N}"];
        foreach (var database in databases)
        {
            await ExecuteAsync("postgres", $"CREATE DATABASE {database}");
            await ExecuteAsync(database, "CREATE TABLE outbox (id uuid PRIMARY KEY); CREATE TABLE inbox (message_id uuid PRIMARY KEY)");
        }
        var told = 0;
        using var stop = new CancellationTokenSource();
        var work = Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var (from, to) = (databases[writer % 2], databases[(writer + 1) % 2]);
            await using var cause = await OpenAsync(from);
            await using var effect = await OpenAsync(to);
            while (!stop.IsCancellationRequested)
            {
                var id = Guid.NewGuid();
                await ExecuteAsync(cause, "INSERT INTO outbox VALUES ($1)", id);
                await ExecuteAsync(effect, "INSERT INTO inbox VALUES ($1)", id);
                Interlocked.Increment(ref told);
            }
        }));
        try
        {
            for (var n = 0; n < Cuts; n++)
            {
                await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref told) > n * Writers), "the load goes on");
                await using var cut = await ConsistentCut.TakeAsync(Place, databases, CancellationToken.None);
                foreach (var (from, to) in new[] { (databases[0], databases[1]), (databases[1], databases[0]) })
                {
                    var causes = await ReadAsync(from, cut.Snapshots[from], "SELECT id FROM outbox");
                    var effects = await ReadAsync(to, cut.Snapshots[to], "SELECT message_id FROM inbox");
                    Assert.Empty(effects.Except(causes));
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await work;
        }
    }

    private static string Place(string database) => $"{TestServers.Postgres};Database={database}";

    private static async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(Place(database));
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, Guid id)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter { Value = id } } };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<HashSet<Guid>> ReadAsync(string database, string snapshot, string sql)
    {
        await using var connection = await OpenAsync(database);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using (var take = new NpgsqlCommand($"SET TRANSACTION SNAPSHOT '{snapshot}'", connection, transaction)) await take.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new HashSet<Guid>();
        while (await reader.ReadAsync()) ids.Add(reader.GetGuid(0));
        return ids;
    }
}

using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Library.Operator.Reconcile;

/// <summary>
/// <c>reconcile [--wait SECONDS]</c>: compares what the five services hold: loans, facts, charges, debts, the ledger, notices. Exit code 0 when
/// all agree. What is still on its way counts as a difference; with <c>--wait</c> it looks again until all agree or the time is up.
/// </summary>
internal static class ReconcileVerb
{
    private const int MostShown = 20, MostRows = 5_000_000;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1), Young = TimeSpan.FromDays(2);

    internal static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (args is not ([] or ["--wait", _]) || (args is [_, var text] && !int.TryParse(text, CultureInfo.InvariantCulture, out _)))
        {
            await Console.Error.WriteLineAsync("usage: reconcile [--wait SECONDS]");
            return Exit.Usage;
        }

        var wait = TimeSpan.FromSeconds(args is [_, var seconds] ? int.Parse(seconds, CultureInfo.InvariantCulture) : 0);
        var network = RunningNetwork.OfThisFolder();
        var server = await ServerAsync(network, cancellation);
        var began = Stopwatch.GetTimestamp();
        IReadOnlyList<string> differences;
        while ((differences = await CompareAsync(server, cancellation)).Count > 0 && Stopwatch.GetElapsedTime(began) < wait)
        {
            await Task.Delay(LookAgain, cancellation);
        }

        foreach (var difference in differences)
        {
            Console.WriteLine(difference);
        }

        Console.WriteLine(differences.Count == 0 ? $"All agree: {Checks.Own.Count + Checks.Cross.Count} checks." : "They do not agree.");
        return differences.Count == 0 ? Exit.Done : Exit.Failed;
    }

    private static async Task<string> ServerAsync(RunningNetwork network, CancellationToken cancellation)
    {
        var postgres = (await network.StateAsync(cancellation)).Parts.FirstOrDefault(part => part.Kind == "postgres") ?? throw new OperatorException("This network has no PostgreSQL of its own.");
        return string.Create(CultureInfo.InvariantCulture, $"Host=localhost;Port={postgres.Ports["tcp"]};Username=postgres;Password={network.Secret("postgres-password")};Pooling=false;Command Timeout=120");
    }

    /// <summary>One line for each difference, the first of each check by name. Every database is read in one snapshot.</summary>
    private static async Task<IReadOnlyList<string>> CompareAsync(string server, CancellationToken cancellation)
    {
        var databases = new Dictionary<string, (NpgsqlConnection Connection, NpgsqlTransaction Snapshot)>();
        try
        {
            foreach (var service in Checks.Services)
            {
                var connection = new NpgsqlConnection($"{server};Database={service}-db");
                await connection.OpenAsync(cancellation);
                databases[service] = (connection, await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation));
            }

            var differences = new List<string>();
            foreach (var check in Checks.Own)
            {
                Tell(differences, $"{check.Service}: {check.What}", await ReadAsync(databases[check.Service], check.Sql, cancellation));
            }

            foreach (var check in Checks.Cross)
            {
                var wanted = await ReadAsync(databases[check.Service], check.Sql, cancellation);
                if (wanted.Count == 0)
                {
                    continue;
                }

                wanted.ExceptWith(await ReadAsync(databases[check.OtherService], check.OtherSql, cancellation));
                Tell(differences, $"{check.Service}, {check.OtherService}: {check.What}", wanted);
            }

            return differences;
        }
        catch (NpgsqlException e)
        {
            throw new OperatorException($"The databases cannot be read: {e.Message}");
        }
        finally
        {
            foreach (var (connection, snapshot) in databases.Values)
            {
                await snapshot.DisposeAsync();
                await connection.DisposeAsync();
            }
        }
    }

    private static void Tell(List<string> differences, string what, HashSet<string> found)
    {
        if (found.Count == 0)
        {
            return;
        }

        var more = found.Count > MostShown ? string.Create(CultureInfo.InvariantCulture, $" and {found.Count - MostShown} more") : "";
        differences.Add($"NOT SO  {what}: {string.Join(", ", found.Order(StringComparer.Ordinal).Take(MostShown))}{more}");
    }

    private static async Task<HashSet<string>> ReadAsync((NpgsqlConnection Connection, NpgsqlTransaction Snapshot) database, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM ({sql}) AS found LIMIT {MostRows}"), database.Connection, database.Snapshot);
        if (sql.Contains("$1", StringComparison.Ordinal))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.CreateVersion7(DateTimeOffset.UtcNow - Young) });
        }

        await using var row = await command.ExecuteReaderAsync(cancellation);
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellation))
        {
            found.Add(row.GetString(0));
        }

        return found;
    }
}

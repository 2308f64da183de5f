using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;

namespace Library.ServiceDefaults.Data;

/// <summary>
/// Brings a database up to date: the foundation's scripts, then the service's, in the order of their numbers, each in a
/// transaction of its own and once. Two migrators at one time wait for each other.
/// </summary>
public static class Migrator
{
    /// <summary>Any constant; the same in every service, because each has a database of its own.</summary>
    private const long LockKey = 0x4C69_6272_6172_79;

    /// <summary>Returns 0 when the database is up to date, 1 when a script failed (it names the script; its transaction was rolled back).</summary>
    public static async Task<int> RunAsync(string connectionString, Assembly service, ILogger log, CancellationToken cancellationToken)
    {
        await using var guard = new NpgsqlConnection(connectionString);
        await guard.OpenAsync(cancellationToken);
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_lock({LockKey})", guard) { CommandTimeout = 300 })
            await take.ExecuteNonQueryAsync(cancellationToken);

        var result = DeployChanges.To.PostgresqlDatabase(connectionString)
            .WithScripts(ScriptsOf(typeof(Migrator).Assembly).Concat(ScriptsOf(service)))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .WithExecutionTimeout(TimeSpan.FromMinutes(30))
            .JournalToPostgresqlTable("public", "schema_version")
            .LogTo(new UpgradeLog(log))
            .Build()
            .PerformUpgrade();
        if (result.Successful) return 0;
        log.LogError(result.Error, "Migration {Script} failed and was rolled back", result.ErrorScript?.Name);
        return 1;
    }

    private static IEnumerable<SqlScript> ScriptsOf(Assembly assembly) =>
        assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("Migrations/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return new SqlScript(name["Migrations/".Length..], reader.ReadToEnd());
            });

    private sealed class UpgradeLog(ILogger log) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) { }
        public void LogDebug(string format, params object[] args) { }
        public void LogInformation(string format, params object[] args) => Write(LogLevel.Information, null, format, args);
        public void LogWarning(string format, params object[] args) => Write(LogLevel.Warning, null, format, args);
        public void LogError(string format, params object[] args) => Write(LogLevel.Error, null, format, args);
        public void LogError(Exception ex, string format, params object[] args) => Write(LogLevel.Error, ex, format, args);

        private void Write(LogLevel level, Exception? problem, string format, object[] args)
        {
            var text = args.Length == 0 ? format : string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
            log.Log(level, problem, "{Migration}", text);
        }
    }
}

using System.Globalization;
using Npgsql;

namespace Library.Operator.Backup;

/// <summary>The PostgreSQL server of a running network, with the tools of the newest installation, which is the one that runs.</summary>
internal sealed class Databases
{
    private const string User = "postgres";

    /// <summary>
    /// Who copies from another service by asking it stands before whom it asks: Catalog keeps what Membership and Finance answer.
    /// Snapshots are taken in this order, so that a copy is never newer than its original.
    /// </summary>
    internal static readonly IReadOnlyList<string> All = ["catalog-db", "events-db", "notifications-db", "finance-db", "membership-db"];

    private static readonly TimeSpan DumpLimit = TimeSpan.FromHours(4);

    private readonly int _port;
    private readonly string _password;
    private readonly string _binaries;

    private Databases(int port, string password, string binaries) => (_port, _password, _binaries) = (port, password, binaries);

    internal static async Task<Databases> OfAsync(RunningNetwork network, CancellationToken cancellation)
    {
        var state = await network.StateAsync(cancellation);
        var server = state.Parts.FirstOrDefault(p => p is { Kind: "postgres", IsHealthy: true })
            ?? throw new OperatorException("PostgreSQL does not run: ./library start postgres.");
        return new Databases(server.Ports["tcp"], network.Secret("postgres-password"), Binaries());
    }

    /// <summary>The newest installed major version.</summary>
    internal static int InstalledMajor() => PostgresBinaries.Major(Binaries());

    internal string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "localhost", Port = _port, Username = User, Password = _password, Database = database, Pooling = false, Timeout = 5, CommandTimeout = 0, ApplicationName = "backup",
    }.ConnectionString;

    /// <summary>Runs <c>pg_dump</c> or <c>pg_restore</c>.</summary>
    /// <exception cref="OperatorException">It failed; its own words are in the message.</exception>
    internal async Task RunAsync(string tool, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        // the password stands in the environment, which only the owner sees, never among the arguments
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = "/usr/bin:/bin", ["LANG"] = "C.UTF-8", ["PGHOST"] = "localhost", ["PGPORT"] = _port.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = User, ["PGPASSWORD"] = _password, ["PGCONNECT_TIMEOUT"] = "10",
        };
        var (code, output) = await Tool.RunAsync(Path.Combine(_binaries, tool), arguments, environment, DumpLimit, cancellation);
        if (code != 0)
        {
            throw new OperatorException($"{tool} failed: {output}");
        }
    }

    private static string Binaries() => PostgresBinaries.Newest() ?? throw new OperatorException("PostgreSQL is not installed: apt-get install postgresql");
}

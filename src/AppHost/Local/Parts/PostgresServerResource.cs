using System.Globalization;
using System.Text;
using Library.AppHost.Local.Engine;
using Npgsql;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A private PostgreSQL server from the distribution's packages, on the loopback interface, with its data in the network's folder.</summary>
public sealed class PostgresServerResource : ProcessResource
{
    private const string User = "postgres";
    private const string Endpoint = "tcp";
    private const int MaxConnections = 300;

    /// <summary>An eighth of the machine's memory, because the rest of the network and the system's own cache need theirs; what is not used is not taken.</summary>
    private static readonly long SharedMegabytes = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8 >> 20, 128, 4096);

    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(60);

    private bool _databasesMade;

    internal PostgresServerResource(string name)
        : base(name) => Endpoints.Add(new EndpointDefinition(Endpoint, "tcp"));

    internal override string Kind => "postgres";

    // "fast": sessions are cut off, the data are flushed; SIGTERM would wait for the last client to go
    internal override int StopSignal => Posix.SigInt;

    internal override TimeSpan StopGrace => TimeSpan.FromSeconds(30);

    internal List<PostgresDatabaseResource> Databases { get; } = [];

    internal string ServerConnectionString(NetworkValues values) =>
        $"Host=localhost;Port={values.Port(this, Endpoint, 0)};Username={User};Password={Password(values)}";

    internal override async Task<Launch> PrepareAsync(LaunchContext context, CancellationToken cancellation)
    {
        if (PostgresBinaries.Newest() is not { } binaries)
        {
            return new Launch.Impossible("PostgreSQL is not installed: apt-get install postgresql (or ./library doctor)");
        }

        if (Posix.IsRoot && !File.ReadLines("/etc/passwd").Any(l => l.StartsWith("postgres:", StringComparison.Ordinal)))
        {
            return new Launch.Impossible("PostgreSQL does not run as root and there is no user postgres: apt-get install postgresql");
        }

        var data = await DataFolderAsync(context, cancellation);
        if (!File.Exists(Path.Combine(data, "PG_VERSION")) && await InitialiseAsync(context, binaries, data, cancellation) is { } problem)
        {
            return new Launch.Impossible(problem);
        }

        var version = (await File.ReadAllTextAsync(Path.Combine(data, "PG_VERSION"), cancellation)).Trim();
        if (version != Path.GetFileName(Path.GetDirectoryName(binaries)))
        {
            return new Launch.Impossible($"the data in {data} were made by PostgreSQL {version}, installed is {binaries}: install {version}, or ./library down --wipe");
        }

        _databasesMade = false;
        var durable = context.Configuration["LIBRARY_PG_FSYNC"] is "off" ? "off" : "on";
        string[] settings =
        [
            "listen_addresses=localhost", string.Create(CultureInfo.InvariantCulture, $"port={context.Ports[this, Endpoint, 0]}"), "unix_socket_directories=",
            string.Create(CultureInfo.InvariantCulture, $"max_connections={MaxConnections}"),
            string.Create(CultureInfo.InvariantCulture, $"shared_buffers={SharedMegabytes}MB"),
            $"fsync={durable}", $"full_page_writes={durable}", "timezone=UTC", "log_timezone=UTC",
            // no statement or parameter in the log: they hold personal data
            "log_min_error_statement=panic", "log_parameter_max_length_on_error=0",
        ];
        return AsOwner(Path.Combine(binaries, "postgres"), ["-D", data, .. settings.SelectMany(s => new[] { "-c", s })], data);
    }

    /// <summary>Healthy when it answers and every database of the model is there.</summary>
    internal override async Task<string?> ProbeAsync(LaunchContext context, CancellationToken cancellation)
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ServerConnectionString(context.Values)};Database=postgres;Pooling=false;Timeout=3");
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(cancellation);
            if (!_databasesMade)
            {
                foreach (var database in Databases)
                {
                    await MakeAsync(connection, database.Name, cancellation);
                }

                _databasesMade = true;
            }

            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState == PostgresErrorCodes.CannotConnectNow ? "starts up" : $"refuses: {e.MessageText}";
        }
        catch (NpgsqlException)
        {
            return "does not answer yet";
        }
    }

    internal override string? Version(LaunchContext context) => PostgresBinaries.Newest() is { } binaries ? Path.GetFileName(Path.GetDirectoryName(binaries)) : null;

    private static string Password(NetworkValues values) => values.Secret("postgres-password");

    private static async Task MakeAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using var exists = new NpgsqlCommand("select exists (select from pg_database where datname = $1)", connection) { Parameters = { new() { Value = name } } };
        if (await exists.ExecuteScalarAsync(cancellation) is false)
        {
            // names come from Program.cs; an identifier cannot be a parameter
            await using var create = new NpgsqlCommand($"create database \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>In the network's folder; elsewhere, with a link there, where the user postgres cannot get to that folder.</summary>
    private static async Task<string> DataFolderAsync(LaunchContext context, CancellationToken cancellation)
    {
        var usual = Path.Combine(context.Home.Data, "postgres");
        if (new DirectoryInfo(usual).LinkTarget is { } linked)
        {
            return linked;
        }

        if (Directory.Exists(usual) || !Posix.IsRoot || (await RunAsOwnerAsync("/usr/bin/test", ["-x", context.Home.Data], cancellation)).ExitCode == 0)
        {
            return usual;
        }

        var elsewhere = $"/var/lib/library-{context.Home.Tag}";
        var data = Path.Combine(elsewhere, "postgres");
        Directory.CreateDirectory(elsewhere);
        File.CreateSymbolicLink(usual, data);
        context.Notice($"The user postgres cannot get to {context.Home.Data}: the databases lie in {elsewhere}.");
        return data;
    }

    private static async Task<string?> InitialiseAsync(LaunchContext context, string binaries, string data, CancellationToken cancellation)
    {
        var parent = Path.GetDirectoryName(data)!;
        // aside first, so that an interrupted start leaves nothing half made behind
        var aside = Path.Combine(parent, "postgres.new");
        var passwordFile = Path.Combine(parent, "postgres.password");
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        AtomicFile.Write(passwordFile, Encoding.ASCII.GetBytes(Password(context.Values)), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            Directory.CreateDirectory(aside);
            if (Posix.IsRoot && await Tool.RunAsync("/bin/chown", ["postgres:", aside, passwordFile], CleanEnvironment(), ToolTimeout, cancellation) is (not 0, var refused))
            {
                return refused;
            }

            string[] sync = context.Configuration["LIBRARY_PG_FSYNC"] is "off" ? ["--no-sync"] : [];
            var (exitCode, output) = await RunAsOwnerAsync(
                Path.Combine(binaries, "initdb"),
                ["-D", aside, "-U", User, $"--pwfile={passwordFile}", "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions", .. sync],
                cancellation);
            if (exitCode != 0)
            {
                return $"initdb failed: {output}";
            }

            Directory.Move(aside, data);
            return null;
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static Launch.Command AsOwner(string program, IReadOnlyList<string> arguments, string data)
    {
        var environment = CleanEnvironment();
        return Posix.IsRoot
            ? new Launch.Command("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments], environment, "/")
            : new Launch.Command(program, arguments, environment, data);
    }

    private static Task<(int ExitCode, string Output)> RunAsOwnerAsync(string program, string[] arguments, CancellationToken cancellation)
    {
        var command = AsOwner(program, arguments, "/");
        return Tool.RunAsync(command.FileName, command.Arguments, command.Environment, ToolTimeout, cancellation);
    }

    private static Dictionary<string, string> CleanEnvironment() => new() { ["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin", ["LANG"] = "C.UTF-8" };
}

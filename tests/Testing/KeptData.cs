using System.IO.Compression;
using System.Reflection;
using Library.ServiceDefaults.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Library.Testing;

/// <summary>One service's database as an earlier version left it (tests/Kept), on the real server; dropped at the end.</summary>
public sealed class KeptData : IAsyncDisposable
{
    private KeptData(string name) => DatabaseName = name;

    public string DatabaseName { get; }

    /// <summary>Every version that is kept, for theories.</summary>
    public static TheoryData<string> Versions => [.. Directory.EnumerateDirectories(Folder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    private static string Folder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (Path.Combine(folder.FullName, "tests", "Kept") is var kept && Directory.Exists(kept)) return kept;
            throw new InvalidOperationException("These tests read the repository's files and must run inside it.");
        }
    }

    /// <summary>
    /// Restores what a version kept and lets today's migrations bring it up to date, twice: the second time they find nothing to do,
    /// and what stands then is what a new database has.
    /// </summary>
    public static async Task<KeptData> UpgradeAsync(string service, string version, Assembly migrations)
    {
        var kept = new KeptData($"kept_{service}_{Guid.NewGuid():N}");
        await ExecuteAsync("postgres", $"CREATE DATABASE \"{kept.DatabaseName}\"");
        try
        {
            await ExecuteAsync(kept.DatabaseName, await ReadAsync(Path.Combine(Folder, version, $"{service}.sql.gz")));
            await MigrateAsync(kept.DatabaseName, migrations);
            var once = await LinesAsync(kept.DatabaseName, "SELECT scriptname || ' ' || applied FROM schema_version ORDER BY 1");
            await MigrateAsync(kept.DatabaseName, migrations);
            Assert.Equal(once, await LinesAsync(kept.DatabaseName, "SELECT scriptname || ' ' || applied FROM schema_version ORDER BY 1"));
            await LooksLikeNewAsync(kept.DatabaseName, service, migrations);
            return kept;
        }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS \"{DatabaseName}\" WITH (FORCE)");
    }

    private static async Task LooksLikeNewAsync(string upgraded, string service, Assembly migrations)
    {
        await using var made = new KeptData($"new_{service}_{Guid.NewGuid():N}");
        await ExecuteAsync("postgres", $"CREATE DATABASE \"{made.DatabaseName}\"");
        await MigrateAsync(made.DatabaseName, migrations);
        Assert.Equal(await LinesAsync(made.DatabaseName, Schema), await LinesAsync(upgraded, Schema));
    }

    /// <summary>Columns, constraints, indexes, triggers, functions and rights, a line each; whatever belongs to an extension is left out.</summary>
    private const string Schema = """
        SELECT line FROM (
            SELECT format('column %s.%s %s%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, pg_get_expr(d.adbin, d.adrelid), a.attidentity) AS line
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relkind IN ('r', 'v', 'S') AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL
            -- without brackets: the server sets them otherwise when it reads its own words back
            SELECT translate(pg_get_triggerdef(t.oid), '()', '') FROM pg_trigger t WHERE NOT t.tgisinternal
            UNION ALL
            SELECT pg_get_functiondef(p.oid) FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            UNION ALL
            SELECT format('right %s %s %s', c.relname, r.grantee::regrole, r.privilege_type)
            FROM pg_class c CROSS JOIN aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) r WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT format('extension %s', extname) FROM pg_extension
        ) AS everything ORDER BY line COLLATE "C"
        """;

    private static async Task MigrateAsync(string database, Assembly migrations) =>
        Assert.Equal(0, await Migrator.RunAsync(Connection(database), migrations, NullLogger.Instance, CancellationToken.None));

    /// <summary>The plain dump without the lines that are for psql and not for the server.</summary>
    private static async Task<string> ReadAsync(string file)
    {
        await using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var text = new StreamReader(packed);
        return string.Join('\n', (await text.ReadToEndAsync()).Split('\n').Where(line => !line.StartsWith('\\')));
    }

    private static async Task<IReadOnlyList<string>> LinesAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Connection(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Connection(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    private static string Connection(string database) => $"{TestServers.Postgres};Database={database};Pooling=false";
}

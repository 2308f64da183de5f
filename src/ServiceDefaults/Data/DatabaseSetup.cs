using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Library.ServiceDefaults.Data;

/// <summary>The database of this service: its connection name and the assembly that holds its numbered migrations.</summary>
public sealed record ServiceDatabase(string ConnectionName, Assembly Migrations);

public static class DatabaseSetup
{
    /// <summary>Connections of one process; PostgreSQL allows 300 in all (AppHost).</summary>
    private const int MaxPoolSize = 24, MaxQuestions = 8;
    private static readonly ActivitySource Source = new("Library.Database");

    /// <summary>
    /// The service's own PostgreSQL database with NodaTime types, statements prepared after their second use, and no reset
    /// on close (nothing in the services sets session state).
    /// </summary>
    public static void AddServiceDatabase(this IHostApplicationBuilder builder, string connectionName, Assembly migrations)
    {
        builder.AddNpgsqlDataSource(connectionName, configureDataSourceBuilder: source =>
        {
            Configure(source, builder, connectionName);
            source.ConnectionStringBuilder.MaxPoolSize = MaxPoolSize;
            source.ConnectionStringBuilder.MaxAutoPrepare = 100;
        });
        builder.Services.AddSingleton(new ServiceDatabase(connectionName, migrations));
        builder.Services.AddSingleton<DatabasePools>();
        builder.Services.AddSingleton<Leases>();
        builder.Services.AddSingleton<Idempotency>();
    }

    private static void Configure(NpgsqlDataSourceBuilder source, IHostApplicationBuilder builder, string name)
    {
        source.ConnectionStringBuilder.ApplicationName = builder.Environment.ApplicationName;
        source.ConnectionStringBuilder.NoResetOnClose = true;
        source.ConnectionStringBuilder.Timeout = 5;
        source.ConnectionStringBuilder.CommandTimeout = 30;
        source.Name = name; // in metrics, where else the connection string would stand
        // a statement is part of a request's or a message's trace; those of timers and polls make none
        source.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(_ => Activity.Current is not null).ConfigureBatchFilter(_ => Activity.Current is not null)
            .ConfigureCommandSpanNameProvider(StatementNames.Of).ConfigureBatchSpanNameProvider(StatementNames.Of)
            .EnablePhysicalOpenTracing(false));
        source.UseNodaTime();
    }

    /// <summary>
    /// Further connections to the same database, as a data source with a key, for questions whose best plan hangs on what is asked: nothing is prepared,
    /// so that each is planned for its own words, and nothing is compiled, which takes longer than the question; a table is read whole only where no index
    /// helps. However many ask, the desk's connections are not used up; who comes when all are in use waits for five seconds at most.
    /// </summary>
    /// <param name="builder">Of the service.</param>
    /// <param name="key">Of the data source; the name in metrics.</param>
    /// <param name="connectionName">As in <see cref="AddServiceDatabase"/>.</param>
    /// <param name="options">More settings of each connection, as <c>-c name=value</c>.</param>
    public static void AddQuestionDatabase(this IHostApplicationBuilder builder, string key, string connectionName, string options) =>
        builder.Services.AddKeyedSingleton(key, (_, _) =>
        {
            var source = new NpgsqlDataSourceBuilder(builder.Configuration.GetConnectionString(connectionName));
            Configure(source, builder, key);
            source.ConnectionStringBuilder.MaxPoolSize = MaxQuestions;
            source.ConnectionStringBuilder.Options = $"-c jit=off -c enable_seqscan=off {options}";
            return source.Build();
        });

    /// <summary>The open connection of a transaction.</summary>
    public static NpgsqlConnection Open(this NpgsqlTransaction transaction) =>
        transaction.Connection ?? throw new InvalidOperationException("The transaction has ended.");

    /// <summary>Commits, with a span of its own: this is where the disk is waited for, and the driver makes none.</summary>
    public static async Task CommitTracedAsync(this NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        using var commit = Source.StartActivity("COMMIT", ActivityKind.Client);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>A command in the transaction with positional parameters ($1, $2 …).</summary>
    public static NpgsqlCommand Command(this NpgsqlTransaction transaction, string sql, params object?[] parameters)
    {
        var command = transaction.Open().Command(sql, parameters);
        command.Transaction = transaction;
        return command;
    }

    /// <summary>A command on the connection with positional parameters ($1, $2 …).</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params object?[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>A command outside a transaction with positional parameters ($1, $2 …).</summary>
    public static NpgsqlCommand Command(this NpgsqlDataSource database, string sql, params object?[] parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>A command of a batch with positional parameters ($1, $2 …).</summary>
    public static NpgsqlBatchCommand BatchCommand(string sql, params object?[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }
}

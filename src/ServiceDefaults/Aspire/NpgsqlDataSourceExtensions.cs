using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Aspire.Npgsql
{
    /// <summary>Stand-in for the settings of Aspire's Npgsql integration, read from <c>Aspire:Npgsql</c>.</summary>
    public sealed class NpgsqlSettings
    {
        public string? ConnectionString { get; set; }
        public bool DisableHealthChecks { get; set; }
        public bool DisableTracing { get; set; }
        public bool DisableMetrics { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    using Aspire.Npgsql;

    /// <summary>Stand-in with the signature of Aspire's integration, for builds without its package.</summary>
    public static class AspirePostgreSqlNpgsqlExtensions
    {
        public static void AddNpgsqlDataSource(
            this IHostApplicationBuilder builder,
            string connectionName,
            Action<NpgsqlSettings>? configureSettings = null,
            Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
        {
            var settings = new NpgsqlSettings();
            builder.Configuration.GetSection("Aspire:Npgsql").Bind(settings);
            builder.Configuration.GetSection($"Aspire:Npgsql:{connectionName}").Bind(settings);
            settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
            configureSettings?.Invoke(settings);

            builder.Services.AddNpgsqlDataSource(
                settings.ConnectionString ?? throw new InvalidOperationException(
                    $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{connectionName}' or under the 'ConnectionString' key in 'Aspire:Npgsql'."),
                dataSource => configureDataSourceBuilder?.Invoke(dataSource));
            if (!settings.DisableHealthChecks)
                builder.Services.AddHealthChecks().AddAsyncCheck("PostgreSql", async (provider, token) =>
                {
                    await using var command = provider.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT 1");
                    await command.ExecuteScalarAsync(token);
                });
            if (!settings.DisableTracing)
                builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource("Npgsql"));
            if (!settings.DisableMetrics)
                builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Npgsql"));
        }

        private static void AddAsyncCheck(this IHealthChecksBuilder checks, string name, Func<IServiceProvider, CancellationToken, Task> check) =>
            checks.Add(new HealthCheckRegistration(name, provider => new DelegateCheck(provider, check), failureStatus: null, tags: null));

        private sealed class DelegateCheck(IServiceProvider provider, Func<IServiceProvider, CancellationToken, Task> check) : IHealthCheck
        {
            public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
            {
                try
                {
                    await check(provider, cancellationToken);
                    return HealthCheckResult.Healthy();
                }
                catch (Exception problem) when (problem is NpgsqlException or TimeoutException)
                {
                    return new HealthCheckResult(context.Registration.FailureStatus, problem.GetType().Name);
                }
            }
        }
    }
}

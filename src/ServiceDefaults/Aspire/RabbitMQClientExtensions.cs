using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Aspire.RabbitMQ.Client
{
    /// <summary>Stand-in for the settings of Aspire's RabbitMQ integration, read from <c>Aspire:RabbitMQ:Client</c>.</summary>
    public sealed class RabbitMQClientSettings
    {
        public string? ConnectionString { get; set; }
        public int MaxConnectRetryCount { get; set; } = 5;
        public bool DisableHealthChecks { get; set; }
        public bool DisableTracing { get; set; }
        public bool DisableAutoActivation { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    using Aspire.RabbitMQ.Client;

    /// <summary>Stand-in with the signature of Aspire's integration, for builds without its package.</summary>
    public static class AspireRabbitMQExtensions
    {
        public static void AddRabbitMQClient(
            this IHostApplicationBuilder builder,
            string connectionName,
            Action<RabbitMQClientSettings>? configureSettings = null,
            Action<ConnectionFactory>? configureConnectionFactory = null)
        {
            var settings = new RabbitMQClientSettings();
            builder.Configuration.GetSection("Aspire:RabbitMQ:Client").Bind(settings);
            builder.Configuration.GetSection($"Aspire:RabbitMQ:Client:{connectionName}").Bind(settings);
            settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
            configureSettings?.Invoke(settings);

            builder.Services.AddSingleton<IConnectionFactory>(_ =>
            {
                var factory = new ConnectionFactory();
                if (settings.ConnectionString is { Length: > 0 } address) factory.Uri = new Uri(address);
                configureConnectionFactory?.Invoke(factory);
                return factory;
            });
            builder.Services.AddSingleton(provider => Connect(provider.GetRequiredService<IConnectionFactory>(), settings.MaxConnectRetryCount));
            if (!settings.DisableTracing)
                builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource("RabbitMQ.Client.Publisher", "RabbitMQ.Client.Subscriber"));
            if (!settings.DisableHealthChecks)
                builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                    "RabbitMQ.Client", provider => new ConnectionCheck(provider), failureStatus: null, tags: null));
        }

        /// <summary>A container makes services synchronously, so this waits as Aspire's does; our services set no retries and never come to it.</summary>
        private static IConnection Connect(IConnectionFactory factory, int retries)
        {
            for (var attempt = 0; ; attempt++)
                try
                {
                    return factory.CreateConnectionAsync().GetAwaiter().GetResult();
                }
                catch (BrokerUnreachableException) when (attempt < retries)
                {
                    Thread.Sleep(TimeSpan.FromMilliseconds(200 << attempt));
                }
        }

        private sealed class ConnectionCheck(IServiceProvider provider) : IHealthCheck
        {
            public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
            {
                try
                {
                    return Task.FromResult(provider.GetRequiredService<IConnection>().IsOpen
                        ? HealthCheckResult.Healthy()
                        : new HealthCheckResult(context.Registration.FailureStatus, "closed"));
                }
                catch (BrokerUnreachableException)
                {
                    return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, "unreachable"));
                }
            }
        }
    }
}

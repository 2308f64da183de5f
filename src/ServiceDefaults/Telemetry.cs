using Library.ServiceDefaults.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Library.ServiceDefaults;

public static class Telemetry
{
    /// <summary>
    /// What would write a line for every statement, call and request: traces say it better. First in the configuration, so that
    /// every other source of settings can turn it up.
    /// </summary>
    private static readonly KeyValuePair<string, string?>[] QuietByDefault =
    [
        new("Logging:LogLevel:Default", "Information"),
        new("Logging:LogLevel:Npgsql", "Warning"),
        new("Logging:LogLevel:System.Net.Http.HttpClient", "Warning"),
        new("Logging:LogLevel:Grpc", "Warning"),
        new("Logging:LogLevel:MassTransit.ReceiveTransport", "Error"), // a stack for each message that is tried again
        new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),
        new("Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks", "Error"), // Degraded is told by the metric, not four times a minute
    ];

    /// <summary>Asked for every few seconds by machines.</summary>
    private static readonly string[] NoTrace = ["/health", "/alive", MetricsSetup.Path];

    /// <summary>
    /// One trace over REST, gRPC, RabbitMQ and Npgsql; metrics; logs that bear trace ids. Exported over OTLP only where
    /// OTEL_EXPORTER_OTLP_ENDPOINT is set; metrics can be asked for besides (<see cref="MetricsSetup"/>). The name comes from OTEL_SERVICE_NAME.
    /// </summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = QuietByDefault });
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        builder.Logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        var telemetry = builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !Array.Exists(NoTrace, path => context.Request.Path.StartsWithSegments(path)))
                .AddHttpClientInstrumentation()
                .AddSource("Grpc.Net.Client", "MassTransit", "Yarp.ReverseProxy", "Library.*"))
            .WithMetrics(metrics => metrics.AddLibraryMetrics());
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeScopes = true;
            logs.IncludeFormattedMessage = true;
        });
        telemetry.UseOtlpExporter();
    }
}

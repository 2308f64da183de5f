using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace Library.ServiceDefaults.Metrics;

public static class MetricsSetup
{
    /// <summary>Setting: a port of its own for <see cref="Path"/>.</summary>
    public const string Port = "METRICS_PORT";
    public const string Path = "/metrics";

    /// <summary>Seconds. The desk is meant to be served within 0.2; a border there makes the share beyond it exact.</summary>
    private static readonly double[] Borders = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    /// <summary>Seconds; a statement is a part of a call.</summary>
    private static readonly double[] StatementBorders = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

    /// <summary>What costs something at every request or connection and is told better by something else.</summary>
    private static readonly string[] NotCollected =
    [
        "http.server.active_requests", "http.client.active_requests", "http.client.request.time_in_queue", "http.client.connection.duration",
        "kestrel.connection.duration", "db.client.operation.npgsql.bytes_read", "db.client.operation.npgsql.bytes_written", "db.client.operation.npgsql.prepared_ratio",
    ];

    /// <summary>What is measured and how; asked for at <see cref="Path"/>, and sent over OTLP where that is set up.</summary>
    public static void AddLibraryMetrics(this MeterProviderBuilder metrics)
    {
        // not all of ASP.NET Core's meters: requests and connections say what an operator needs
        metrics.AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Library.*")
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter();
        foreach (var histogram in (string[])["http.server.request.duration", "http.client.request.duration", CallMetrics.Duration, ConsumeMetrics.Duration])
            metrics.AddView(histogram, new ExplicitBucketHistogramConfiguration { Boundaries = Borders });
        metrics.AddView("db.client.operation.duration", new ExplicitBucketHistogramConfiguration { Boundaries = StatementBorders });
        foreach (var name in NotCollected) metrics.AddView(name, MetricStreamConfiguration.Drop);
    }

    /// <summary>Health as a gauge; looked at as often as the samples.</summary>
    public static void AddHealthGauge(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IHealthCheckPublisher, HealthGauge>();
        builder.Services.Configure<HealthCheckPublisherOptions>(options => (options.Delay, options.Period, options.Timeout) =
            (TimeSpan.FromSeconds(5), Sampler.Round, TimeSpan.FromSeconds(10)));
    }

    /// <summary>Calls, messages and samples of a service. A service adds samples of its own as further <see cref="Sample"/>s.</summary>
    public static void AddServiceMetrics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CallMetrics>();
        builder.Services.AddSingleton<ServiceSamples>();
        builder.Services.AddHostedService(provider => ActivatorUtilities.CreateInstance<Sampler>(
            provider, provider.GetRequiredService<ServiceSamples>().All.Concat(provider.GetServices<Sample>())));
    }

    /// <summary>
    /// Answers <see cref="Path"/>, without a token: on <see cref="Port"/> only where that is set, else on the ports of the service, which nobody outside
    /// reaches. What faces the world (<paramref name="isPublic"/>) answers on a port of its own or not at all.
    /// </summary>
    public static void UseMetrics(this WebApplication app, bool isPublic)
    {
        var port = app.Configuration.GetValue<int?>(Port);
        if (port is null && isPublic) return;
        app.UseOpenTelemetryPrometheusScrapingEndpoint(
            meterProvider: null,
            context => context.Request.Path == Path && (port is null || context.Connection.LocalPort == port),
            path: null,
            branch => branch.Use(NotMeasured),
            optionsName: null);
    }

    /// <summary>Whoever asks for metrics is not in them.</summary>
    private static Task NotMeasured(HttpContext context, RequestDelegate next)
    {
        context.Features.GetRequiredFeature<IHttpMetricsTagsFeature>().MetricsDisabled = true;
        return next(context);
    }
}

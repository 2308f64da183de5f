using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Library.ServiceDefaults.Metrics;

/// <summary>The health checks as a gauge: 2 healthy, 1 degraded, 0 unhealthy (ADR 10).</summary>
public sealed class HealthGauge(IMeterFactory meters, TimeProvider time) : IHealthCheckPublisher
{
    private readonly SampledGauge health = new(
        meters.Create("Library.Health"), "library.health", "1", "Health of a part as this process sees it: 2 healthy, 1 degraded, 0 unhealthy.", time, tag: "check");

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        foreach (var (check, entry) in report.Entries) health.Set((int)entry.Status, check);
        return Task.CompletedTask;
    }
}

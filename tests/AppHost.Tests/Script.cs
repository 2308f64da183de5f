namespace Library.AppHost.Tests;

/// <summary>A tiny process: one program with arguments, healthy when a file is there (or at once).</summary>
internal sealed class Script(string name, string program, params string[] arguments) : ProcessResource(name)
{
    internal override string Kind => "script";

    internal string? HealthyWhenExists { get; init; }

    internal override TimeSpan StopGrace => TimeSpan.FromMilliseconds(500);

    internal static Script Bash(string name, string text, string? healthyWhenExists = null) =>
        new(name, "bash", "-c", text) { HealthyWhenExists = healthyWhenExists };

    internal override Task<Launch> PrepareAsync(LaunchContext context, CancellationToken cancellation) =>
        Task.FromResult<Launch>(new Launch.Command(program, [.. arguments, .. Arguments], context.EnvironmentOf(this), context.Home.Folder));

    internal override Task<string?> ProbeAsync(LaunchContext context, CancellationToken cancellation) =>
        HealthCheck is not null ? base.ProbeAsync(context, cancellation)
        : Task.FromResult(HealthyWhenExists is null || File.Exists(HealthyWhenExists) ? null : "not yet");
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Library.AppHost.Local.Engine;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A service of this repository: <c>dotnet NAME.dll</c> from the build's output.</summary>
public sealed class ProjectResource : ProcessResource
{
    private static readonly string[] CollectorVariables = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_HEADERS"];

    private readonly string _project;

    internal ProjectResource(string name, string projectPath)
        : base(name)
    {
        _project = Path.GetFileNameWithoutExtension(projectPath);
        Environment.Add(WriteOwn);
    }

    internal override string Kind => "project";

    internal override Task<Launch> PrepareAsync(LaunchContext context, CancellationToken cancellation)
    {
        var assembly = Assembly(context);
        if (!File.Exists(assembly))
        {
            return Task.FromResult<Launch>(new Launch.Impossible($"{_project} is not built: ./library up builds it"));
        }

        var variables = context.EnvironmentOf(this);
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 8)}";
        return Task.FromResult<Launch>(new Launch.Command("dotnet", [assembly, .. Arguments], variables, Path.GetDirectoryName(assembly)!));
    }

    internal override string? Version(LaunchContext context)
    {
        var assembly = Assembly(context);
        return File.Exists(assembly) ? FileVersionInfo.GetVersionInfo(assembly).ProductVersion?.Split('+')[0] : null;
    }

    private string Assembly(LaunchContext context) => Path.Combine(context.Home.Binaries(_project), $"{_project}.dll");

    private void WriteOwn(IDictionary<string, string> variables, NetworkValues values, int replica)
    {
        variables["OTEL_SERVICE_NAME"] = Name;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=SUFFIX"; // each start has its own
        if (System.Environment.GetEnvironmentVariable(CollectorVariables[0]) is { Length: > 0 })
        {
            foreach (var name in CollectorVariables)
            {
                if (System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                {
                    variables[name] = value;
                }
            }
        }

        var urls = Endpoints.Where(e => e.PortVariable is null).Select(e => $"http://localhost:{values.Port(this, e.Name, replica)}").ToArray();
        if (urls.Length > 0)
        {
            variables["ASPNETCORE_URLS"] = string.Join(';', urls);
        }

        foreach (var endpoint in Endpoints)
        {
            if (endpoint.PortVariable is { } variable)
            {
                variables[variable] = string.Create(CultureInfo.InvariantCulture, $"{values.Port(this, endpoint.Name, replica)}");
            }
        }
    }
}

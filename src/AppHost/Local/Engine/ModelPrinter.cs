using System.Text.Encodings.Web;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Library.AppHost.Local.Engine;

/// <summary>The topology as JSON: what each process is given, with PORT, OWN_PORT and PASSWORD for what is known at run time only.</summary>
internal static class ModelPrinter
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static string Print(IEnumerable<IResource> resources)
    {
        var model = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var resource in resources.Where(r => r is not ParameterResource))
        {
            model[resource.Name] = resource is ProcessResource process ? Describe(process) : Describe(resource);
        }

        return JsonSerializer.Serialize(model, Options);
    }

    private static object Describe(ProcessResource process)
    {
        var values = new NetworkValues((owner, _, _) => owner == process ? "OWN_PORT" : "PORT", (_, _) => "PASSWORD");
        return new
        {
            Type = process.ModelType,
            process.Replicas,
            WaitFor = process.Waits.Select(w => $"{w.Named.Name}:{(w.Kind == WaitKind.Healthy ? "WaitUntilHealthy" : "WaitForCompletion")}"),
            Health = process.HealthCheck is { } check ? [$"{process.Name}_{check.Endpoint}_{check.Path}_200_check"] : Array.Empty<string>(),
            Endpoints = process.Endpoints.Where(e => !e.Hidden).Select(e => $"{e.Name}={e.Scheme} external={e.IsExternal}"),
            Args = process.Arguments,
            Env = process.ModelEnvironment(values, 0),
        };
    }

    private static object Describe(IResource resource) =>
        new { Type = resource.GetType().Name, Replicas = 1, WaitFor = Array.Empty<string>(), Health = Array.Empty<string>(), Endpoints = Array.Empty<string>(), Args = Array.Empty<string>(), Env = new { } };
}

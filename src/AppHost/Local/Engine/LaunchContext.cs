using System.Collections;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Library.AppHost.Local.Engine;

/// <summary>What a resource needs to know to start one of its replicas.</summary>
/// <param name="Home">Folders.</param>
/// <param name="Values">Ports and generated values.</param>
/// <param name="Ports">The same ports as numbers.</param>
/// <param name="Configuration">The AppHost's own.</param>
/// <param name="Replica">From 0.</param>
/// <param name="Notice">Tells the operator something once, such as that data lies elsewhere.</param>
internal sealed record LaunchContext(
    NetworkHome Home, NetworkValues Values, PortBook Ports, IConfiguration Configuration, int Replica, Action<string> Notice)
{
    // a process sees no variable of the operator's shell but these: the same start everywhere
    private static readonly string[] Inherited = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];
    private static readonly string[] InheritedPrefixes = ["DOTNET_", "LC_"];

    /// <summary>The machine's own variables, then the model's.</summary>
    internal SortedDictionary<string, string> EnvironmentOf(ProcessResource resource)
    {
        var variables = InheritedEnvironment();
        foreach (var (name, value) in resource.ModelEnvironment(Values, Replica))
        {
            variables[name] = value;
        }

        return variables;
    }

    internal static SortedDictionary<string, string> InheritedEnvironment()
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (Inherited.Contains(name) || InheritedPrefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal)))
            {
                variables[name] = (string?)variable.Value ?? "";
            }
        }

        return variables;
    }
}

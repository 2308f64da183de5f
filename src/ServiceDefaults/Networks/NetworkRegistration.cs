using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Library.ServiceDefaults.Networks;

/// <summary>Gives a service its network.</summary>
public static partial class NetworkRegistration
{
    /// <summary>
    /// Loads the network that the configuration names (<c>Network</c>; its folder is networks/NAME beside the program, or
    /// <c>NetworkFolder</c>) and registers it as a singleton. Throws <see cref="NetworkFilesInvalidException"/>, with every error, where it cannot be used.
    /// </summary>
    public static Network AddNetwork(this IHostApplicationBuilder builder)
    {
        var network = Load(builder.Configuration["Network"], builder.Configuration["NetworkFolder"]);
        builder.Services.AddSingleton(network);
        return network;
    }

    private static Network Load(string? configuredName, string? configuredFolder)
    {
        if (string.IsNullOrEmpty(configuredFolder) && !NetworkName.IsMatch(configuredName ?? ""))
        {
            throw new NetworkFilesInvalidException(
                "networks", [new NetworkFileError("configuration", 0, "Network", "is not the name of a network: a-z, 0-9 and -, 1 to 40")]);
        }

        var folder = string.IsNullOrEmpty(configuredFolder) ? Path.Combine(AppContext.BaseDirectory, "networks", configuredName!) : configuredFolder;
        return NetworkLoader.Load(folder) switch
        {
            NetworkLoad.Loaded loaded => loaded.Network,
            NetworkLoad.Refused refused => throw new NetworkFilesInvalidException(folder, refused.Errors),
            var other => throw new InvalidOperationException($"Unknown outcome {other.GetType().Name}."),
        };
    }

    [GeneratedRegex(@"^[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex NetworkName { get; }
}

using System.Globalization;
using System.Text;

namespace Library.AppHost.Local.Engine;

/// <summary>The folders of one network on this machine.</summary>
/// <param name="Root">The repository.</param>
/// <param name="Folder">What belongs to this network alone: <c>.local</c> in the repository, or <c>LIBRARY_HOME</c>.</param>
/// <param name="Binaries">Where the built projects lie, one folder each, of the same configuration as the AppHost.</param>
internal sealed record NetworkHome(string Root, string Folder, Func<string, string> Binaries)
{
    // the path of a Unix socket holds 107 bytes
    private const int MaxSocketPathBytes = 107;

    internal string StateFile => Path.Combine(Folder, "state.json");

    internal string LockFile => Path.Combine(Folder, "lock");

    internal string PortsFile => Path.Combine(Folder, "ports.json");

    internal string SecretsFile => Path.Combine(Folder, "secrets.json");

    internal string Logs => Path.Combine(Folder, "logs");

    internal string Data => Path.Combine(Folder, "data");

    /// <summary>Programs that npm brings; shared by every network of this clone.</summary>
    internal string Tools => Path.Combine(Root, ".local", "tools");

    internal string ControlSocket
    {
        get
        {
            var path = Path.Combine(Folder, "control.sock");
            return Encoding.UTF8.GetByteCount(path) <= MaxSocketPathBytes ? path : Path.Combine(Path.GetTempPath(), $"library-{Tag}.sock");
        }
    }

    /// <summary>A short name for this folder, for places outside it.</summary>
    internal string Tag => Fnv(Folder).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Found from the layout <c>ROOT/artifacts/bin/PROJECT/CONFIGURATION/</c>.</summary>
    internal static NetworkHome Locate()
    {
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var binaries = own.Parent?.Parent ?? throw new InvalidOperationException($"{own} is not artifacts/bin/PROJECT/CONFIGURATION.");
        var root = binaries.Parent?.Parent ?? throw new InvalidOperationException($"{own} is not artifacts/bin/PROJECT/CONFIGURATION.");
        var chosen = System.Environment.GetEnvironmentVariable("LIBRARY_HOME");
        var folder = string.IsNullOrEmpty(chosen) ? Path.Combine(root.FullName, ".local") : Path.GetFullPath(chosen);
        return new NetworkHome(root.FullName, folder, project => Path.Combine(binaries.FullName, project, own.Name));
    }

    // only names a folder: collisions are as good as excluded among the clones on one machine
    private static uint Fnv(string text)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            hash = unchecked((hash ^ b) * 16777619u);
        }

        return hash;
    }
}

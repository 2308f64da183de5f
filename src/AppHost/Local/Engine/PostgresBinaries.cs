using System.Globalization;

namespace Library.AppHost.Local.Engine;

/// <summary>Where the distribution's packages put PostgreSQL's programs, a folder for each major version.</summary>
internal static class PostgresBinaries
{
    private const string Installations = "/usr/lib/postgresql";

    /// <summary>The folder of the newest installation's programs; null where there is none.</summary>
    internal static string? Newest() =>
        !Directory.Exists(Installations)
            ? null
            : Directory.EnumerateDirectories(Installations)
                .Where(d => int.TryParse(Path.GetFileName(d), out _) && File.Exists(Path.Combine(d, "bin", "postgres")))
                .OrderByDescending(MajorOf)
                .Select(d => Path.Combine(d, "bin")).FirstOrDefault();

    /// <summary>The major version that a folder of programs belongs to.</summary>
    internal static int Major(string binaries) => MajorOf(Path.GetDirectoryName(binaries)!);

    private static int MajorOf(string installation) => int.Parse(Path.GetFileName(installation), CultureInfo.InvariantCulture);
}

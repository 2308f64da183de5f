using System.Reflection;
using System.Runtime.CompilerServices;
using Google.Protobuf.Reflection;

namespace Library.Architecture.Tests;

/// <summary>What the rules are held against: the repository's files and the assemblies beside this one.</summary>
internal static class House
{
    public static readonly string[] Services = ["Catalog", "Events", "Finance", "Membership", "Notifications"];

    public static string Root { get; } = FindRoot();

    public static Assembly Load(string name) => Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));

    public static IEnumerable<Assembly> All(string room) => Services.Select(service => Load($"{service}.{room}"));

    /// <summary>The proto files of the services, found through their generated code.</summary>
    public static IReadOnlyList<FileDescriptor> Protos { get; } =
    [
        .. All("Contracts").Append(Load("Library.Contracts"))
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>(),
    ];

    public static IEnumerable<MethodDescriptor> Methods => Protos.SelectMany(file => file.Services).SelectMany(service => service.Methods);

    /// <summary>Files under a folder of the repository, without what builds leave there.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts"))
        .Order(StringComparer.Ordinal);

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    /// <summary>Fails with every violation, one a line.</summary>
    public static void Holds(IEnumerable<string> violations, [CallerMemberName] string rule = "")
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, $"{rule.Replace('_', ' ')}, but:\n{string.Join('\n', found)}");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props"))) return folder.FullName;
        throw new InvalidOperationException("These tests read the repository's files and must run inside it.");
    }
}

namespace Library.Networks.Tests;

/// <summary>The network files as they ship, and copies of them with mistakes.</summary>
internal static class Files
{
    public static readonly string Shipped = Folder("radovljica");

    private static readonly Lazy<Network> First = new(() => Load("radovljica")), Second = new(() => Load("ignalina"));

    public static Network Radovljica => First.Value;

    public static Network Ignalina => Second.Value;

    private static string Folder(string network) => Path.Combine(AppContext.BaseDirectory, "networks", network);

    private static Network Load(string network) => Assert.IsType<NetworkLoad.Loaded>(NetworkLoader.Load(Folder(network))).Network;
}

/// <summary>A copy of Radovljica's files in a folder of its own, removed at the end.</summary>
internal sealed class NetworkCopy : IDisposable
{
    public NetworkCopy()
    {
        Folder = Directory.CreateTempSubdirectory("network-").FullName;
        foreach (var file in Directory.EnumerateFiles(Files.Shipped, "*.yaml"))
        {
            File.Copy(file, PathOf(Path.GetFileName(file)));
        }
    }

    public string Folder { get; }

    public string PathOf(string file) => Path.Combine(Folder, file);

    public string Read(string file) => File.ReadAllText(PathOf(file));

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    /// <summary>Replaces the first <paramref name="old"/>; gives the line it stands on.</summary>
    public int Replace(string file, string old, string @new)
    {
        var text = Read(file);
        var at = text.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"'{old}' is not in {file}");
        Write(file, string.Concat(text.AsSpan(0, at), @new, text.AsSpan(at + old.Length)));
        return text.AsSpan(0, at).Count('\n') + 1;
    }

    public IReadOnlyList<NetworkFileError> Errors() => Assert.IsType<NetworkLoad.Refused>(NetworkLoader.Load(Folder)).Errors;

    public Network Load() => Assert.IsType<NetworkLoad.Loaded>(NetworkLoader.Load(Folder)).Network;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

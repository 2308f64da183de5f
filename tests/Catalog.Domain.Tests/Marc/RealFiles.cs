using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>
/// Real catalogues and collections of damaged files. They may not be shipped: they lie beside the repository in ../shared/data, or the tests are skipped.
/// </summary>
internal static class RealFiles
{
    /// <summary>Where they lie; without them the test that asks is skipped.</summary>
    public static string Folder()
    {
        Assert.SkipWhen(FolderIfAny is null, "the real catalogues (../shared/data/marc beside the repository) are not here");
        return FolderIfAny!;
    }

    /// <summary>Where they lie, or null.</summary>
    public static readonly string? FolderIfAny = Find();

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            {
                var data = Path.Combine(folder.FullName, "..", "shared", "data", "marc");
                return Directory.Exists(data) ? data : null;
            }
        }

        return null;
    }

    public static Task<byte[]> Bytes(string file) => File.ReadAllBytesAsync(Path.Combine(Folder(), file), TestContext.Current.CancellationToken);

    /// <summary>The files of a folder by their names, in one order.</summary>
    public static string[] In(string folder) => [.. Directory.GetFiles(Path.Combine(Folder(), folder)).Select(file => $"{folder}/{Path.GetFileName(file)}").Order(StringComparer.Ordinal)];

    public static MarcFormat Format(string file) => file.StartsWith("unimarc/", StringComparison.Ordinal) ? MarcFormat.Unimarc : MarcFormat.Marc21;

    public static bool IsXml(string file) => file.EndsWith(".xml", StringComparison.Ordinal);

    /// <summary>What the fitting reader makes of a file.</summary>
    public static Task<List<MarcReading>> Read(string file, byte[] bytes) =>
        IsXml(file) ? Iso.ReadXml(bytes, Format(file), chunk: 4_099) : Iso.Read(bytes, Format(file), chunk: 4_099);
}

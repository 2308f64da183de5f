using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>
/// Real catalogues and collections of damaged files. They may not be shipped: they lie beside the repository in ../shared/data, or the tests are skipped.
/// </summary>
internal static class RealFiles
{
    public static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            {
                var data = Path.Combine(folder.FullName, "..", "shared", "data", "marc");
                Assert.SkipUnless(Directory.Exists(data), "the real catalogues (../shared/data/marc beside the repository) are not here");
                return data;
            }
        }

        Assert.Skip("the repository's root was not found above the test program");
        return "";
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

using System.IO.Compression;
using System.Text;

namespace Library.Catalog.Domain.Marc;

/// <summary>
/// The East Asian Character Code: 15,745 codes of three bytes. The facts are the Library of Congress' code table (public domain) and six codes that
/// only MARC::Charset's copy of it has. <c>Eacc.bin</c> is a raw deflate stream of: the number of runs (2 bytes, the highest first, as everywhere);
/// for each run its first code (3) and how many codes follow one another (1); then of all characters in order the third, the second and the first
/// byte of their Unicode numbers, each as one column.
/// </summary>
internal static class EastAsianCodes
{
    private static readonly Lazy<Dictionary<int, Rune[]>> Rows = new(Load);

    /// <summary>The character of a code, or null where it has none. One of them, the ideographic space, ends on 20.</summary>
    public static Rune? Find(int first, int second, int third) =>
        third is >= 0x20 and <= 0x7E && Rows.Value.TryGetValue((first << 8) | second, out var row) && row[third] is { Value: not 0 } character ? character : null;

    private static Dictionary<int, Rune[]> Load()
    {
        using var resource = typeof(EastAsianCodes).Assembly.GetManifestResourceStream("Library.Catalog.Domain.Marc.Eacc.bin")!;
        using var inflated = new MemoryStream();
        using (var stream = new DeflateStream(resource, CompressionMode.Decompress))
        {
            stream.CopyTo(inflated);
        }

        var bytes = inflated.ToArray();
        var runs = (bytes[0] << 8) | bytes[1];
        var columns = 2 + (runs * 4);
        var count = (bytes.Length - columns) / 3;
        var rows = new Dictionary<int, Rune[]>();
        var at = 0;
        for (var run = 0; run < runs; run++)
        {
            var head = bytes.AsSpan(2 + (run * 4), 4);
            var row = (head[0] << 8) | head[1];
            if (!rows.TryGetValue(row, out var characters))
            {
                rows[row] = characters = new Rune[0x80];
            }

            for (var i = 0; i < head[3]; i++, at++)
            {
                characters[head[2] + i] = new Rune((bytes[columns + at] << 16) | (bytes[columns + count + at] << 8) | bytes[columns + (2 * count) + at]);
            }
        }

        return rows;
    }
}

using System.Globalization;
using System.Text;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>Small ISO 2709 records, written out as <c>245 10$aTitle</c>, and what the readers make of them.</summary>
internal static class Iso
{
    public static readonly byte[] Krst = Record("00000nam a2200000 i 4500", "001 sl-1", "008 240101s1836    xv            000 1 slv d", "100 1 $aPrešeren, France,$d1800-1849.", "245 10$aKrst pri Savici /$cFrance Prešeren.");

    public static readonly byte[] Deseti = Record("00000nam a2200000 i 4500", "001 sl-2", "245 10$aDeseti brat :$broman.");

    public static byte[] Record(string leader, params string[] fields) => Record(leader, [.. fields.Select(f => (f[..3], Encoding.UTF8.GetBytes(f[4..].Replace('$', '\u001F'))))]);

    public static byte[] Record(string leader, params (string Tag, byte[] Content)[] fields)
    {
        var directory = new StringBuilder();
        var data = new List<byte>();
        foreach (var (tag, content) in fields)
        {
            directory.Append(CultureInfo.InvariantCulture, $"{tag}{content.Length + 1:D4}{data.Count:D5}");
            data.AddRange([.. content, 0x1E]);
        }

        var baseAddress = 24 + directory.Length + 1;
        var head = string.Create(CultureInfo.InvariantCulture, $"{baseAddress + data.Count + 1:D5}{leader[5..12]}{baseAddress:D5}{leader[17..]}{directory}");
        return [.. Encoding.Latin1.GetBytes(head), 0x1E, .. data, 0x1D];
    }

    public static async Task<List<MarcReading>> Read(byte[] file, MarcFormat format = MarcFormat.Marc21, int chunk = int.MaxValue)
    {
        using var stream = new ChunkedStream(file, chunk);
        return await MarcReader.ReadAsync(stream, format, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    public static async Task<List<MarcReading>> ReadXml(byte[] file, MarcFormat format = MarcFormat.Marc21, int chunk = int.MaxValue)
    {
        using var stream = new ChunkedStream(file, chunk);
        return await MarcXmlReader.ReadAsync(stream, format, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    public static string Show(MarcReading reading) => reading switch
    {
        MarcRecord record => $"{record.Position}@{record.ByteOffset} {record.ControlNumber} {record.Flaws}",
        MarcReject reject => $"{reject.Position}@{reject.ByteOffset} {reject.RecordId} {reject.Reason}",
        _ => "",
    };

    /// <summary>Gives the bytes in pieces, as a network does: of one size, or of random ones up to it.</summary>
    internal sealed class ChunkedStream(byte[] bytes, int chunk, Random? random = null) : MemoryStream(bytes, false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(random?.Next(1, chunk + 1) ?? chunk, buffer.Length)], cancellationToken);
    }
}

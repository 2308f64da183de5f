using Library.Catalog.Domain;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Features.Importing;

/// <summary>A raw record as the database holds it.</summary>
public static class RawRecord
{
    /// <summary>Reads it again; null where it is none (what was accepted at an import always reads).</summary>
    public static async Task<MarcRecord?> ReadAsync(byte[] raw, string form, MarcFormat format, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(raw);
        var readings = form == ContractCode.Of(MarcForm.Xml)
            ? MarcXmlReader.ReadAsync(stream, format, cancellationToken)
            : MarcReader.ReadAsync(stream, format, cancellationToken);
        await foreach (var reading in readings)
            if (reading is MarcRecord record) return record;
        return null;
    }
}

using Library.Catalog.Domain;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Rules;

namespace Library.Catalog.Features.Importing;

/// <summary>A raw record as the database holds it.</summary>
public static class RawRecord
{
    /// <summary>Of record, for <see cref="IndexAsync"/>.</summary>
    public const string Columns = "id, raw, form, format, title, authors, material";

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

    /// <summary>Maps it anew. One that cannot be read keeps the title and the makers that it has.</summary>
    public static async Task<(Guid Id, IndexedRecord Index)> IndexAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(row.GetFieldValue<byte[]>(1), row.GetString(2), Codes.Parse<MarcFormat>(row.GetString(3)), cancellationToken);
        return (row.GetGuid(0), new IndexedRecord(read is not null ? NormalisedRecord.From(read) : new NormalisedRecord
        {
            Title = row.GetString(4),
            Names = [.. row.GetFieldValue<string[]>(5).Select(name => new RecordName(name, "", NameKind.Person, true))],
            Material = Codes.MaterialRuleOf(row.GetString(6)),
        }));
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using NodaTime.Text;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>What the commission signs, in one form for one content: the order of fields is that of the contract, there are no spaces, UTF-8.</summary>
public sealed record ProtocolText(string Content, byte[] Sha256)
{
    private static readonly JsonWriterOptions Canonical = new() { Indented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task<ProtocolText> MakeAsync(
        NpgsqlTransaction transaction, Session session, IReadOnlyList<CommissionSignature> signatures, string currencyCode, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var command in Outcomes.FiguresOf(session)) batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
            SELECT coalesce(sum(i.price_minor), 0)::bigint,
                sha256(convert_to(coalesce(string_agg(c.barcode || E'\n', '' ORDER BY c.barcode COLLATE "C"), ''), 'UTF8'))
            FROM stocktaking_copy c JOIN item i ON i.barcode = c.barcode WHERE c.stocktaking = $1 AND c.outcome = 'MISSING'
            """, session.Id));
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var figures = await Outcomes.ReadAsync(row, cancellationToken);
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var bytes = Write(session, figures, new Loss(row.GetInt64(0), currencyCode, row.GetFieldValue<byte[]>(1)), signatures);
        return new ProtocolText(Encoding.UTF8.GetString(bytes), SHA256.HashData(bytes));
    }

    /// <param name="Barcodes">SHA-256 of the missing barcodes in order, a line each: the list itself is in the findings.</param>
    private sealed record Loss(long PriceMinor, string CurrencyCode, byte[] Barcodes);

    private static byte[] Write(Session session, StocktakingFigures figures, Loss loss, IReadOnlyList<CommissionSignature> signatures)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Canonical))
        {
            json.WriteStartObject();
            json.WriteString("stocktaking", session.Name);
            json.WriteString("branch", session.Shelf.Branch);
            json.WriteString("collection", session.Shelf.Collection);
            json.WriteString("callNumberFrom", session.CallNumberFrom);
            json.WriteString("callNumberTo", session.CallNumberTo);
            json.WriteString("openedAt", Written(session.OpenedAt));
            json.WriteString("secondPassAt", Written(session.SecondPassAt!.Value));
            json.WriteString("closedAt", Written(session.EndedAt!.Value));
            json.WriteStartObject("figures");
            foreach (var figure in Of(figures)) json.WriteNumber(figure.Name, figure.Value);
            json.WriteEndObject();
            json.WriteNumber("missingPriceMinor", loss.PriceMinor);
            json.WriteString("currencyCode", loss.CurrencyCode);
            json.WriteString("missingBarcodesSha256", Convert.ToHexStringLower(loss.Barcodes));
            json.WriteStartArray("signatures");
            foreach (var signature in signatures)
            {
                json.WriteStartObject();
                json.WriteString("role", signature.Role);
                json.WriteString("initials", signature.Initials);
                json.WriteString("signedOn", signature.SignedOn);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary>Every figure of the contract in the order of its numbers.</summary>
    private static IEnumerable<(string Name, long Value)> Of(StocktakingFigures figures) =>
        StocktakingFigures.Descriptor.Fields.InFieldNumberOrder().Select(field => (field.JsonName, (long)field.Accessor.GetValue(figures)));

    private static string Written(Instant instant) => InstantPattern.ExtendedIso.Format(instant);
}

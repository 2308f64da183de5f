using Library.Catalog.Domain.Marc;
using Library.Catalog.Features.Importing;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Stock;

/// <summary>
/// GET /api/v1/records/ID:marc?format=marc21|marcxml: the record byte for byte as it came in, or written in the other form.
/// An ordinary endpoint, because it answers bytes. Without a format: as it came in.
/// </summary>
public static class MarcEndpoint
{
    private const string Iso2709 = "ISO2709", Xml = "XML";

    public static void MapRecordMarc(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/records/{id}:marc", GetAsync).WithMetadata(new EndpointAccess(Roles.Any)).AddEndpointFilter<FailuresAsStatus>();

    private static async Task<IResult> GetAsync(string id, string? format, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var wanted = format switch
        {
            null or "" => "",
            "marc21" => Iso2709,
            "marcxml" => Xml,
            _ => throw Failure.Invalid(new Violation("format", "ENUM", ("expected", "marc21, marcxml"))),
        };
        if (!Guid.TryParseExact(id, "D", out var record)) throw Failure.NotFound("record");
        await using var command = database.Command("SELECT raw, form, format FROM record WHERE id = $1", record);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("record");
        var (raw, form) = (row.GetFieldValue<byte[]>(0), row.GetString(1));
        if (wanted.Length == 0 || wanted == form) return Answer(raw, form);
        var read = await RawRecord.ReadAsync(raw, form, Codes.Parse<MarcFormat>(row.GetString(2)), cancellationToken)
            ?? throw new InvalidOperationException("A stored record cannot be read.");
        return wanted == Xml
            ? Answer(MarcWriter.ToXml(read), Xml)
            : Answer(MarcWriter.ToIso2709(read) ?? throw Failure.Invalid(new Violation("format", "ENUM", ("expected", "marcxml"))), Iso2709);
    }

    private static IResult Answer(byte[] bytes, string form) => Results.Bytes(bytes, form == Xml ? "application/marcxml+xml" : "application/marc");
}

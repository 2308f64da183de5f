using System.Globalization;
using System.Text;
using System.Xml;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Export;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Searching;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Exporting;

/// <summary>
/// GET /api/v1/records:export?format=…&amp;query=…: the result of any search as MARC 21, MARCXML, UNIMARC, Dublin Core, CSV, RIS or ISBD text, in the
/// search's order, at most 10,000 records. An ordinary endpoint, because it streams: a page at a time, so that memory stays constant. A record goes
/// out in its own format as it came in; in the other it is made of what search and display know of it (<see cref="MarcBuilder"/>).
/// </summary>
public sealed class ExportRecords(NpgsqlDataSource database, ListRecords search)
{
    private const int MostRecords = 10_000, PageSize = 100;
    private const string DublinCoreWrapper = "http://www.openarchives.org/OAI/2.0/oai_dc/";

    /// <summary>How a record is written and what stands around all of them.</summary>
    private sealed record Form(string MediaType, string Extension, string Before, string After, Func<string, MarcRecord, ReadOnlyMemory<byte>> Write);

    private static readonly Dictionary<string, Form> Forms = new(StringComparer.Ordinal)
    {
        ["marc21"] = new("application/marc", "mrc", "", "", (_, record) => Iso2709(In(record, MarcFormat.Marc21))),
        ["unimarc"] = new("application/marc", "mrc", "", "", (_, record) => Iso2709(In(record, MarcFormat.Unimarc))),
        ["marcxml"] = new("application/marcxml+xml", "xml", "<collection xmlns=\"http://www.loc.gov/MARC21/slim\">\n", "</collection>\n", (_, record) => Element(record)),
        ["dublincore"] = new("application/xml", "xml", "<records>\n", "</records>\n", (_, record) => DublinCore(NormalisedRecord.From(record))),
        ["csv"] = new("text/csv; charset=utf-8", "csv", "\uFEFF" + Citations.CsvHeading, "", (name, record) => Text(Citations.CsvLine(name, NormalisedRecord.From(record)))),
        ["ris"] = new("application/x-research-info-systems; charset=utf-8", "ris", "", "", (_, record) => Text(Citations.Ris(NormalisedRecord.From(record)))),
        ["isbd"] = new("text/plain; charset=utf-8", "txt", "", "", (_, record) => Text(Citations.Isbd(NormalisedRecord.From(record)) + "\n\n")),
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/records:export", (HttpContext http, ExportRecords export) => export.WriteAsync(http))
            .WithMetadata(new EndpointAccess(Roles.Any)).AddEndpointFilter<FailuresAsStatus>();

    private async Task<IResult> WriteAsync(HttpContext http)
    {
        var cancellationToken = http.RequestAborted;
        var query = http.Request.Query;
        if (!Forms.TryGetValue(query["format"].ToString(), out var form))
            throw Failure.Invalid(new Violation("format", "ENUM", ("expected", string.Join(", ", Forms.Keys))));
        var request = Request(query);
        // whatever is wrong with the search is said before the first byte
        var page = await search.RunAsync(request, cancellationToken);
        http.Response.ContentType = form.MediaType;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"records.{form.Extension}\"";
        await http.Response.WriteAsync(form.Before, cancellationToken);
        for (var written = 0; ;)
        {
            foreach (var (name, record) in await ReadAsync(page, cancellationToken))
            {
                await http.Response.BodyWriter.WriteAsync(form.Write(name, record), cancellationToken);
                if (++written == MostRecords) break;
            }
            if (page.NextPageToken.Length == 0 || written >= MostRecords) break;
            request.PageToken = page.NextPageToken;
            page = await search.RunAsync(request, cancellationToken);
        }
        await http.Response.WriteAsync(form.After, cancellationToken);
        return Results.Empty;
    }

    private static ListRecordsRequest Request(IQueryCollection query)
    {
        var fields = new Fields();
        int Year(string field) => query[field].ToString() is { Length: > 0 } text
            ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var year) ? year : Wrong(field)
            : 0;
        int Wrong(string field)
        {
            fields.Wrong(field, "FORMAT", ("expected", "a number"));
            return 0;
        }

        T Code<T>(string field) where T : struct, Enum
        {
            if (query[field].ToString() is not { Length: > 0 } text) return default;
            foreach (var value in Enum.GetValues<T>())
                if (Convert.ToInt32(value, CultureInfo.InvariantCulture) != 0 && Names.Of(value) == text) return value;
            fields.Wrong(field, "ENUM", ("expected", Names.Of<T>()));
            return default;
        }

        var request = new ListRecordsRequest
        {
            Query = query["query"].ToString(), Title = query["title"].ToString(), Name = query["name"].ToString(), Subject = query["subject"].ToString(),
            Series = query["series"].ToString(), Isbn = query["isbn"].ToString(), Branch = query["branch"].ToString(), Language = query["language"].ToString(),
            CallNumber = query["callNumber"].ToString(), Collection = query["collection"].ToString(),
            Material = Code<Item.Types.Material>("material"), Audience = Code<Record.Types.Audience>("audience"), OrderBy = Code<ListRecordsRequest.Types.Order>("orderBy"),
            YearFrom = Year("yearFrom"), YearTo = Year("yearTo"), Available = query["available"] == "true", PageSize = PageSize,
        };
        fields.ThrowIfWrong();
        return request;
    }

    /// <summary>The raw records of a page, in its order.</summary>
    private async Task<List<(string Name, MarcRecord Record)>> ReadAsync(ListRecordsResponse page, CancellationToken cancellationToken)
    {
        var ids = page.Records.Select(record => ResourceName.Parse("records", record.Name, "record")).ToArray();
        await using var command = database.Command("""
            SELECT r.id, r.raw, r.form, r.format FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, place) JOIN record r ON r.id = t.id ORDER BY t.place
            """, ids);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<(string, MarcRecord)>();
        while (await row.ReadAsync(cancellationToken))
            if (await RawRecord.ReadAsync(row.GetFieldValue<byte[]>(1), row.GetString(2), Codes.Parse<MarcFormat>(row.GetString(3)), cancellationToken) is { } record)
                records.Add((ResourceName.Of("records", row.GetGuid(0)), record));
        return records;
    }

    private static MarcRecord In(MarcRecord record, MarcFormat format) => record.Format == format ? record : Made(record, format);

    private static MarcRecord Made(MarcRecord record, MarcFormat format) =>
        format == MarcFormat.Marc21 ? MarcBuilder.ToMarc21(NormalisedRecord.From(record)) : MarcBuilder.ToUnimarc(NormalisedRecord.From(record));

    // a record that is too long for the format goes out as what search and display know of it; MARCXML has the whole
    private static ReadOnlyMemory<byte> Iso2709(MarcRecord record) =>
        record is { Form: MarcForm.Iso2709, Raw.Length: > 0 } ? record.Raw : MarcWriter.ToIso2709(record) ?? MarcWriter.ToIso2709(Made(record, record.Format)) ?? [];

    private static ReadOnlyMemory<byte> Element(MarcRecord record)
    {
        var text = Encoding.UTF8.GetString(MarcWriter.ToXml(record));
        return Text(text[(text.IndexOf("?>", StringComparison.Ordinal) is var end and >= 0 ? end + 2 : 0)..] + "\n");
    }

    private static ReadOnlyMemory<byte> DublinCore(NormalisedRecord record)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true }))
        {
            xml.WriteStartElement("oai_dc", "dc", DublinCoreWrapper);
            Citations.WriteDublinCore(xml, record);
            xml.WriteEndElement();
        }
        return Text(text.Append('\n').ToString());
    }

    private static ReadOnlyMemory<byte> Text(string text) => Encoding.UTF8.GetBytes(text);
}

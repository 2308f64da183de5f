using System.Globalization;
using System.Text;
using System.Xml;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Export;

/// <summary>A record for people and their programs: ISBD text, RIS, CSV and Dublin Core.</summary>
public static class Citations
{
    private const string DublinCoreNamespace = "http://purl.org/dc/elements/1.1/";

    /// <summary>The first line of the CSV (RFC 4180).</summary>
    public const string CsvHeading = "name,title,authors,year,language,publisher,edition,isbn,issn,series,subjects,classification,material\r\n";

    /// <summary>
    /// The description as ISBD orders its areas (ISBD, consolidated edition 2011), without the material designation: title and responsibility, edition,
    /// publication, physical description, series, standard numbers.
    /// </summary>
    public static string Isbd(NormalisedRecord record)
    {
        var responsible = string.Join(" ; ", record.Names.Where(name => name.IsMaker).Select(name => InOrder(name.Name)));
        var title = string.Join(" = ", record.ParallelTitles.Prepend(record.Title ?? "[...]")) + (responsible.Length > 0 ? $" / {responsible}" : "");
        var published = Joined("", (record.Place, ""), (record.Publisher, " : "), (record.Year?.ToString(CultureInfo.InvariantCulture), ", "));
        string?[] areas =
        [
            title, record.Edition, published, record.Extent,
            .. record.Series.Select(series => $"({series.Title}{(series.Number.Length > 0 ? $" ; {series.Number}" : "")})"),
            .. record.Isbns.Select(isbn => $"ISBN {isbn}"), .. record.Issns.Select(issn => $"ISSN {issn}"),
        ];
        return string.Join(". – ", areas.Where(area => !string.IsNullOrEmpty(area)).Select(area => area!.TrimEnd('.'))) + ".";
    }

    /// <summary>For reference managers (RIS, Research Information Systems): lines of two letters, two blanks, a hyphen and a blank.</summary>
    public static string Ris(NormalisedRecord record)
    {
        var lines = new StringBuilder();
        void Line(string tag, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                lines.Append(CultureInfo.InvariantCulture, $"{tag}  - {value.ReplaceLineEndings(" ")}\r\n");
            }
        }

        Line("TY", record.Material switch
        {
            Material.Book when record.HostTitle is not null => "CHAP",
            Material.Book => "BOOK",
            Material.EBook => "EBOOK",
            Material.SerialIssue => "JFULL",
            Material.Audiobook or Material.EAudiobook => "SOUND",
            Material.AudioVisual => "VIDEO",
            _ => "GEN",
        });
        foreach (var name in record.Names)
        {
            Line(name.IsMaker ? "AU" : "A2", name.Name);
        }

        Line("TI", record.Title);
        Line("T2", record.HostTitle ?? record.Series.Select(series => series.Title).FirstOrDefault());
        Line("ET", record.Edition);
        Line("CY", record.Place);
        Line("PB", record.Publisher);
        Line("PY", record.Year?.ToString(CultureInfo.InvariantCulture));
        Line("LA", record.Language);
        foreach (var number in record.Isbns.Concat(record.Issns))
        {
            Line("SN", number);
        }

        foreach (var subject in record.Subjects)
        {
            Line("KW", subject);
        }

        Line("AB", record.Summary);
        Line("ID", record.ControlNumber);
        return lines.Append("ER  - \r\n\r\n").ToString();
    }

    /// <summary>A line of CSV (RFC 4180) under <see cref="CsvHeading"/>. A value that a spreadsheet would run as a formula has an apostrophe before it.</summary>
    /// <param name="name">records/ID.</param>
    /// <param name="record">What it says.</param>
    public static string CsvLine(string name, NormalisedRecord record) => string.Join(',', new[]
    {
        name, record.Title, Many(record.Authors), record.Year?.ToString(CultureInfo.InvariantCulture), record.Language, record.Publisher, record.Edition,
        Many(record.Isbns), Many(record.Issns), Many(record.Series.Select(series => Joined("", (series.Title, ""), (series.Number, " ; ")))), Many(record.Subjects),
        Many(record.Classifications.Select(place => $"{place.Scheme} {place.Number}")), ContractCode.Of(record.Material),
    }.Select(Cell)) + "\r\n";

    /// <summary>Simple Dublin Core (ISO 15836-1) as the children of an element that the writer is in.</summary>
    public static void WriteDublinCore(XmlWriter xml, NormalisedRecord record)
    {
        void Element(string term, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                xml.WriteElementString("dc", term, DublinCoreNamespace, MarcWriter.Allowed(value));
            }
        }

        Element("title", record.Title);
        foreach (var title in record.ParallelTitles)
        {
            Element("title", title);
        }

        foreach (var name in record.Names)
        {
            Element(name.IsMaker ? "creator" : "contributor", name.Name);
        }

        foreach (var subject in record.Subjects.Concat(record.Classifications.Select(place => place.Number)))
        {
            Element("subject", subject);
        }

        Element("description", record.Summary ?? record.Contents);
        Element("publisher", record.Publisher);
        Element("date", record.Year?.ToString(CultureInfo.InvariantCulture));
        Element("type", record.Material switch
        {
            Material.Audiobook or Material.EAudiobook => "Sound",
            Material.AudioVisual => "MovingImage",
            Material.Game or Material.MediaKit or Material.StorySuitcase => "PhysicalObject",
            _ => "Text",
        });
        Element("format", record.Extent);
        foreach (var number in record.Isbns.Select(isbn => $"urn:isbn:{isbn}").Concat(record.Issns.Select(issn => $"urn:issn:{issn}")))
        {
            Element("identifier", number);
        }

        Element("language", record.Language);
        Element("relation", record.HostTitle);
        foreach (var series in record.Series)
        {
            Element("relation", series.Title);
        }
    }

    private static string InOrder(string name)
    {
        var comma = name.IndexOf(", ", StringComparison.Ordinal);
        return comma < 0 ? name : $"{name[(comma + 2)..]} {name[..comma]}";
    }

    private static string Joined(string start, params (string? Value, string Before)[] parts) =>
        parts.Where(part => !string.IsNullOrEmpty(part.Value)).Aggregate(start, (text, part) => text.Length == 0 ? part.Value! : text + part.Before + part.Value);

    private static string Many(IEnumerable<string> values) => string.Join(" | ", values);

    private static string Cell(string? value)
    {
        var text = value ?? "";
        if (text is ['=' or '+' or '-' or '@' or '\t', ..])
        {
            text = "'" + text;
        }

        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}

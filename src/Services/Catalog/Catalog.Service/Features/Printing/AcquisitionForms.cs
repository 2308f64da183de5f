using System.Globalization;
using System.Text;
using System.Xml;

namespace Library.Catalog.Features.Printing;

/// <summary>One form of the list of new acquisitions: where it is found, what it is, how it is written.</summary>
public sealed record AcquisitionForm(string Suffix, string ContentType, Func<HttpContext, AcquisitionList, byte[]> Write);

/// <summary>A page, Atom (RFC 4287) and RSS 2.0. An entry's id is the record's: the same in every list and language, for ever.</summary>
public static class AcquisitionForms
{
    public const string Html = "", Atom = ".atom", Rss = ".rss";
    private const string AtomNamespace = "http://www.w3.org/2005/Atom";

    private const string Style = """
        @page{size:A4 portrait;margin:15mm}
        body{font:11pt/1.4 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
        li{margin-bottom:.6rem;break-inside:avoid}
        """;

    public static IReadOnlyList<AcquisitionForm> All { get; } =
    [
        new(Html, "text/html; charset=utf-8", WritePage),
        new(Atom, "application/atom+xml; charset=utf-8", (_, list) => Write(xml => WriteAtom(xml, list))),
        new(Rss, "application/rss+xml; charset=utf-8", (_, list) => Write(xml => WriteRss(xml, list))),
    ];

    private static string IdOf(Acquisition entry) => $"urn:uuid:{entry.Record:D}";

    private static string PlaceOf(AcquisitionList list, Acquisition entry) => $"{list.Self(Html)}#{entry.Record:D}";

    /// <summary>Names, year and publisher in one line.</summary>
    private static string LineOf(Acquisition entry) => string.Join(
        ". ", new[] { string.Join("; ", entry.Names), entry.Publisher, entry.Year?.ToString(CultureInfo.InvariantCulture) ?? "" }.Where(part => part.Length > 0));

    private static byte[] WritePage(HttpContext http, AcquisitionList list)
    {
        var body = new StringBuilder("<h1>").Append(PrintedPage.Shown(list.Title)).Append("</h1>\n");
        if (list.Entries.Count == 0) body.Append("<p>").Append(PrintedPage.Shown(list.Say("print.nothing"))).Append("</p>");
        body.Append("<ul>\n");
        foreach (var entry in list.Entries)
            body.Append(CultureInfo.InvariantCulture, $"""<li id="{entry.Record:D}"><b>{PrintedPage.Shown(entry.Title)}</b><br>{PrintedPage.Shown(LineOf(entry))}</li>""").Append('\n');
        body.Append("</ul>");
        if (list.Next(Html) is { } next)
            body.Append(CultureInfo.InvariantCulture, $"""<p><a rel="next" href="{PrintedPage.Shown(next)}">{PrintedPage.Shown(list.Say("print.next"))}</a></p>""");
        var feeds = $"""
            <link rel="alternate" type="application/atom+xml" href="{PrintedPage.Shown(list.Self(Atom))}"><link rel="alternate" type="application/rss+xml" href="{PrintedPage.Shown(list.Self(Rss))}">
            """;
        return PrintedPage.Render(http, list.Language, list.Title, Style, feeds, body.ToString());
    }

    private static void WriteAtom(XmlWriter xml, AcquisitionList list)
    {
        xml.WriteStartElement("feed", AtomNamespace);
        xml.WriteAttributeString("xml", "lang", null, list.Language);
        Element(xml, "id", list.Self(Atom));
        Element(xml, "title", list.Title);
        Element(xml, "updated", Instant(list.Changed));
        xml.WriteStartElement("author");
        Element(xml, "name", list.Library);
        xml.WriteEndElement();
        Link(xml, "self", "application/atom+xml", list.Self(Atom));
        Link(xml, "alternate", "text/html", list.Self(Html));
        if (list.Next(Atom) is { } next) Link(xml, "next", "application/atom+xml", next);
        foreach (var entry in list.Entries)
        {
            xml.WriteStartElement("entry");
            Element(xml, "id", IdOf(entry));
            Element(xml, "title", entry.Title);
            Element(xml, "updated", Instant(entry.ArrivedAt));
            Element(xml, "published", Instant(entry.ArrivedAt));
            foreach (var name in entry.Names)
            {
                xml.WriteStartElement("author");
                Element(xml, "name", name);
                xml.WriteEndElement();
            }
            xml.WriteStartElement("category");
            xml.WriteAttributeString("term", entry.Material);
            xml.WriteEndElement();
            Link(xml, "alternate", "text/html", PlaceOf(list, entry));
            Element(xml, "summary", LineOf(entry));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void WriteRss(XmlWriter xml, AcquisitionList list)
    {
        xml.WriteStartElement("rss");
        xml.WriteAttributeString("version", "2.0");
        xml.WriteAttributeString("xmlns", "atom", null, AtomNamespace);
        xml.WriteStartElement("channel");
        Element(xml, "title", list.Title);
        Element(xml, "link", list.Self(Html));
        Element(xml, "description", $"{list.Library}. {list.Title}");
        Element(xml, "language", list.Language);
        Element(xml, "lastBuildDate", list.Changed.ToDateTimeOffset().ToString("R", CultureInfo.InvariantCulture));
        RssLink(xml, "self", list.Self(Rss));
        if (list.Next(Rss) is { } next) RssLink(xml, "next", next);
        foreach (var entry in list.Entries)
        {
            xml.WriteStartElement("item");
            Element(xml, "title", entry.Title);
            Element(xml, "link", PlaceOf(list, entry));
            Element(xml, "description", LineOf(entry));
            Element(xml, "category", entry.Material);
            xml.WriteStartElement("guid");
            xml.WriteAttributeString("isPermaLink", "false");
            xml.WriteString(IdOf(entry));
            xml.WriteEndElement();
            Element(xml, "pubDate", entry.ArrivedAt.ToDateTimeOffset().ToString("R", CultureInfo.InvariantCulture));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static byte[] Write(Action<XmlWriter> write)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true })) write(xml);
        return stream.ToArray();
    }

    private static void Element(XmlWriter xml, string name, string text)
    {
        xml.WriteStartElement(name);
        xml.WriteString(Allowed(text));
        xml.WriteEndElement();
    }

    private static void Link(XmlWriter xml, string rel, string type, string href)
    {
        xml.WriteStartElement("link");
        xml.WriteAttributeString("rel", rel);
        xml.WriteAttributeString("type", type);
        xml.WriteAttributeString("href", href);
        xml.WriteEndElement();
    }

    private static void RssLink(XmlWriter xml, string rel, string href)
    {
        xml.WriteStartElement("atom", "link", AtomNamespace);
        xml.WriteAttributeString("rel", rel);
        xml.WriteAttributeString("type", "application/rss+xml");
        xml.WriteAttributeString("href", href);
        xml.WriteEndElement();
    }

    /// <summary>Records hold what they came with; XML 1.0 holds no control characters and no halves of pairs.</summary>
    private static string Allowed(string text) => string.Concat(text.EnumerateRunes().Where(rune => !rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value)));

    private static string Instant(NodaTime.Instant instant) => NodaTime.Text.InstantPattern.General.Format(instant);
}

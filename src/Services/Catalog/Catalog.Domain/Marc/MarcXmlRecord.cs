using System.Text;
using System.Xml;

namespace Library.Catalog.Domain.Marc;

/// <summary>Takes one MARCXML record element apart.</summary>
internal static class MarcXmlRecord
{
    private const string Namespace = "http://www.loc.gov/MARC21/slim";
    private const int MaxFields = 10_000;

    private static readonly XmlReaderSettings Settings = new()
    {
        ConformanceLevel = ConformanceLevel.Fragment,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersFromEntities = 1_024,
        CheckCharacters = false,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Takes a record element apart; <paramref name="prefix"/> is the one of its own tag, declared outside of it.</summary>
    public static MarcReading Parse(byte[] raw, Encoding coding, string prefix, MarcFormat format, int position, long offset)
    {
        var text = coding.GetString(raw);
        var content = new Content { Flaws = text.Contains('\uFFFD', StringComparison.Ordinal) ? MarcFlaws.Characters : MarcFlaws.None };
        try
        {
            using var xml = XmlReader.Create(new StringReader(text), Settings, Context(prefix));
            Read(xml, content);
        }
        catch (XmlException broken)
        {
            return Reject(MarcRejectReason.XmlInvalid, $"the record element is not well formed at its line {broken.LineNumber}, place {broken.LinePosition}");
        }

        if (content.TooMany)
        {
            return Reject(MarcRejectReason.TooLong, $"the record element has more than {MaxFields} fields");
        }

        if (content.Fields.Count == 0)
        {
            return Reject(MarcRejectReason.Empty, "the record element has no fields");
        }

        return new MarcRecord(position, offset, raw, MarcForm.Xml, format)
        {
            Leader = content.Leader,
            Fields = content.Fields,
            Encoding = MarcEncoding.Xml,
            Flaws = content.Flaws,
        };

        MarcReject Reject(MarcRejectReason reason, string why) => new(position, offset, content.ControlNumber, reason, why);
    }

    private sealed class Content
    {
        public string Leader { get; set; } = "";

        public List<MarcField> Fields { get; } = [];

        public MarcFlaws Flaws { get; set; }

        public bool TooMany { get; set; }

        public string? ControlNumber => Fields.OfType<ControlField>().FirstOrDefault(control => control.Tag == "001")?.Value.Trim();
    }

    // prefixes that wrappers usually declare, so that a record cut out of one can still be read
    private static XmlParserContext Context(string prefix)
    {
        var names = new NameTable();
        var namespaces = new XmlNamespaceManager(names);
        namespaces.AddNamespace("xsi", "http://www.w3.org/2001/XMLSchema-instance");
        if (prefix.Length > 0 && prefix is not ("xml" or "xmlns"))
        {
            namespaces.AddNamespace(prefix, Namespace);
        }

        return new XmlParserContext(names, namespaces, null, XmlSpace.Default);
    }

    private static void Read(XmlReader xml, Content content)
    {
        xml.Read();
        while (!xml.EOF)
        {
            if (xml.NodeType != XmlNodeType.Element)
            {
                xml.Read();
                continue;
            }

            switch (xml.LocalName)
            {
                case "leader":
                    content.Leader = xml.ReadElementContentAsString();
                    break;
                case "controlfield":
                    var tag = Tag(xml, content);
                    content.Fields.Add(new ControlField(tag, Text(xml)));
                    break;
                case "datafield":
                    content.Fields.Add(DataField(xml, content));
                    break;
                default:
                    xml.Read();
                    break;
            }

            if (content.Fields.Count > MaxFields)
            {
                content.TooMany = true;
                return;
            }
        }
    }

    private static DataField DataField(XmlReader xml, Content content)
    {
        var tag = Tag(xml, content);
        var (first, second) = (Indicator(xml, "ind1", content), Indicator(xml, "ind2", content));
        var subfields = new List<Subfield>();
        using (var inner = xml.ReadSubtree())
        {
            inner.Read();
            inner.Read();
            while (!inner.EOF)
            {
                if (inner.NodeType == XmlNodeType.Element && inner.LocalName == "subfield")
                {
                    var code = inner.GetAttribute("code");
                    content.Flaws |= code is { Length: 1 } ? MarcFlaws.None : MarcFlaws.Subfields;
                    subfields.Add(new Subfield(code is { Length: > 0 } ? code[0] : ' ', Text(inner)));
                    continue;
                }

                content.Flaws |= inner.NodeType is XmlNodeType.Element or XmlNodeType.Text ? MarcFlaws.Subfields : MarcFlaws.None;
                inner.Read();
            }
        }

        xml.Read();
        return new DataField(tag, first, second, subfields);
    }

    private static string Tag(XmlReader xml, Content content)
    {
        var tag = xml.GetAttribute("tag") ?? "";
        if (tag.Length != 3 || !tag.All(char.IsAsciiLetterOrDigit))
        {
            content.Flaws |= MarcFlaws.Tag;
        }

        return tag;
    }

    private static char Indicator(XmlReader xml, string name, Content content)
    {
        var value = xml.GetAttribute(name);
        content.Flaws |= value is { Length: 1 } ? MarcFlaws.None : MarcFlaws.Indicators;
        return value is { Length: > 0 } ? value[0] : ' ';
    }

    private static string Text(XmlReader xml) => UnicodeText.Normalise(xml.ReadElementContentAsString(), NormalizationForm.FormC);
}

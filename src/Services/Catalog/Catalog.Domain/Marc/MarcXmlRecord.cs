using System.Text;
using System.Xml;

namespace Library.Catalog.Domain.Marc;

/// <summary>Takes one MARCXML record element apart.</summary>
internal static class MarcXmlRecord
{
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

    /// <summary>Takes a record element apart.</summary>
    public static MarcReading Parse(byte[] raw, Encoding coding, MarcFormat format, int position, long offset)
    {
        var (text, flaws) = Decode(raw, coding);
        var content = new Content { Flaws = flaws };
        try
        {
            using var xml = XmlReader.Create(new StringReader(text), Settings, Context());
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

        MarcReject Reject(MarcRejectReason reason, string why) => new(position, offset, raw.Length, content.ControlNumber, reason, why);
    }

    // bytes that are not the UTF-8 that the file says, and hardly any that are: a code page
    private static (string Text, MarcFlaws Flaws) Decode(byte[] raw, Encoding coding)
    {
        var utf8 = coding is UTF8Encoding ? Utf8Evidence.Of(raw) : default;
        var isDamaged = utf8.Strays < 2 || utf8.Sequences >= utf8.Strays;
        var text = isDamaged ? coding.GetString(raw) : CodePages.Likeliest(raw, null).Page.Decoder.GetString(raw);
        return (text, (isDamaged ? MarcFlaws.None : MarcFlaws.Coding) | (text.Contains('\uFFFD', StringComparison.Ordinal) ? MarcFlaws.Characters : MarcFlaws.None));
    }

    private sealed class Content
    {
        public string Leader { get; set; } = "";

        public List<MarcField> Fields { get; } = [];

        public MarcFlaws Flaws { get; set; }

        public bool TooMany { get; set; }

        public string? ControlNumber => Fields.OfType<ControlField>().FirstOrDefault(control => control.Tag == "001")?.Value.Trim();
    }

    private static XmlParserContext Context()
    {
        var names = new NameTable();
        return new XmlParserContext(names, new AnyNamespace(names), null, XmlSpace.Default);
    }

    // a record is cut out of the wrapper that declared its prefixes; here only the names behind them count
    private sealed class AnyNamespace(XmlNameTable names) : XmlNamespaceManager(names)
    {
        public override string? LookupNamespace(string prefix) => base.LookupNamespace(prefix) ?? $"urn:{prefix}";
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
                case "leader" or "lab":
                    content.Leader = xml.ReadElementContentAsString();
                    break;
                case "controlfield" or "cf":
                    var tag = Tag(xml, content);
                    content.Fields.Add(new ControlField(tag, Text(xml)));
                    break;
                case "datafield" or "df":
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
                ReadSubfield(inner, subfields, content);
            }
        }

        xml.Read();
        return new DataField(tag, first, second, subfields);
    }

    private static void ReadSubfield(XmlReader xml, List<Subfield> subfields, Content content)
    {
        switch (xml.NodeType, xml.LocalName)
        {
            case (XmlNodeType.Element, "subfield" or "sf"):
                var code = xml.GetAttribute("code") ?? xml.GetAttribute("c");
                content.Flaws |= code is { Length: 1 } ? MarcFlaws.None : MarcFlaws.Subfields;
                subfields.Add(new Subfield(code is { Length: > 0 } ? code[0] : ' ', Text(xml)));
                break;

            // a field within a linking field of UNIMARC: its tag and indicators are a subfield 1, as in ISO 2709
            case (XmlNodeType.Element, "cf"):
                var tag = Tag(xml, content);
                subfields.Add(new Subfield('1', tag + Text(xml)));
                break;
            case (XmlNodeType.Element, "df"):
                subfields.Add(new Subfield('1', $"{Tag(xml, content)}{Indicator(xml, "ind1", content)}{Indicator(xml, "ind2", content)}"));
                xml.Read();
                break;
            default:
                var isOther = xml.NodeType == XmlNodeType.Text || (xml.NodeType == XmlNodeType.Element && xml.LocalName != "s1");
                content.Flaws |= isOther ? MarcFlaws.Subfields : MarcFlaws.None;
                xml.Read();
                break;
        }
    }

    private static string Tag(XmlReader xml, Content content)
    {
        var tag = xml.GetAttribute("tag") ?? xml.GetAttribute("t") ?? "";
        if (tag.Length != 3 || !tag.All(char.IsAsciiLetterOrDigit))
        {
            content.Flaws |= MarcFlaws.Tag;
        }

        return tag;
    }

    private static char Indicator(XmlReader xml, string name, Content content)
    {
        var value = xml.GetAttribute(name) ?? xml.GetAttribute(name == "ind1" ? "i1" : "i2");
        content.Flaws |= value is { Length: 1 } ? MarcFlaws.None : MarcFlaws.Indicators;
        return value is { Length: > 0 } ? value[0] : ' ';
    }

    private static string Text(XmlReader xml) => UnicodeText.Normalise(xml.ReadElementContentAsString(), NormalizationForm.FormC);
}

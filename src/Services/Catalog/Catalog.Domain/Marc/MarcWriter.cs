using System.Globalization;
using System.Text;
using System.Xml;

namespace Library.Catalog.Domain.Marc;

/// <summary>Writes a record that was read in the form that is asked for. In the form in which it came, give its raw bytes instead.</summary>
public static class MarcWriter
{
    private const string Namespace = "http://www.loc.gov/MARC21/slim";
    private const int LeaderLength = 24;

    // line ends within a text stand as they came
    private static readonly XmlWriterSettings Settings = new() { Encoding = new UTF8Encoding(false), CloseOutput = false, NewLineHandling = NewLineHandling.Entitize };

    /// <summary>The record as one MARCXML document in UTF-8. Characters that XML forbids are left out.</summary>
    public static byte[] ToXml(MarcRecord record)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Settings))
        {
            xml.WriteStartElement("record", Namespace);
            xml.WriteElementString("leader", Namespace, Allowed(record.Leader));
            foreach (var field in record.Fields)
            {
                Write(xml, field);
            }

            xml.WriteEndElement();
        }

        return stream.ToArray();
    }

    /// <summary>
    /// The record as ISO 2709 in UTF-8 with lengths, base address and coding set anew; null where it is longer than the format allows (a field 9,999
    /// bytes, a record 99,999).
    /// </summary>
    public static byte[]? ToIso2709(MarcRecord record)
    {
        using var directory = new MemoryStream();
        using var data = new MemoryStream();
        foreach (var field in record.Fields)
        {
            var bytes = Bytes(field, record.Format);
            var tag = new string([.. field.Tag.Where(char.IsAsciiLetterOrDigit)]).PadLeft(3, '0');
            if (bytes.Length > 9_999 || data.Length > 99_999 || tag.Length != 3)
            {
                return null;
            }

            directory.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{tag}{bytes.Length:D4}{data.Length:D5}")));
            data.Write(bytes);
        }

        var baseAddress = LeaderLength + directory.Length + 1;
        var length = baseAddress + data.Length + 1;
        return length > MarcReader.MaxRecordBytes ? null : [.. Leader(record, length, baseAddress), .. directory.ToArray(), 0x1E, .. data.ToArray(), 0x1D];
    }

    private static byte[] Leader(MarcRecord record, long length, long baseAddress)
    {
        char At(int index) => record.LeaderAt(index) is >= ' ' and < '\u007F' and var c ? c : ' ';
        var coding = record.Format == MarcFormat.Marc21 ? 'a' : At(9);
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{length:D5}{At(5)}{At(6)}{At(7)}{At(8)}{coding}22{baseAddress:D5}{At(17)}{At(18)}{At(19)}4500"));
    }

    private static byte[] Bytes(MarcField field, MarcFormat format)
    {
        var text = new StringBuilder();
        switch (field)
        {
            case ControlField control:
                text.Append(WithoutSeparators(control.Value));
                break;
            case DataField data:
                text.Append(data.Indicator1).Append(data.Indicator2);
                foreach (var subfield in data.Subfields)
                {
                    var isProcessing = format == MarcFormat.Unimarc && data.Tag == "100" && subfield.Code == 'a';
                    text.Append('\u001F').Append(subfield.Code).Append(WithoutSeparators(isProcessing ? WithUnicode(subfield.Value) : subfield.Value));
                }

                break;
        }

        return Encoding.UTF8.GetBytes(text.Append('\u001E').ToString());
    }

    // UNIMARC says in 100$a, places 26 to 33, which sets its text is in: 50 is Unicode
    private static string WithUnicode(string coded) =>
        coded.Length >= 34 && coded.AsSpan(26, 2).IndexOfAnyExceptInRange('0', '9') < 0 ? string.Concat(coded.AsSpan(0, 26), "50      ", coded.AsSpan(34)) : coded;

    private static string WithoutSeparators(string text) => string.Concat(text.Where(c => c is not ('\u001D' or '\u001E' or '\u001F')));

    private static void Write(XmlWriter xml, MarcField field)
    {
        switch (field)
        {
            case ControlField control:
                xml.WriteStartElement("controlfield", Namespace);
                xml.WriteAttributeString("tag", Allowed(control.Tag));
                xml.WriteString(Allowed(control.Value));
                xml.WriteEndElement();
                break;
            case DataField data:
                xml.WriteStartElement("datafield", Namespace);
                xml.WriteAttributeString("tag", Allowed(data.Tag));
                xml.WriteAttributeString("ind1", Allowed(data.Indicator1.ToString()));
                xml.WriteAttributeString("ind2", Allowed(data.Indicator2.ToString()));
                foreach (var subfield in data.Subfields)
                {
                    xml.WriteStartElement("subfield", Namespace);
                    xml.WriteAttributeString("code", Allowed(subfield.Code.ToString()));
                    xml.WriteString(Allowed(subfield.Value));
                    xml.WriteEndElement();
                }

                xml.WriteEndElement();
                break;
        }
    }

    /// <summary>The text without the characters that XML forbids.</summary>
    public static string Allowed(string text) =>
        text.All(XmlConvert.IsXmlChar)
            ? text
            : string.Concat(text.EnumerateRunes().Where(r => !r.IsBmp || XmlConvert.IsXmlChar((char)r.Value)).Select(r => r.ToString()));
}

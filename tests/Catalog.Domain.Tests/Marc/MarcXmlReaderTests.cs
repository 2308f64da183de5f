using System.Text;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

public sealed class MarcXmlReaderTests
{
    private const string Krst = """
        <record><leader>00000nam a2200000 i 4500</leader><controlfield tag="001">sl-1</controlfield>
        <datafield tag="245" ind1="1" ind2="0"><subfield code="a">Krst pri Savici &amp; drugo</subfield></datafield></record>
        """;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public async Task A_collection_is_read_record_by_record_and_kept_as_it_came(int chunk)
    {
        var file = $"<?xml version=\"1.0\"?>\n<collection xmlns=\"http://www.loc.gov/MARC21/slim\">{Krst}\n<!-- <record> -->{Krst}</collection>";
        var found = await Read(file, chunk);
        Assert.Equal(2, found.Count);
        Assert.All(found, reading =>
        {
            var record = Assert.IsType<MarcRecord>(reading);
            Assert.Equal(("sl-1", MarcFlaws.None, MarcForm.Xml), (record.ControlNumber, record.Flaws, record.Form));
            Assert.Equal("Krst pri Savici & drugo", record.Data("245").Single().First('a'));
            Assert.Equal(Krst, Encoding.UTF8.GetString(record.Raw.Span));
            Assert.Equal(Krst, file.Substring((int)record.ByteOffset, Krst.Length));
        });
    }

    [Fact]
    public async Task Wrappers_of_search_and_harvest_are_passed_over()
    {
        var prefixed = Krst.Replace("<", "<mxc:", StringComparison.Ordinal).Replace("<mxc:/", "</mxc:", StringComparison.Ordinal);
        Assert.Equal(["1 sl-1"], (await Read($"<srw:records><srw:record><srw:recordData>{prefixed}</srw:recordData></srw:record></srw:records>")).Select(Brief));
        Assert.Equal(["1 sl-1"], (await Read($"<OAI-PMH><record><header/><metadata>{Krst}</metadata></record></OAI-PMH>")).Select(Brief));
    }

    [Fact]
    public async Task Prefixes_that_a_wrapper_declared_are_no_fault_of_the_record()
    {
        var linked = Krst.Replace("<record>", "<record x:type=\"Bibliographic\" y:type=\"a\"><y:note/>", StringComparison.Ordinal);
        Assert.Equal(["1 sl-1"], (await Read($"<collection xmlns:x=\"urn:x\" xmlns:y=\"urn:y\">{linked}</collection>")).Select(Brief));
    }

    [Fact]
    public async Task The_short_form_is_read_with_its_linked_fields()
    {
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Read("""
            <collection><rec><lab>00000nam0 2200000   450 </lab><cf t="001">it-1</cf><df t="410" i1=" " i2="0"><s1><cf t="001">it-2</cf></s1>
            <s1><df t="200" i1="1" i2=" "><sf c="a">Anticorpi</sf><sf c="v">43</sf></df></s1></df></rec></collection>
            """)));
        Assert.Equal(["001 it-1", "410  0$1001it-2$12001 $aAnticorpi$v43"], Fields(record));
        Assert.Equal(("00000nam0 2200000   450 ", MarcFlaws.None), (record.Leader, record.Flaws));
    }

    [Fact]
    public async Task Fields_outside_of_a_record_are_rejected_and_not_passed_over() => Assert.Equal(
        ["1 sl-1", "2  XmlInvalid", "3 sl-1", "4  XmlInvalid", "5 sl-1"],
        (await Read($"<collection>{Krst}{Krst.Replace("<record>", "<recurd>", StringComparison.Ordinal)}{Krst}<x:leader/>{Krst}</collection>")).Select(Brief));

    [Fact]
    public async Task A_leader_alone_makes_a_record_and_no_wrapper() =>
        Assert.Equal(["1  XmlInvalid", "2 sl-1"], (await Read($"<record><leader>00000nam</leader>{Krst}</record>")).Select(Brief));

    [Fact]
    public async Task A_comment_that_never_ends_is_rejected_with_what_is_in_it() =>
        Assert.Equal(["1 sl-1", "2  Truncated"], (await Read($"<collection>{Krst}<!-- {Krst}</collection>")).Select(Brief));

    [Fact]
    public async Task Half_a_tag_again_and_again_takes_time_in_proportion()
    {
        var file = "<record>" + new string('<', 900_000);
        Assert.Equal(["1  Truncated"], (await Read(file)).Select(Brief));
    }

    [Fact]
    public async Task A_broken_record_costs_itself_and_not_its_neighbours()
    {
        var broken = Krst.Replace("</subfield>", "", StringComparison.Ordinal);
        var unclosed = Krst.Replace("</record>", "", StringComparison.Ordinal);
        Assert.Equal(["1 sl-1", "2 sl-1 XmlInvalid", "3 sl-1 XmlInvalid", "4 sl-1"], (await Read($"<collection>{Krst}{broken}{unclosed}{Krst}</collection>")).Select(Brief));
    }

    [Fact]
    public async Task A_truncated_file_gives_a_reject_for_its_tail() =>
        Assert.Equal(["1 sl-1", "2  Truncated"], (await Read($"<collection>{Krst}{Krst[..^20]}")).Select(Brief));

    [Fact]
    public async Task A_document_type_is_never_read() => Assert.Equal(
        ["1  DtdProhibited"], (await Read($"<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><collection>{Krst}</collection>")).Select(Brief));

    [Fact]
    public async Task An_entity_is_not_expanded() =>
        Assert.Equal(["1 sl-1 XmlInvalid"], (await Read(Krst.Replace("&amp;", "&a;", StringComparison.Ordinal))).Select(Brief));

    [Fact]
    public async Task Other_files_are_one_reject_and_empty_ones_none()
    {
        Assert.Equal(["1  XmlInvalid"], (await Read("<html><body/></html>")).Select(Brief));
        Assert.Equal(["1  Empty"], (await Read("<record></record>")).Select(Brief));
        Assert.Equal("1  XmlInvalid", Brief(Assert.Single(await Iso.ReadXml(Encoding.Unicode.GetPreamble()))));
        Assert.Empty(await Read(""));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("<!--")]
    [InlineData("<![CDATA[")]
    public async Task An_endless_record_is_skipped(string piece)
    {
        var file = new StringBuilder("<collection><record>");
        while (file.Length < 3_000_000)
        {
            file.Append(piece);
        }

        Assert.StartsWith("1  TooLong", Brief((await Read(file.ToString()))[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_noted()
    {
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Read("<record><controlfield>1</controlfield><datafield tag=\"245\"><subfield>T</subfield></datafield></record>")));
        Assert.Equal(MarcFlaws.Tag | MarcFlaws.Indicators | MarcFlaws.Subfields, record.Flaws);
    }

    [Fact]
    public async Task Latin_1_is_read_where_the_declaration_says_so()
    {
        var bytes = Encoding.Latin1.GetBytes("<?xml version='1.0' encoding='ISO-8859-1'?><record><controlfield tag='001'>Müller</controlfield></record>");
        Assert.Equal("1 Müller", Brief(Assert.Single(await Iso.ReadXml(bytes))));
    }

    [Fact]
    public async Task Each_form_is_written_in_the_other_and_read_again()
    {
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Krst)));
        var fromXml = Assert.IsType<MarcRecord>(Assert.Single(await Iso.ReadXml(MarcWriter.ToXml(record))));
        Assert.Equal(Fields(record), Fields(fromXml));
        Assert.Equal(Iso.Krst, MarcWriter.ToIso2709(fromXml));
    }

    [Fact]
    public async Task Line_ends_within_a_text_are_written_as_they_came()
    {
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Record("00000nam a2200000 i 4500", "001 x", "520   $aone\rtwo\r\nthree\tfour"))));
        var again = Assert.IsType<MarcRecord>(Assert.Single(await Iso.ReadXml(MarcWriter.ToXml(record))));
        Assert.Equal("one\rtwo\r\nthree\tfour", again.Data("520").Single().First('a'));
    }

    [Fact]
    public async Task Unimarc_is_written_with_the_set_that_it_is_written_in()
    {
        var raw = Iso.Record("00000nam  2200000   450 ", ("100", "  \u001Fa20240101d2024    m  y0slvy0103    ba"u8.ToArray()), ("200", [.. "1 \u001Fa"u8, 0xCF, .. "Capek"u8]));
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw, MarcFormat.Unimarc)));
        var again = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(MarcWriter.ToIso2709(record)!, MarcFormat.Unimarc)));
        Assert.Equal(["100   $a20240101d2024    m  y0slvy50      ba", "200 1 $aČapek"], Fields(again));
        Assert.Equal(MarcFlaws.None, again.Flaws);
    }

    [Fact]
    public async Task A_field_too_long_for_iso_2709_is_not_cut_silently()
    {
        var note = new string('n', 10_000);
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Read($"<record><datafield tag='500' ind1=' ' ind2=' '><subfield code='a'>{note}</subfield></datafield></record>")));
        Assert.Null(MarcWriter.ToIso2709(record));
    }

    internal static IEnumerable<string> Fields(MarcRecord record) => record.Fields.Select(field => field switch
    {
        ControlField control => $"{control.Tag} {control.Value}",
        DataField data => $"{data.Tag} {data.Indicator1}{data.Indicator2}" + string.Concat(data.Subfields.Select(s => $"${s.Code}{s.Value}")),
        _ => "",
    });

    private static Task<List<MarcReading>> Read(string file, int chunk = int.MaxValue) => Iso.ReadXml(Encoding.UTF8.GetBytes(file), chunk: chunk);

    private static string Brief(MarcReading reading) => reading switch
    {
        MarcReject reject => $"{reject.Position} {reject.RecordId} {reject.Reason}",
        MarcRecord record => $"{record.Position} {record.ControlNumber}",
        _ => "",
    };
}

using System.Text;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>Records whose text is not in the coding that they say.</summary>
public sealed class CodingEvidenceTests
{
    private const string Slovene = "Žalostne gore, pečine in mračni gozdovi; življenje v šoli, Ščavničar";
    private const string French = "L'été dernier à la forêt, où rien n'est gâché : société générale d'éducation";
    private const string Russian = "Основы гидравлического расчета инженерных сетей";

    [Theory]
    [InlineData(' ', 1250, "slv", Slovene, MarcEncoding.Windows1250)]
    [InlineData('a', 1250, "slv", Slovene, MarcEncoding.Windows1250)]
    [InlineData(' ', 1250, "", Slovene, MarcEncoding.Windows1250)]
    [InlineData(' ', 1252, "fre", French, MarcEncoding.Windows1252)]
    [InlineData('a', 1252, "fre", French, MarcEncoding.Windows1252)]
    [InlineData('a', 1252, "", French, MarcEncoding.Windows1252)]
    [InlineData(' ', 1251, "rus", Russian, MarcEncoding.Windows1251)]
    [InlineData('a', 1251, "", Russian, MarcEncoding.Windows1251)]
    public async Task A_code_page_behind_a_leader_that_knows_none_is_told_by_its_bytes(char leader9, int page, string language, string text, MarcEncoding encoding)
    {
        var record = await Marc21(leader9, language, CodePagesEncodingProvider.Instance.GetEncoding(page)!.GetBytes(text));
        Assert.Equal((text, encoding, MarcFlaws.Coding), (Text(record), record.Encoding, record.Flaws));
    }

    [Fact]
    public async Task Marc_8_behind_a_leader_that_says_unicode_is_read_as_what_it_is()
    {
        var latin = await Marc21('a', "slv", [.. "Pre"u8, 0xE9, .. "seren, "u8, 0xE9, .. "Crtomir"u8]);
        Assert.Equal(("Prešeren, Črtomir", MarcEncoding.Marc8, MarcFlaws.Coding), (Text(latin), latin.Encoding, latin.Flaws));
        var cyrillic = await Marc21('a', "rus", "\u001B(NmIR\u001B(B"u8.ToArray());
        Assert.Equal(("Мир", MarcEncoding.Marc8, MarcFlaws.Coding), (Text(cyrillic), cyrillic.Encoding, cyrillic.Flaws));
    }

    [Fact]
    public async Task Utf8_with_damage_stays_utf8_and_the_damage_is_noted()
    {
        var record = await Marc21('a', "slv", [.. "Črtomir in Bogomila, Prešeren, š"u8, 0xC5, .. " in "u8, 0xFF]);
        Assert.Equal(("Črtomir in Bogomila, Prešeren, š\uFFFD in \uFFFD", MarcFlaws.Characters), (Text(record), record.Flaws));
        record = await Marc21(' ', "slv", [.. "Črtomir, Prešeren, žal, šala, čaj"u8, 0xC5]);
        Assert.Equal(("Črtomir, Prešeren, žal, šala, čaj\uFFFD", MarcFlaws.Characters | MarcFlaws.Coding), (Text(record), record.Flaws));
        record = await Marc21('a', "slv", [.. "fran"u8, 0xF8, 0xBF, 0xBF, 0xBF, 0xB9, .. "ise"u8]); // no coding makes sense of it
        Assert.Equal(("fran\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDise", MarcEncoding.Utf8, MarcFlaws.Characters), (Text(record), record.Encoding, record.Flaws));
    }

    [Fact]
    public async Task Romanised_text_with_rare_marks_stays_marc_8()
    {
        // marks on letters that Unicode has no single character for: s with breve, k with underscore
        var record = await Marc21(' ', "scc", [.. "re"u8, 0xE6, .. "senja, mi"u8, 0xE6, .. "sljenja, "u8, 0xF6, .. "Khan"u8]);
        Assert.Equal(("res\u0306enja, mis\u0306ljenja, K\u0332han", MarcEncoding.Marc8, MarcFlaws.None), (Text(record), record.Encoding, record.Flaws));
        record = await Marc21(' ', "fre", [.. "Soci"u8, 0x1B, .. "t"u8, 0xE2, .. "e"u8]); // a damaged accent is a switch that is none
        Assert.Equal(("Soci\uFFFDté", MarcEncoding.Marc8, MarcFlaws.Escape), (Text(record), record.Encoding, record.Flaws));
    }

    [Theory]
    [InlineData("50", "Čapek", MarcFlaws.None, MarcEncoding.Utf8)]
    [InlineData("0103", "Čapek", MarcFlaws.Coding, MarcEncoding.Utf8)]
    [InlineData("||||", "Čapek", MarcFlaws.None, MarcEncoding.Utf8)]
    public async Task Unimarc_that_is_utf8_is_read_as_that_whatever_it_announces(string sets, string text, MarcFlaws flaws, MarcEncoding encoding)
    {
        var record = await Unimarc(sets, "slv", Encoding.UTF8.GetBytes(text));
        Assert.Equal((text, flaws, encoding), (Text(record), record.Flaws, record.Encoding));
    }

    [Fact]
    public async Task Unimarc_that_is_not_what_it_announces_is_told_by_its_bytes()
    {
        var old = await Unimarc("50", "slv", [0xCF, .. "Capek, "u8, 0xE8, 0xC2, .. "od"u8, 0xC2, .. "z"u8]);
        Assert.Equal(("Čapek, Łódź", MarcFlaws.Coding, MarcEncoding.Iso5426), (Text(old), old.Flaws, old.Encoding));
        foreach (var sets in new[] { "50", "0103" })
        {
            var page = await Unimarc(sets, "slv", CodePagesEncodingProvider.Instance.GetEncoding(1250)!.GetBytes(Slovene));
            Assert.Equal((Slovene, MarcFlaws.Coding, MarcEncoding.Windows1250), (Text(page), page.Flaws, page.Encoding));
        }
    }

    [Theory]
    [InlineData("<?xml version='1.0' encoding='windows-1250'?>", 1250, Slovene, MarcFlaws.None)]
    [InlineData("<?xml version='1.0' encoding='UTF-8'?>", 1250, Slovene, MarcFlaws.Coding)]
    [InlineData("", 1251, Russian, MarcFlaws.Coding)]
    [InlineData("<?xml version='1.0' encoding='ISO-8859-2'?>", 28592, "Prešeren", MarcFlaws.None)]
    public async Task Xml_in_a_code_page_is_read_whether_it_says_so_or_not(string declaration, int page, string text, MarcFlaws flaws)
    {
        var xml = $"{declaration}<record><datafield tag='245' ind1=' ' ind2=' '><subfield code='a'>{text}</subfield></datafield></record>";
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.ReadXml(CodePagesEncodingProvider.Instance.GetEncoding(page)!.GetBytes(xml))));
        Assert.Equal((text, flaws), (Text(record), record.Flaws));
    }

    [Fact]
    public void Each_flaw_has_a_code_that_is_never_renamed()
    {
        Assert.Empty(MarcFlaws.None.Codes());
        Assert.Equal(
            ["LENGTH", "BASE_ADDRESS", "DIRECTORY", "TAG", "INDICATORS", "SUBFIELDS", "CODING", "CHARACTERS", "LEADER", "ESCAPE"],
            Enum.GetValues<MarcFlaws>().Aggregate(MarcFlaws.None, (all, flaw) => all | flaw).Codes());
        Assert.All(Enum.GetValues<MarcFlaws>().Where(flaw => flaw != MarcFlaws.None), flaw => Assert.Single(flaw.Codes()));
        Assert.Equal(["LENGTH", "CODING"], (MarcFlaws.Coding | MarcFlaws.Length).Codes());
    }

    private static string? Text(MarcRecord record) => record.Data("245").Single().First('a');

    private static async Task<MarcRecord> Marc21(char leader9, string language, byte[] text)
    {
        var coded = language.Length == 0 ? "x" : $"240101s2024    xv            000 0 {language} d";
        var raw = Iso.Record($"00000nam {leader9}2200000 i 4500", ("001", "x"u8.ToArray()), ("008", Encoding.ASCII.GetBytes(coded)), ("245", [.. "00\u001Fa"u8, .. text]));
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw)));
        Assert.Equal(raw, record.Raw.ToArray());
        return record;
    }

    private static async Task<MarcRecord> Unimarc(string sets, string language, byte[] text)
    {
        var coded = Encoding.ASCII.GetBytes($"  \u001Fa20240101d2024    m  y0slvy{sets}    ba");
        var raw = Iso.Record(
            "00000nam  2200000   450 ", ("001", "x"u8.ToArray()), ("100", coded), ("101", Encoding.ASCII.GetBytes($"0 \u001Fa{language}")), ("245", [.. "00\u001Fa"u8, .. text]));
        return Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw, MarcFormat.Unimarc)));
    }
}

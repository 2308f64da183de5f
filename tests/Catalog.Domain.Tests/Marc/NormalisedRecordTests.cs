using Library.Catalog.Domain.Marc;
using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Tests.Marc;

public sealed class NormalisedRecordTests
{
    [Fact]
    public async Task Marc_21_gives_its_brief_data()
    {
        var brief = await Marc21(
            "001 sl-1 ",
            "008 240101s1998    xv            000 1 slv d",
            "020   $a961-00-0032-8 (vez.)",
            "020   $a9788671310321$qbroširano",
            "100 1 $aKovačič, Lojze,$d1928-2004.",
            "245 10$aPrišleki :$bpripoved.$nPrvi del,$pOtroštvo /$cLojze Kovačič.",
            "264  0$aTam$bDrugi$c1900",
            "264  1$aLjubljana :$bSlovenska matica,$c1984.",
            "650  7$aSlovenski roman$vLeposlovje$2ukslc",
            "650  7$aBasel$2ukslc",
            "700 1 $aKos, Janko.",
            "700 1 $aKovačič, Lojze,$d1928-2004.",
            "700 12$aCankar, Ivan.$tKurent.",
            "710 2 $aSlovenska matica.$bUredništvo.");

        Assert.Equal("sl-1", brief.ControlNumber);
        Assert.Equal("Prišleki : pripoved. Prvi del, Otroštvo", brief.Title);
        Assert.Equal(["Kovačič, Lojze", "Kos, Janko", "Slovenska matica. Uredništvo"], brief.Authors);
        Assert.Equal((1998, "slv", "Slovenska matica", Material.Book), (brief.Year, brief.Language, brief.Publisher, brief.Material));
        Assert.Equal(["9788671310321"], brief.Isbns);
        Assert.Equal(["Slovenski roman -- Leposlovje", "Basel"], brief.Subjects);
    }

    [Fact]
    public async Task Unimarc_gives_its_brief_data()
    {
        var brief = await Unimarc(
            "001 fr-1",
            "010   $a2-07-054127-4$bbr.",
            "100   $a19991110d1999    m  y0frey50      ba",
            "101 1 $afre$ceng",
            "200 1 $a\u0098L'\u009Cécole des sorciers$eroman$fJ. K. Rowling$hTome 1$iHarry",
            "210   $aParis$cGallimard$d1998",
            "606   $3123$aMarché du travail$yFrance$z2000-....",
            "700  1$aRowling$bJ. K.$4070",
            "701  1$aMazzucato$b, Mariana",
            "710 02$aGallimard$bJeunesse",
            "702  1$aMénard$bJean-François$4730");

        Assert.Equal("L'école des sorciers : roman. Tome 1. Harry", brief.Title);
        Assert.Equal(["Rowling, J. K.", "Gallimard Jeunesse", "Mazzucato, Mariana"], brief.Authors);
        Assert.Equal((1999, "fre", "Gallimard", Material.Book), (brief.Year, brief.Language, brief.Publisher, brief.Material));
        Assert.Equal(["9782070541270"], brief.Isbns);
        Assert.Equal(["Marché du travail -- France -- 2000-...."], brief.Subjects);
    }

    [Fact]
    public async Task Comarc_has_coded_data_in_subfields_and_its_leader_in_001()
    {
        var raw = Iso.Record("00000nam  2200000   450 ", "001   $an$ba$cm$d0$7ba", "100   $bd$c1984$hslv", "101 0 $aslv", "200 1 $aPrišleki$fLojze Kovačič", "700  1$aKovačič$bLojze");
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw, MarcFormat.Unimarc)));
        Assert.Equal((null, MarcFlaws.None, "ba"), (record.ControlNumber, record.Flaws, record.Data("001").Single().First('7')));
        var brief = NormalisedRecord.From(record);
        Assert.Equal((1984, "slv", "Prišleki", "Kovačič, Lojze"), (brief.Year, brief.Language, brief.Title, brief.Authors.Single()));
    }

    [Theory]
    [InlineData("008 240101nuuuuuuuu", "260   $cc1987-", 1987)]
    [InlineData("008 240101s1999", "260   $c1987", 1999)]
    [InlineData("008 240101s9999", "260   $c[Ljubljana, 2004?]", 2004)]
    [InlineData("008 x", "260   $c12345", null)]
    [InlineData("008 x", "260   $a1999", null)]
    public async Task The_year_comes_from_coded_data_or_else_from_the_statement(string coded, string statement, int? year) =>
        Assert.Equal(year, (await Marc21("001 x", coded, statement)).Year);

    [Theory]
    [InlineData("nam", "", Material.Book)]
    [InlineData("nas", "", Material.SerialIssue)]
    [InlineData("nab", "", Material.SerialIssue)]
    [InlineData("nam", "008 240101s1999    xv      o     000 1 slv d", Material.EBook)]
    [InlineData("nim", "", Material.Audiobook)]
    [InlineData("nim", "008 240101s1999    xv      o     000 1 slv d", Material.EAudiobook)]
    [InlineData("njm", "", Material.AudioVisual)]
    [InlineData("ngm", "", Material.AudioVisual)]
    [InlineData("nom", "", Material.MediaKit)]
    [InlineData("nrm", "008 240101s1999    xv                g slv d", Material.Game)]
    [InlineData("nrm", "", Material.Other)]
    [InlineData("nem", "", Material.Other)]
    public async Task The_material_is_guessed_from_leader_and_008(string kind, string coded, Material material)
    {
        var raw = Iso.Record($"00000{kind} a2200000 i 4500", coded.Length > 0 ? ["001 x", coded] : ["001 x"]);
        Assert.Equal(material, NormalisedRecord.From(Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw)))).Material);
    }

    [Fact]
    public async Task An_empty_record_has_empty_brief_data()
    {
        var brief = await Marc21("900   $ax");
        Assert.Equal((null, null, null, null), (brief.ControlNumber, brief.Title, brief.Year, brief.Language));
        Assert.Empty(brief.Authors);
    }

    [Fact]
    public async Task Text_is_bounded_and_fit_to_be_stored()
    {
        var brief = await Marc21("001 x", $"245 00$aA\0b\u0007 {new string('č', 4_900)}");
        Assert.InRange(brief.Title!.Length, 1_900, NormalisedRecord.MaxTextLength);
        Assert.StartsWith("Ab č", brief.Title, StringComparison.Ordinal);
        var many = await Marc21(["001 x", .. Enumerable.Range(0, 500).Select(i => FormattableString.Invariant($"650  0$aSubject {i}"))]);
        Assert.Equal(NormalisedRecord.MaxValues, many.Subjects.Count);
    }

    private static async Task<NormalisedRecord> Marc21(params string[] fields) =>
        NormalisedRecord.From(Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Record("00000nam a2200000 i 4500", fields)))));

    private static async Task<NormalisedRecord> Unimarc(params string[] fields) =>
        NormalisedRecord.From(Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Record("00000nam  2200000   450 ", fields), MarcFormat.Unimarc))));
}

using System.Text;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>Character codings: what each set says and how a record switches between them. Bytes are written as Latin-1, the escape as a circumflex.</summary>
public sealed class CharacterSetTests
{
    private const string Marc8Leader = "00000nam  2200000 i 4500";
    private const string UnimarcLeader = "00000nam  2200000   450 ";

    [Theory]
    [InlineData("\u00E9Capek, \u00A1\u00E2od\u00E2z", "Čapek, Łódź")]
    [InlineData("^(NmIR^(B = Mir", "Мир = Mir")]
    [InlineData("^,NmIR^,B", "Мир")]
    [InlineData("^)N\u00ED\u00C9\u00D2 = Mir^)!E, \u00A1", "Мир = Mir, Ł")]
    [InlineData("^-N\u00ED\u00C9\u00D2^-E\u00A1", "МирŁ")]
    [InlineData("^(N^)Qj\u00E9 N\u00C9\u00D1", "ЙЉ нљѳ")]
    [InlineData("^(S\"aAde #l^(B", "άΑγδ ϊ")]
    [InlineData("^ga^s-^gbc^s rays", "α-βγ rays")]
    [InlineData("H^b2^sO, x^p-10^s", "H₂O, x⁻¹⁰")]
    [InlineData("^(2zl^(B", "\u05EA\u05DC")]
    [InlineData("^(2Aykmem^(B", "\u05E9\u05B8\u05DB\u05DD\u05D5\u05DD")]
    [InlineData("^(3GdcJQ,^)4\u00AF\u00D1^(B", "\u0627\u0644\u0643\u062A\u0631\u060C\u0684\u06A2")]
    [InlineData("^$1!0!!0&^(B [1]", "一上 [1]")]
    [InlineData("^$,1!0!^(B", "一")]
    [InlineData("^$)1\u00A1\u00B0\u00A1 = one", "一 = one")]
    [InlineData("^$1!0! !0!!# ^(B.", "一 一\u3000.")]
    [InlineData("\u0088The \u0089end", "\u0098The \u009Cend")]
    [InlineData("\u00F2\u00E3a \u00E3\u00F2a", "ậ ậ")]
    [InlineData("\u00EBt\u00ECsar, \u00FAn\u00FBg", "t\u0361sar, n\u0360g")]
    [InlineData("\u00ECt, t\u00EB", "t\uFE21, t\u0361")]
    public async Task Marc_8_is_read_with_all_its_sets(string bytes, string text) => Assert.Equal(text, (await Text(bytes)).Text);

    [Theory]
    [InlineData("&#x1E0B;a &#x20AC;", "ḋa €")]
    [InlineData("&#x020000;", "\U00020000")]
    [InlineData("c&#x030C;^(N&#x010D;^s", "č&#Ь010д;")]
    [InlineData("&#x0041; &#x001F; &#xD800; &#xZZZZ; &#x1; &#x10FFFFF; &#x010D", "&#x0041; &#x001F; &#xD800; &#xZZZZ; &#x1; &#x10FFFFF; &#x010D")]
    public async Task A_character_that_marc_8_lacks_stands_as_its_number(string bytes, string text) =>
        Assert.Equal((text + "ł", MarcFlaws.None), await Text(bytes + "\u00B1"));

    [Fact]
    public async Task A_set_ends_with_its_subfield()
    {
        var record = await Record("^(NmIR\u001FbMir \u00A1\u001Fc^(NmIR");
        Assert.Equal(["Мир", "Mir Ł", "Мир"], record.Data("245").Single().Subfields.Select(s => s.Value));
        Assert.Equal(MarcFlaws.None, record.Flaws);
    }

    [Theory]
    [InlineData("Soci^t\u00E2e", "Soci\uFFFDté")]
    [InlineData("end^", "end\uFFFD")]
    [InlineData("end^(", "end\uFFFD(")]
    [InlineData("end^$", "end\uFFFD$")]
    [InlineData("^$)^(!", "\uFFFD$)\uFFFD(!")]
    [InlineData("^(X ^$B ^*N", "\uFFFD(X \uFFFD$B \uFFFD*N")]
    [InlineData("^(N^(XmIR", "\uFFFD(ьМир")]
    public async Task A_switch_that_is_none_is_noted_and_the_text_goes_on(string bytes, string text)
    {
        Assert.Equal((text, MarcFlaws.Escape), await Text(bytes));
    }

    [Theory]
    [InlineData("^$1!0", "\uFFFD")]
    [InlineData("^$1!0 !0!", "\uFFFD 一")]
    [InlineData("^$1!!!!0!^(B.", "\uFFFD一.")]
    [InlineData("^$1!0\u00A1!0!", "\uFFFDŁ一")]
    [InlineData("\u00A1\u00FF\u00C9^s", "Ł\uFFFD\uFFFD")]
    public async Task What_has_no_meaning_in_its_set_is_replaced_and_noted(string bytes, string text) => Assert.Equal((text, MarcFlaws.Characters), await Text(bytes));

    [Theory]
    [InlineData("0103", "\u00CFCapek, \u00E8\u00C2od\u00C2z", "Čapek, Łódź")]
    [InlineData("", "\u00CFCapek, \u00E8\u00C2od\u00C2z", "Čapek, Łódź")]
    [InlineData("0102", "\u00ED\u00C9\u00D2 = Mir", "Мир = Mir")]
    [InlineData("0104", "\u00C9\u00D1", "љѳ")]
    [InlineData("0105", "\u00A2\u00E1 a", "ά a")]
    [InlineData("010304  ", "\u00A1^}\u00C9^~\u00A1", "¡љ¡")]
    [InlineData("01030204", "a^nmIR\u000Fb^omIR\u000F^|\u00C9^~\u00CFc\u000Eb\u000F", "aМирbЎљѵљčĐ")]
    [InlineData("0103    ", "^)NmIR\u00ED\u00C9\u00D2^)P\u00CFC^*Q^}\u00C9", "mIRМирČљ")]
    [InlineData("0103", "^HThe ^Iend, \u0088The \u0089end", "\u0098The \u009Cend, \u0098The \u009Cend")]
    [InlineData("0103", "\u00DDt\u00DEs, \u00DDn\u00DFg", "t\u0361s, n\u0360g")]
    [InlineData("0107", "\u00C9 a", "\uFFFD a")]
    public async Task Unimarc_is_read_in_the_sets_that_it_announces(string sets, string bytes, string text)
    {
        var flaws = text.Contains('\uFFFD', StringComparison.Ordinal) ? MarcFlaws.Characters : MarcFlaws.None;
        Assert.Equal((text, flaws), await Text(bytes, sets));
    }

    private static async Task<(string Text, MarcFlaws Flaws)> Text(string bytes, string? sets = null)
    {
        var record = await Record(bytes, sets);
        return (record.Data("245").Single().First('a')!, record.Flaws);
    }

    private static async Task<MarcRecord> Record(string bytes, string? sets = null)
    {
        var coded = sets is { Length: > 0 } ? Encoding.ASCII.GetBytes($"  \u001Fa20240101d2024    m  y0slvy{sets}ba") : "  "u8.ToArray();
        var raw = Iso.Record(
            sets is null ? Marc8Leader : UnimarcLeader,
            ("001", "x"u8.ToArray()), ("100", coded), ("245", [.. "00\u001Fa"u8, .. Encoding.Latin1.GetBytes(bytes.Replace('^', '\u001B'))]));
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw, sets is null ? MarcFormat.Marc21 : MarcFormat.Unimarc)));
        Assert.Equal(raw, record.Raw.ToArray());
        return record;
    }
}

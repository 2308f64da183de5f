using System.Text;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

public sealed class MarcReaderTests
{
    [Fact]
    public async Task A_record_is_taken_apart_and_kept_byte_for_byte()
    {
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Krst)));
        Assert.Equal((1, 0L, MarcFlaws.None, MarcEncoding.Utf8), (record.Position, record.ByteOffset, record.Flaws, record.Encoding));
        Assert.Equal(Iso.Krst, record.Raw.ToArray());
        Assert.Equal("sl-1", record.ControlNumber);
        Assert.Equal(["001", "008", "100", "245"], record.Fields.Select(f => f.Tag));
        var title = Assert.Single(record.Data("245"));
        Assert.Equal(('1', '0'), (title.Indicator1, title.Indicator2));
        Assert.Equal([new Subfield('a', "Krst pri Savici /"), new Subfield('c', "France Prešeren.")], title.Subfields);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Records_are_numbered_and_found_again_however_the_bytes_come(int chunk)
    {
        byte[] file = [0xEF, 0xBB, 0xBF, .. Iso.Krst, .. "\r\n"u8, .. Iso.Deseti, .. "\n\0"u8];
        var found = await Iso.Read(file, chunk: chunk);
        Assert.Equal([$"1@3 sl-1 None", $"2@{3 + Iso.Krst.Length + 2} sl-2 None"], found.Select(Iso.Show));
        Assert.All(found.Cast<MarcRecord>(), r => Assert.Equal(r.Raw.ToArray(), file[(int)r.ByteOffset..((int)r.ByteOffset + r.Raw.Length)]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    public async Task A_file_without_content_has_no_records(string text) => Assert.Empty(await Iso.Read(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public async Task A_truncated_file_gives_a_reject_for_its_tail()
    {
        byte[] file = [.. Iso.Krst, .. Iso.Deseti[..^5]];
        Assert.Equal(["1@0 sl-1 None", $"2@{Iso.Krst.Length} sl-2 Truncated"], (await Iso.Read(file)).Select(Iso.Show));
    }

    [Fact]
    public async Task Every_truncation_of_a_file_is_told_and_nothing_is_lost()
    {
        byte[] file = [.. Iso.Krst, .. Iso.Deseti];
        for (var length = 1; length < file.Length; length++)
        {
            var found = await Iso.Read(file[..length]);
            Assert.Equal(length < Iso.Krst.Length ? 0 : 1, found.OfType<MarcRecord>().Count());
            Assert.Equal(length == Iso.Krst.Length ? 0 : 1, found.OfType<MarcReject>().Count());
        }
    }

    [Fact]
    public async Task After_a_bad_record_reading_goes_on_at_the_next()
    {
        byte[] file = [.. "not a record"u8, 0x1D, .. Iso.Krst];
        Assert.Equal(["1@0  LeaderInvalid", "2@13 sl-1 None"], (await Iso.Read(file)).Select(Iso.Show));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(7)]
    public async Task A_run_of_terminators_is_one_reject(int chunk)
    {
        byte[] file = [.. Iso.Krst, .. Enumerable.Repeat((byte)0x1D, 100_000), .. "\n"u8, .. Iso.Deseti, 0x1D];
        Assert.Equal(
            ["1@0 sl-1 None", $"2@{Iso.Krst.Length}  LeaderInvalid", $"3@{Iso.Krst.Length + 100_001} sl-2 None", $"4@{file.Length - 1}  LeaderInvalid"],
            (await Iso.Read(file, chunk: chunk)).Select(Iso.Show));
    }

    [Fact]
    public async Task A_text_file_is_one_reject() => Assert.Equal(["1@0  LeaderInvalid"], (await Iso.Read("Dear library,\nplease"u8.ToArray())).Select(Iso.Show));

    [Fact]
    public async Task A_record_that_never_ends_is_skipped_in_constant_memory()
    {
        var huge = Encoding.ASCII.GetBytes(new string('x', 1_000_000));
        byte[] file = [.. Iso.Krst, .. huge, 0x1D, .. Iso.Deseti];
        Assert.Equal(
            ["1@0 sl-1 None", $"2@{Iso.Krst.Length}  TooLong", $"3@{Iso.Krst.Length + 1_000_001} sl-2 None"],
            (await Iso.Read(file, chunk: 4_096)).Select(Iso.Show));
    }

    [Fact]
    public async Task The_longest_record_is_taken_and_one_byte_more_is_not()
    {
        byte[] Long(int length) => Iso.Record("00000nam a2200000 i 4500", [.. Enumerable.Range(0, 10).Select(_ => ("500", Note(9_000))), ("500", Note(length))]);
        static byte[] Note(int length) => [.. "  \u001Fa"u8, .. Encoding.ASCII.GetBytes(new string('n', length - 4))];
        var rest = 99_999 - Long(9_000).Length + 9_000;
        Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Long(rest))));
        Assert.Equal("1@0  TooLong", Iso.Show(Assert.Single(await Iso.Read(Long(rest + 1)))));
    }

    [Fact]
    public async Task Wrong_lengths_are_mended_where_the_terminators_leave_no_doubt()
    {
        Assert.Equal("1@0 sl-1 Length", await Edited(0, "00099"));
        Assert.Equal("1@0 sl-1 BaseAddress", await Edited(12, "00001"));
        Assert.Equal("1@0 sl-1 Directory", await Edited(24 + 12 + 3, "0099"));
        Assert.Equal("1@0 sl-1 Leader", await Edited(20, "\u0002000"));
        Assert.Equal("1@0 sl-1 Tag", await Edited(24 + 36, "2~5"));

        static async Task<string> Edited(int at, string text)
        {
            var raw = (byte[])Iso.Krst.Clone();
            Encoding.Latin1.GetBytes(text, raw.AsSpan(at));
            var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw)));
            Assert.Equal("Krst pri Savici /", record.Fields.OfType<DataField>().Last().First('a'));
            return Iso.Show(record);
        }
    }

    [Fact]
    public async Task A_directory_that_cannot_be_mended_is_rejected()
    {
        var raw = (byte[])Iso.Krst.Clone();
        raw[Array.IndexOf(raw, (byte)0x1E, 24 + 48 + 1)] = (byte)' '; // the first field runs into the second
        Assert.Equal("1@0  DirectoryInvalid", Iso.Show(Assert.Single(await Iso.Read(raw))));
        var odd = Encoding.ASCII.GetBytes("00040nam a2200000 i 450000100\u001Eabc\u001E\u001D");
        Assert.Equal("1@0  DirectoryInvalid", Iso.Show(Assert.Single(await Iso.Read(odd))));
        var none = Encoding.ASCII.GetBytes("00026nam a2200025 i 4500\u001E\u001D");
        Assert.Equal("1@0  Empty", Iso.Show(Assert.Single(await Iso.Read(none))));
    }

    [Fact]
    public async Task A_terminator_within_the_text_does_not_tear_a_record_apart()
    {
        var raw = Iso.Record("00000nam a2200000 i 4500", "001 sl-3", "245 00$aOne\u001Dtwo");
        Assert.Equal(["1@0 sl-3 None", $"2@{raw.Length} sl-1 None"], (await Iso.Read([.. raw, .. Iso.Krst])).Select(Iso.Show));
    }

    [Fact]
    public async Task Odd_indicators_and_subfields_are_noted()
    {
        Assert.Equal(MarcFlaws.Indicators, (await One("245 1$aTitle")).Flaws);
        Assert.Equal(MarcFlaws.Indicators | MarcFlaws.Subfields, (await One("245 10text$aTitle")).Flaws);
        Assert.Equal(MarcFlaws.Subfields, (await One("245 10$aTitle$")).Flaws);

        static async Task<MarcRecord> One(string field) =>
            Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Record("00000nam a2200000 i 4500", "001 x", field))));
    }

    [Fact]
    public async Task Old_latin_codings_are_read_and_accents_follow_their_letters()
    {
        // C with caron: ANSEL E9 43, ISO 5426 CF 43
        Assert.Equal(("Čapek, Łódź", MarcEncoding.Marc8), await Name("00000nam  2200000 i 4500", [0xE9, 0x43, .. "apek, "u8, 0xA1, 0xE2, 0x6F, .. "d"u8, 0xE2, 0x7A], MarcFormat.Marc21));
        Assert.Equal(("Čapek", MarcEncoding.Iso5426), await Name("00000nam  2200000 i 450 ", [0xCF, 0x43, .. "apek"u8], MarcFormat.Unimarc));
        Assert.Equal(("Čapek", MarcEncoding.Utf8), await Name("00000nam  2200000 i 450 ", "Čapek"u8.ToArray(), MarcFormat.Unimarc));
        Assert.Equal(("Čapek", MarcEncoding.Utf8), await Name("00000nam a2200000 i 4500", "C\u030Capek"u8.ToArray(), MarcFormat.Marc21));

        static async Task<(string?, MarcEncoding)> Name(string leader, byte[] name, MarcFormat format)
        {
            var raw = Iso.Record(leader, ("001", "x"u8.ToArray()), ("700", [.. " 1\u001Fa"u8, .. name]));
            var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(raw, format)));
            Assert.Equal(MarcFlaws.None, record.Flaws);
            return (record.Data("700").Single().First('a'), record.Encoding);
        }
    }

    [Fact]
    public async Task What_cannot_be_decoded_is_replaced_and_noted_and_kept_in_the_raw_record()
    {
        var broken = Iso.Record("00000nam a2200000 i 4500", ("001", "x"u8.ToArray()), ("245", [.. "00\u001Fa"u8, 0xC4, .. "apek"u8]));
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(broken)));
        Assert.Equal((MarcFlaws.Characters, "\uFFFDapek"), (record.Flaws, record.Data("245").Single().First('a')));
        Assert.Equal(broken, record.Raw.ToArray());
    }

    [Fact]
    public async Task Utf8_behind_a_leader_that_denies_it_is_read_as_what_it_is()
    {
        var record = Assert.IsType<MarcRecord>(Assert.Single(await Iso.Read(Iso.Record("00000nam  2200000 i 4500", "001 x", "245 00$aČrtomir"))));
        Assert.Equal((MarcFlaws.Coding, "Črtomir"), (record.Flaws, record.Data("245").Single().First('a')));
    }
}

using System.Text.RegularExpressions;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>What the readers make of real catalogues and of collections of damaged files.</summary>
public sealed class RealFilesTests
{
    [Theory]
    [InlineData("marc21-bibs.mrc", 6_128)]
    [InlineData("toulouse-brief-marc21.mrc", 8_392)]
    [InlineData("unimarc/bnf_ean_any_123.xml", 1)]
    [InlineData("unimarc/bnf_ean_any_9782070541270.xml", 1)]
    [InlineData("unimarc/bnf_ean_any_9782072862014.xml", 1)]
    [InlineData("unimarc/bnf_recordid_all_FRBNF370903960000006.xml", 1)]
    [InlineData("unimarc/gbergamin-data.mrc", 5)]
    [InlineData("unimarc/gbergamin-unimarctest.xml", 5)]
    [InlineData("unimarc/serial.bnr.1993.mrc", 11)]
    [InlineData("unimarc/short.bnr.1993.mrc", 10)]
    [InlineData("unimarc/short.firenze.1977.mrc", 10)]
    [InlineData("unimarc/testunimarc.dat", 1)]
    [InlineData("unimarc/toulouse-brief-unimarc.mrc", 8_392)]
    public async Task Every_record_of_a_real_catalogue_is_accepted_and_kept_byte_for_byte(string file, int count)
    {
        var bytes = await RealFiles.Bytes(file);
        var found = await RealFiles.Read(file, bytes);
        Assert.Equal(count, found.Count);
        Assert.All(found, reading => Assert.IsType<MarcRecord>(reading));
        Coverage.Check(bytes, found, RealFiles.IsXml(file));
        Assert.All(found.Cast<MarcRecord>(), record => Assert.DoesNotContain("CHARACTERS", record.Flaws.Codes()));
    }

    [Fact]
    public async Task What_a_search_server_could_not_deliver_is_the_only_reject()
    {
        var bytes = await RealFiles.Bytes("unimarc/bnf_anywhere_all_peter.xml");
        var found = await Iso.ReadXml(bytes, MarcFormat.Unimarc);
        Coverage.Check(bytes, found, isXml: true);
        var reject = Assert.Single(found.OfType<MarcReject>()); // a diagnostic in place of a record
        Assert.Equal((46, MarcRejectReason.Empty, 50), (reject.Position, reject.Reason, found.Count));
    }

    [Fact]
    public async Task The_short_form_of_xml_says_the_same_as_iso_2709()
    {
        var iso = (await Iso.Read(await RealFiles.Bytes("unimarc/gbergamin-data.mrc"), MarcFormat.Unimarc)).Cast<MarcRecord>();
        var xml = (await Iso.ReadXml(await RealFiles.Bytes("unimarc/gbergamin-unimarctest.xml"), MarcFormat.Unimarc)).Cast<MarcRecord>();
        Assert.Equal(iso.Select(Shown), xml.Select(Shown));

        // whoever made the XML squeezed spaces and broke lines
        static string Shown(MarcRecord record) => Regex.Replace(string.Join('\n', MarcXmlReaderTests.Fields(record)), "\\s+", " ");
    }

    [Fact]
    public async Task The_two_formats_of_one_catalogue_tell_the_same()
    {
        var marc21 = await Briefs("toulouse-brief-marc21.mrc");
        var unimarc = await Briefs("unimarc/toulouse-brief-unimarc.mrc");
        Assert.Equal(marc21.Select(b => b.ControlNumber), unimarc.Select(b => b.ControlNumber));
        Assert.Equal(marc21.Select(b => b.Material), unimarc.Select(b => b.Material));
        Assert.Equal(marc21.Select(b => b.Year), unimarc.Select(b => b.Year));
        Assert.All(marc21.Concat(unimarc), b => Assert.NotNull(b.Title));
    }

    [Fact]
    public async Task A_record_written_as_xml_says_the_same_when_it_is_read_again()
    {
        foreach (var record in (await Iso.Read(await RealFiles.Bytes("marc21-bibs.mrc"))).Cast<MarcRecord>().Where(r => r.Flaws == MarcFlaws.None).Take(1_000))
        {
            var again = Assert.IsType<MarcRecord>(Assert.Single(await Iso.ReadXml(MarcWriter.ToXml(record))));
            Assert.Equal(MarcXmlReaderTests.Fields(record), MarcXmlReaderTests.Fields(again));
        }
    }

    [Fact]
    public async Task Every_piece_of_a_damaged_file_is_accepted_or_rejected_with_a_reason()
    {
        var perl = (await File.ReadAllLinesAsync(Path.Combine(RealFiles.Folder(), "nasty/PERL-READ.txt"), TestContext.Current.CancellationToken))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(words => $"nasty/{words[^1]}", words => words[0]);
        foreach (var file in RealFiles.In("nasty"))
        {
            var bytes = await RealFiles.Bytes(file);
            var found = await RealFiles.Read(file, bytes);
            Coverage.Check(bytes, found, RealFiles.IsXml(file));
            Assert.All(found.OfType<MarcReject>(), reject => Assert.NotEqual("", reject.Text));
            if (!RealFiles.IsXml(file))
            {
                // a piece ends on a terminator, but for the last; a terminator within one is text
                var within = found.Sum(reading => bytes.AsSpan((int)reading.ByteOffset, (int)reading.ByteLength - 1).Count((byte)0x1D));
                var tail = found[^1].ByteOffset + found[^1].ByteLength == bytes.Length && bytes[^1] != 0x1D ? 1 : 0;
                Assert.Equal(bytes.AsSpan().Count((byte)0x1D) - within + tail, found.Count);
            }

            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{found.OfType<MarcRecord>().Count(),4} accepted, {found.OfType<MarcReject>().Count(),3} rejected, Perl's MARC::Record reads {perl.GetValueOrDefault(file, "-"),3}: {file}");
        }
    }

    [Fact]
    public async Task No_file_makes_the_wrong_reader_throw_or_stay()
    {
        foreach (var file in RealFiles.In("nasty").Concat(RealFiles.In("unimarc")))
        {
            var bytes = await RealFiles.Bytes(file);
            foreach (var format in Enum.GetValues<MarcFormat>())
            {
                foreach (var isXml in new[] { false, true })
                {
                    var found = isXml ? await Iso.ReadXml(bytes, format) : await Iso.Read(bytes, format);
                    Coverage.Check(bytes, found, isXml);
                    Assert.All(found.OfType<MarcRecord>(), record => Assert.NotNull(NormalisedRecord.From(record)));
                }
            }
        }
    }

    private static async Task<List<NormalisedRecord>> Briefs(string file) =>
        [.. (await RealFiles.Read(file, await RealFiles.Bytes(file))).Cast<MarcRecord>().Select(NormalisedRecord.From)];
}

using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>
/// Real catalogues and collections of damaged files. They may not be shipped: beside the repository in ../shared/data, or the tests are skipped.
/// </summary>
public sealed class RealFilesTests
{
    [Theory]
    [InlineData("marc21-bibs.mrc", MarcFormat.Marc21, 6_128)]
    [InlineData("toulouse-brief-marc21.mrc", MarcFormat.Marc21, 8_392)]
    [InlineData("unimarc/toulouse-brief-unimarc.mrc", MarcFormat.Unimarc, 8_392)]
    public async Task Every_record_of_a_real_catalogue_is_accepted_and_kept_byte_for_byte(string file, MarcFormat format, int count)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Folder(), file), TestContext.Current.CancellationToken);
        var found = await Iso.Read(bytes, format, chunk: 10_000);
        Assert.Equal(count, found.Count);
        Assert.Equal(bytes, found.SelectMany(reading => Assert.IsType<MarcRecord>(reading).Raw.ToArray()).ToArray());
    }

    [Fact]
    public async Task The_two_formats_of_one_catalogue_tell_the_same()
    {
        var marc21 = await Briefs("toulouse-brief-marc21.mrc", MarcFormat.Marc21);
        var unimarc = await Briefs("unimarc/toulouse-brief-unimarc.mrc", MarcFormat.Unimarc);
        Assert.Equal(marc21.Select(b => b.ControlNumber), unimarc.Select(b => b.ControlNumber));
        Assert.Equal(marc21.Select(b => b.Material), unimarc.Select(b => b.Material));
        Assert.Equal(marc21.Select(b => b.Year), unimarc.Select(b => b.Year));
        Assert.All(marc21.Concat(unimarc), b => Assert.NotNull(b.Title));
    }

    [Fact]
    public async Task A_record_written_as_xml_says_the_same_when_it_is_read_again()
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(Folder(), "marc21-bibs.mrc"), TestContext.Current.CancellationToken);
        foreach (var record in (await Iso.Read(bytes)).Cast<MarcRecord>().Where(r => r.Flaws == MarcFlaws.None).Take(1_000))
        {
            var again = Assert.IsType<MarcRecord>(Assert.Single(await Iso.ReadXml(MarcWriter.ToXml(record))));
            Assert.Equal(MarcXmlReaderTests.Fields(record), MarcXmlReaderTests.Fields(again));
        }
    }

    [Fact]
    public async Task No_damaged_file_makes_a_reader_throw_or_stay()
    {
        var files = Directory.GetFiles(Path.Combine(Folder(), "nasty")).Concat(Directory.GetFiles(Path.Combine(Folder(), "unimarc"))).Order().ToArray();
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            foreach (var format in Enum.GetValues<MarcFormat>())
            {
                foreach (var found in new[] { await Iso.Read(bytes, format), await Iso.ReadXml(bytes, format) })
                {
                    Assert.Equal(Enumerable.Range(1, found.Count), found.Select(reading => reading.Position));
                    Assert.All(found.OfType<MarcRecord>(), record => Assert.NotNull(NormalisedRecord.From(record)));
                }
            }
        }
    }

    private static async Task<List<NormalisedRecord>> Briefs(string file, MarcFormat format) =>
        [.. (await Iso.Read(await File.ReadAllBytesAsync(Path.Combine(Folder(), file), TestContext.Current.CancellationToken), format)).Cast<MarcRecord>().Select(NormalisedRecord.From)];

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            {
                var data = Path.Combine(folder.FullName, "..", "shared", "data", "marc");
                Assert.SkipUnless(Directory.Exists(data), "the real catalogues (../shared/data/marc beside the repository) are not here");
                return data;
            }
        }

        Assert.Skip("the repository's root was not found above the test program");
        return "";
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Xml;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>
/// Damaged copies of real files through both readers and both formats. <c>./library test fuzz --cases N --seed N</c> is the long form; a case depends
/// on nothing but the seed and its number.
/// </summary>
public sealed class FuzzTests
{
    private const int Cases = 2_000;
    private const int Seed = 20_240_314;

    // what reading may allocate: the window over the file, and so much for each byte of it: pieces of two bytes are rejects too
    private const long BytesForWindow = 4 * 1_048_576;
    private const int BytesForEachByte = 400;
    private static readonly TimeSpan CaseLimit = TimeSpan.FromMinutes(1);

    private sealed record Source(string Name, byte[] Bytes);

    [Fact]
    public async Task Damaged_files_are_read_to_their_end_and_every_byte_is_accounted_for()
    {
        var cases = Setting("LIBRARY_FUZZ_CASES", Cases);
        var seed = Setting("LIBRARY_FUZZ_SEED", Seed);
        var sources = await Sources();
        var (accepted, rejected, bytes, clock) = (0L, 0L, 0L, Stopwatch.StartNew());
        await Check(Iso.Krst, new Random(seed)); // what is loaded once is no case's memory
        for (var number = 1; number <= cases; number++)
        {
            var random = new Random(unchecked((seed * 1_000_003) + number));
            var (source, other) = (sources[random.Next(sources.Count)], sources[random.Next(sources.Count)]);
            var file = Mutation.Of(Slice(source.Bytes, random), Slice(other.Bytes, random), random);
            try
            {
                // on a thread of its own, so that one that never ends fails too
                var (a, r) = await Task.Run(() => Check(file, random)).WaitAsync(CaseLimit, TestContext.Current.CancellationToken);
                (accepted, rejected, bytes) = (accepted + a, rejected + r, bytes + file.Length);
            }
            catch (Exception wrong) when (wrong is not OperationCanceledException)
            {
                Assert.Fail($"seed {seed}, case {number}, {source.Name} with {other.Name}, {file.Length} bytes: {wrong}");
            }
        }

        Report($"{cases} damaged files ({bytes / 1_000_000} MB), each four times, in {clock.Elapsed.TotalSeconds:F0} s with seed {seed}: {accepted} records accepted, {rejected} pieces rejected, nothing thrown, nothing lost");
        Assert.True(accepted > cases && rejected > cases);
    }

    private static async Task<(long Accepted, long Rejected)> Check(byte[] file, Random random)
    {
        var (accepted, rejected) = (0L, 0L);
        foreach (var format in Enum.GetValues<MarcFormat>())
        {
            foreach (var isXml in new[] { false, true })
            {
                using var stream = new Iso.ChunkedStream(file, random.Next(1, 20_000), random);
                var found = new List<MarcReading>();
                var before = GC.GetAllocatedBytesForCurrentThread();
                await foreach (var reading in isXml ? MarcXmlReader.ReadAsync(stream, format) : MarcReader.ReadAsync(stream, format))
                {
                    found.Add(reading);
                }

                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated < BytesForWindow + ((long)BytesForEachByte * file.Length), $"{allocated} bytes allocated for {file.Length}");
                Coverage.Check(file, found, isXml);
                foreach (var record in found.OfType<MarcRecord>())
                {
                    await CheckUse(record);
                }

                accepted += found.OfType<MarcRecord>().Count();
                rejected += found.OfType<MarcReject>().Count();
            }
        }

        return (accepted, rejected);
    }

    // what is made of a record afterwards must not break on it either
    private static async Task CheckUse(MarcRecord record)
    {
        Assert.NotNull(NormalisedRecord.From(record));
        var xml = MarcWriter.ToXml(record);
        if (xml.Length < MarcXmlReader.MaxRecordBytes)
        {
            var again = Assert.IsType<MarcRecord>(Assert.Single(await Iso.ReadXml(xml)));
            Assert.Equal(Texts(record), Texts(again));
        }

        Assert.Equal(record.Flaws == MarcFlaws.None, record.Flaws.Codes().Count == 0);
        if (MarcWriter.ToIso2709(record) is { } iso)
        {
            Assert.Equal(iso.Length, int.Parse(Encoding.ASCII.GetString(iso, 0, 5), CultureInfo.InvariantCulture));
        }
    }

    // all that XML can hold of a record's texts
    private static IEnumerable<string> Texts(MarcRecord record) => record.Fields
        .SelectMany(field => field is DataField data ? data.Subfields.Select(subfield => subfield.Value) : [((ControlField)field).Value])
        .Select(text => string.Concat(text.EnumerateRunes().Where(rune => !rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value))).Normalize());

    // some records in a row, with the head that an XML file has
    private static byte[] Slice(byte[] file, Random random)
    {
        var length = random.Next(500, random.Next(10) == 0 ? 60_000 : 6_000);
        if (file.Length <= length)
        {
            return file;
        }

        var isXml = file[0] is (byte)'<' or 0xEF;
        var from = random.Next(file.Length - length);
        var start = from + Math.Max(0, isXml ? file.AsSpan(from).IndexOf("<record"u8) : file.AsSpan(from).IndexOf((byte)0x1D) + 1);
        return [.. file.AsSpan(0, isXml ? 200 : 0), .. file.AsSpan(start, Math.Min(length, file.Length - start))];
    }

    // those that are made here, so that there are some everywhere, and the real ones where they are
    private static async Task<List<Source>> Sources()
    {
        var krst = MarcWriter.ToXml((MarcRecord)(await Iso.Read(Iso.Krst))[0]);
        var marc8 = Iso.Record(
            "00000nam  2200000 i 4500", ("001", "8"u8.ToArray()), ("245", Encoding.Latin1.GetBytes("00\u001Fa\u001B(NmIR\u001B(B \u00E9C\u001Fb\u001B$1!0!!0&\u001B(B, H\u001Bb2\u001BsO &#x010D;")));
        List<Source> sources =
        [
            new("krst.mrc", [.. Iso.Krst, .. Iso.Deseti, .. "\r\n"u8, .. Iso.Krst]),
            new("marc8.mrc", [.. marc8, .. marc8]),
            new("krst.xml", [.. "<collection>"u8, .. krst, .. krst, .. "<!-- --><![CDATA[ ]]></collection>"u8]),
        ];
        if (RealFiles.FolderIfAny is not null)
        {
            foreach (var file in (string[])["marc21-bibs.mrc", "toulouse-brief-marc21.mrc", .. RealFiles.In("unimarc"), .. RealFiles.In("nasty")])
            {
                sources.Add(new(file, await RealFiles.Bytes(file)));
            }
        }

        return sources;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private static void Report(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        if (Environment.GetEnvironmentVariable("LIBRARY_FUZZ_REPORT") is { } path)
        {
            File.WriteAllText(path, text + Environment.NewLine);
        }
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Library.Catalog.Domain.Marc;

namespace Library.Catalog.Domain.Tests.Marc;

/// <summary>What another reader (yaz-marcdump of Debian's package yaz) makes of the same bytes, field by field. Skipped where it is not installed.</summary>
public sealed class OutsideJudgeTests
{
    private const string Indicators = "it takes malformed indicators for part of the first subfield";
    private const string LeavesOut = "it leaves out what has no meaning in its set, here U+FFFD stands for it";
    private const string Lies = "it believes the leader, here the bytes decide";

    // how many fields may differ in which file, and why; every other file must be the same to the letter
    private static readonly Dictionary<string, (int Fields, string Reason)> Differences = new(StringComparer.Ordinal)
    {
        ["marc21-bibs.mrc"] = (9, Indicators),
        ["nasty/evergreen__hebrew.marc"] = (1, "it leaves out a DEL, here controls stay"),
        ["nasty/marc4j__185258.mrc"] = (1, Indicators),
        ["nasty/marc4j__bad-characters-in-various-fields.mrc"] = (1, "it leaves out controls"),
        ["nasty/marc4j__chinese_mangled_multibyte.mrc"] = (15, LeavesOut),
        ["nasty/marc4j__greekmissingcharsetchange.mrc"] = (8, LeavesOut),
        ["nasty/marc4j__incomplete_esc_seq.mrc"] = (6, "it drops the rest of a field at the first code without meaning"),
        ["nasty/marc4j__pride-and-prejudice-with-many-errors.mrc"] = (128, LeavesOut),
        ["nasty/not_unimarc_errors_3.mrc"] = (3, "it reads a subfield code beyond ASCII as one letter, here it is one byte"),
        ["nasty/pymarc__1251.dat"] = (61, Lies),
        ["nasty/pymarc__bad_eacc_encoding.dat"] = (1, LeavesOut),
        ["nasty/pymarc__bad_indicator.dat"] = (1, Indicators),
        ["nasty/pymarc__bad_marc8_escape.dat"] = (8, "it drops the rest of a field at a bad switch"),
        ["nasty/pymarc__bad_records.mrc"] = (3, "it reads fields by the leader's wrong base address"),
        ["nasty/pymarc__bad_subfield_code.dat"] = (7, "it reads fields by the leader's wrong base address"),
        ["nasty/pymarc__utf8_without_leader_flag.dat"] = (3, Lies),
    };

    [Fact]
    public async Task Real_files_say_the_same_to_another_reader()
    {
        string[] files = ["marc21-bibs.mrc", "toulouse-brief-marc21.mrc", .. RealFiles.In("unimarc"), .. RealFiles.In("nasty")];
        var compared = 0;
        List<string> wrong = [];
        foreach (var file in files.Where(file => Path.GetExtension(file) is ".mrc" or ".dat" or ".marc" or ".usmarc"))
        {
            var (ours, theirs) = await Both(file);
            compared += ours.Sum(record => record.Count);
            var differences = ours.Count == theirs.Count
                ? ours.Zip(theirs).SelectMany(pair => Different(pair.First, pair.Second)).ToList()
                : [$"{ours.Count} records, it has {theirs.Count}"];
            if (differences.Count != Differences.GetValueOrDefault(file).Fields)
            {
                wrong.Add($"{file}: {differences.Count} differences, first {differences.FirstOrDefault()}");
            }
        }

        Assert.Empty(wrong);
        Assert.InRange(compared, 250_000, int.MaxValue);
    }

    [Fact]
    public async Task Every_code_of_every_set_of_marc_8_means_the_same_to_another_reader()
    {
        // a code a subfield, and a letter after it, so that a mark has one to stand on
        byte[][] codes = [.. Codes()];
        Assert.Equal(16_386, codes.Length);
        foreach (var records in codes.Chunk(900).Select(Record).Chunk(50))
        {
            byte[] file = [.. records.SelectMany(record => record)];
            var ours = (await Iso.Read(file)).Cast<MarcRecord>().Select(Normalised).ToList();
            var theirs = await Marcdump(file, "marc-8");
            Assert.Equal(ours.Count, theirs.Count);
            foreach (var (our, their) in ours.Zip(theirs).SelectMany(pair => pair.First.Zip(pair.Second)))
            {
                Assert.Equal(our, their);
            }
        }
    }

    // all codes that have a meaning; the second halves of double marks mean nothing by themselves, six East Asian codes are not in yaz' table
    private static IEnumerable<byte[]> Codes()
    {
        foreach (var (final, set) in new (string, GraphicSet)[]
        {
            ("(B", GraphicSet.Latin), ("(!E", GraphicSet.Ansel), ("(N", GraphicSet.Cyrillic), ("(Q", GraphicSet.ExtendedCyrillic), ("(S", GraphicSet.Greek),
            ("(2", GraphicSet.Hebrew), ("(3", GraphicSet.Arabic), ("(4", GraphicSet.ExtendedArabic), ("g", GraphicSet.GreekSymbols),
            ("b", GraphicSet.Subscripts), ("p", GraphicSet.Superscripts),
        })
        {
            for (var code = 0x21; code <= 0x7E; code++)
            {
                if (set[code] is not (GraphicSet.Unknown or '\uFE21' or '\uFE23'))
                {
                    yield return [0x1B, .. Encoding.ASCII.GetBytes(final), (byte)code, .. "\u001B(Bx"u8];
                }
            }
        }

        for (var code = 0; code < 94 * 94 * 94; code++)
        {
            var (first, second, third) = (0x21 + (code / 94 / 94), 0x21 + (code / 94 % 94), 0x21 + (code % 94));
            if (EastAsianCodes.Find(first, second, third) is not null && ((first << 16) | (second << 8) | third) is not (0x21203D or 0x212040 or >= 0x7F0000))
            {
                yield return [.. "\u001B$1"u8, (byte)first, (byte)second, (byte)third, .. "\u001B(Bx"u8];
            }
        }
    }

    private static byte[] Record(byte[][] codes) => Iso.Record(
        "00000nam  2200000 i 4500", [("001", "x"u8.ToArray()), .. codes.Chunk(60).Select(some => ("500", (byte[])[.. "  "u8, .. some.SelectMany(code => (byte[])[0x1F, (byte)'a', .. code])]))]);

    private static IEnumerable<string> Different(List<string> ours, List<string> theirs) => ours.Count == theirs.Count
        ? ours.Zip(theirs).Where(pair => pair.First != pair.Second).Select(pair => $"{pair.First} | {pair.Second}")
        : [$"{ours.Count} fields, it has {theirs.Count}"];

    private static List<string> Normalised(MarcRecord record) => [.. MarcXmlReaderTests.Fields(record).Select(field => field.Normalize())];

    private static async Task<(List<List<string>> Ours, List<List<string>> Theirs)> Both(string file)
    {
        var records = (await RealFiles.Read(file, await RealFiles.Bytes(file))).OfType<MarcRecord>().ToLookup(
            record => record.Format == MarcFormat.Unimarc || record.LeaderAt(9) == 'a' ? "utf-8" : "marc-8");
        List<List<string>> ours = [], theirs = [];
        foreach (var those in records)
        {
            ours.AddRange(those.Select(Normalised));
            theirs.AddRange(await Marcdump([.. those.SelectMany(record => record.Raw.ToArray())], those.Key));
        }

        return (ours, theirs);
    }

    private static async Task<List<List<string>>> Marcdump(byte[] records, string coding)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, records, TestContext.Current.CancellationToken);
            var start = new ProcessStartInfo("yaz-marcdump", ["-o", "marcxml", "-f", coding, "-t", "utf-8", path]) { RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            return Parse(await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        catch (Win32Exception)
        {
            Assert.Skip("yaz-marcdump is not installed (Debian: apt-get install yaz)");
            return [];
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<List<string>> Parse(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { CheckCharacters = false });
        var records = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!.Elements().Where(element => element.Name.LocalName == "record");
        return [.. records.Select(record => record.Elements().Where(element => element.Name.LocalName != "leader").Select(Field).ToList())];
    }

    private static string Field(XElement field)
    {
        var content = field.Name.LocalName == "controlfield"
            ? " " + field.Value
            : $" {Attribute(field, "ind1")}{Attribute(field, "ind2")}" + string.Concat(field.Elements().Select(subfield => $"${Attribute(subfield, "code")}{subfield.Value}"));
        return (Attribute(field, "tag") + content).Normalize();
    }

    private static string Attribute(XElement element, string name) => element.Attribute(name)?.Value ?? "";
}

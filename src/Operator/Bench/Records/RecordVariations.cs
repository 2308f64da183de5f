using System.Globalization;
using System.Text;
using Library.Catalog.Domain.Marc;
using Library.Operator.Demo;

namespace Library.Operator.Bench.Records;

/// <summary>
/// A catalogue of any size out of some thousand real records: the first of each are as they are, the others have other words in their titles,
/// other makers, subjects, years and numbers, taken from the rest, so that words are as common or as rare as in the real ones. The same size
/// and generation give the same bytes; another generation has the same numbers with other contents.
/// </summary>
internal sealed class RecordVariations
{
    private const int Seed = 2026;
    private readonly IReadOnlyList<MarcRecord> originals;
    private readonly int generation;
    private readonly string[] titleWords, surnames, forenames, subjects;

    private RecordVariations(IReadOnlyList<MarcRecord> originals, int generation)
    {
        (this.originals, this.generation) = (originals, generation);
        titleWords = [.. Values("245", 'a').SelectMany(title => title.Split(' ')).Where(word => word.Length > 2 && word.All(char.IsLetter))];
        string[] makers = [.. Values("100", 'a').Concat(Values("700", 'a')).Where(name => name.Contains(", ", StringComparison.Ordinal))];
        surnames = [.. makers.Select(name => name[..name.IndexOf(", ", StringComparison.Ordinal)])];
        forenames = [.. makers.Select(name => name[(name.IndexOf(", ", StringComparison.Ordinal) + 2)..])];
        subjects = [.. Values("650", 'a')];
    }

    /// <summary>Writes the catalogue as one ISO 2709 file, where it does not stand yet.</summary>
    internal static async Task EnsureAsync(RunningNetwork network, NetworkState state, int count, int generation, string path, CancellationToken cancellation)
    {
        if (File.Exists(path)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var sources = SourcesOf(network, state);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Writing {count} records made of {string.Join(" and ", sources.Select(Path.GetFileName))} …"));
        var originals = new List<MarcRecord>();
        foreach (var source in sources)
        {
            await using var file = File.OpenRead(source);
            await foreach (var reading in MarcReader.ReadAsync(file, MarcFormat.Marc21, cancellation))
                if (reading is MarcRecord record && MarcWriter.ToIso2709(record) is not null) originals.Add(record);
        }
        var variations = new RecordVariations(originals, generation);
        var unfinished = path + ".unfinished";
        await using (var written = File.Create(unfinished))
            for (var number = 0; number < count; number++)
                if (variations.Make(number) is { } bytes) await written.WriteAsync(bytes, cancellation);
        File.Move(unfinished, path, overwrite: true);
    }

    private static string[] SourcesOf(RunningNetwork network, NetworkState state)
    {
        var shared = Path.GetFullPath(Path.Combine(network.Home.Root, "..", "shared", "data", "marc"));
        return File.Exists(Path.Combine(shared, "marc21-bibs.mrc"))
            ? [Path.Combine(shared, "marc21-bibs.mrc"), Path.Combine(shared, "toulouse-brief-marc21.mrc")]
            : [Path.Combine(DemoPlan.FolderOf(state.Network), "records.mrc")];
    }

    private byte[]? Make(int number)
    {
        var original = originals[number % originals.Count];
        var random = number < originals.Count && generation == 0 ? null : new Random(unchecked(Seed + number + (generation * 7_919_191)));
        var fields = original.Fields.Where(field => field.Tag != "001").Select(field => random is null ? field : Varied(field, random));
        return MarcWriter.ToIso2709(original.With([new ControlField("001", string.Create(CultureInfo.InvariantCulture, $"b{number:D8}")), .. fields]));
    }

    private MarcField Varied(MarcField field, Random random) => field switch
    {
        ControlField { Tag: "008", Value.Length: > 11 } coded when coded.Value.AsSpan(7, 4).IndexOfAnyExceptInRange('0', '9') < 0 => coded with
        {
            Value = string.Create(CultureInfo.InvariantCulture, $"{coded.Value[..7]}{random.Next(1950, 2026)}{coded.Value[11..]}"),
        },
        DataField { Tag: "245" or "246" or "440" or "490" } title => title with
        {
            Subfields = [.. title.Subfields.Select(part => part.Code is 'a' or 'b' ? part with { Value = OtherWords(part.Value, random) } : part)],
        },
        DataField { Tag: "100" or "700" } name => With(name, 'a', $"{Any(surnames, random)}, {Any(forenames, random)}"),
        DataField { Tag: "650" } subject => With(subject, 'a', Any(subjects, random)),
        DataField { Tag: "020" } number => With(number, 'a', Isbn(random)),
        _ => field,
    };

    private string OtherWords(string text, Random random) =>
        string.Join(' ', text.Split(' ').Select(word => word.Length > 2 && word.All(char.IsLetter) && random.Next(2) == 0 ? Any(titleWords, random) : word));

    private static DataField With(DataField field, char code, string value) =>
        field with { Subfields = [.. field.Subfields.Select(part => part.Code == code ? part with { Value = value } : part)] };

    private static string Isbn(Random random)
    {
        var digits = new StringBuilder("978");
        while (digits.Length < 12) digits.Append((char)('0' + random.Next(10)));
        var sum = 0;
        for (var i = 0; i < 12; i++) sum += (i % 2 == 0 ? 1 : 3) * (digits[i] - '0');
        return digits.Append((char)('0' + ((10 - (sum % 10)) % 10))).ToString();
    }

    private static string Any(string[] values, Random random) => values[random.Next(values.Length)];

    private IEnumerable<string> Values(string tag, char code) => originals.SelectMany(record => record.Data(tag)).Select(field => field.First(code)).OfType<string>();
}

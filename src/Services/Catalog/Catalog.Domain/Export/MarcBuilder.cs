using System.Globalization;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Export;

/// <summary>
/// Makes a record of the other format out of what search and display know: the description is whole, local and coded data of the original are not in
/// it. In its own format a record is given as it came.
/// </summary>
public static class MarcBuilder
{
    private const string Leader = "00000n{0}{1} a2200000 i 4500", UnimarcLeader = "00000n{0}{1}  2200000   450 ";

    /// <summary>The record in MARC 21.</summary>
    public static MarcRecord ToMarc21(NormalisedRecord record)
    {
        var made = new Fields(record.ControlNumber);
        made.Control("008", $"      s{Year(record)}    xx ||||{Audience21(record.Audience)}|||||||||||{record.Language ?? "und"} d");
        made.Each("020", "  ", record.Isbns, 'a').Each("022", "  ", record.Issns, 'a');
        if (record.OriginalLanguages.Count > 0)
        {
            made.Data("041", "1 ", [('a', record.Language), .. record.OriginalLanguages.Select(language => ('h', (string?)language))]);
        }

        foreach (var place in record.Classifications)
        {
            made.Data(place.Scheme switch { "udc" => "080", "ddc" => "082", "lcc" => "050", _ => "084" }, "  ", [('a', place.Number), ('2', place.Scheme is "udc" or "ddc" or "lcc" ? null : place.Scheme)]);
        }

        var (main, others) = (record.Names.FirstOrDefault(name => name.IsMaker), record.Names.ToList());
        if (main is not null)
        {
            others.Remove(main);
            Name21(made, main, "1");
        }

        made.Each("240", "10", record.UniformTitles.Take(1), 'a');
        var (proper, remainder) = Title(record);
        made.Data("245", $"{(main is null ? 0 : 1)}0", [('a', proper), ('b', remainder)]);
        made.Each("246", "31", record.ParallelTitles, 'a').Each("246", "3 ", record.OtherTitles, 'a');
        made.Data("250", "  ", [('a', record.Edition)]);
        made.Data("264", " 1", [('a', record.Place), ('b', record.Publisher), ('c', record.Year?.ToString(CultureInfo.InvariantCulture))]);
        made.Data("300", "  ", [('a', record.Extent)]);
        foreach (var series in record.Series)
        {
            made.Data("490", "0 ", [('a', series.Title), ('v', series.Number)]);
        }

        made.Data("505", "0 ", [('a', record.Contents)]).Data("520", "  ", [('a', record.Summary)]);
        foreach (var subject in record.Subjects)
        {
            made.Data("650", " 4", Heading(subject));
        }

        others.ForEach(name => Name21(made, name, "7"));
        made.Data("773", "0 ", [('t', record.HostTitle)]);
        var (type, level) = Kind21(record);
        return MarcRecord.Made(MarcFormat.Marc21, string.Format(CultureInfo.InvariantCulture, Leader, type, level), made.All);
    }

    /// <summary>The record in UNIMARC.</summary>
    public static MarcRecord ToUnimarc(NormalisedRecord record)
    {
        var made = new Fields(record.ControlNumber);
        made.Each("010", "  ", record.Isbns, 'a').Each("011", "  ", record.Issns, 'a');
        made.Data("100", "  ", [('a', $"        d{Year(record)}    {AudienceUni(record.Audience)}  y0engy50      ba")]);
        made.Data("101", record.OriginalLanguages.Count > 0 ? "1 " : "0 ", [('a', record.Language ?? "und"), .. record.OriginalLanguages.Select(language => ('c', (string?)language))]);
        var (proper, remainder) = Title(record);
        made.Data("200", "1 ", [('a', proper), .. record.ParallelTitles.Select(title => ('d', (string?)title)), ('e', remainder)]);
        made.Data("205", "  ", [('a', record.Edition)]);
        made.Data("210", "  ", [('a', record.Place), ('c', record.Publisher), ('d', record.Year?.ToString(CultureInfo.InvariantCulture))]);
        made.Data("215", "  ", [('a', record.Extent)]);
        foreach (var series in record.Series)
        {
            made.Data("225", "2 ", [('a', series.Title), ('v', series.Number)]);
        }

        made.Data("327", "1 ", [('a', record.Contents)]).Data("330", "  ", [('a', record.Summary)]);
        made.Data("461", " 0", [('t', record.HostTitle)]);
        made.Each("500", "10", record.UniformTitles, 'a').Each("517", "1 ", record.OtherTitles, 'a');
        foreach (var subject in record.Subjects)
        {
            made.Data("606", "  ", Heading(subject));
        }

        foreach (var place in record.Classifications)
        {
            made.Data(place.Scheme switch { "udc" => "675", "ddc" => "676", "lcc" => "680", _ => "686" }, "  ", [('a', place.Number), ('2', place.Scheme is "udc" or "ddc" or "lcc" ? null : place.Scheme)]);
        }

        var first = true;
        foreach (var name in record.Names)
        {
            var tag = (name.Kind == NameKind.Person ? "70" : "71") + (!name.IsMaker ? "2" : first ? "0" : "1");
            first &= !name.IsMaker;
            var (surname, forename) = name.Kind == NameKind.Person ? Parts(name.Name) : (name.Name, null);
            made.Data(tag, name.Kind switch { NameKind.Person => " 1", NameKind.Meeting => "12", NameKind.Body => "02" }, [('a', surname), ('b', forename), ('4', UnimarcMapping.NumberOf(name.Role))]);
        }

        var (type, level) = KindUni(record);
        return MarcRecord.Made(MarcFormat.Unimarc, string.Format(CultureInfo.InvariantCulture, UnimarcLeader, type, level), made.All);
    }

    private static void Name21(Fields made, RecordName name, string hundreds)
    {
        var tag = hundreds + name.Kind switch { NameKind.Person => "00", NameKind.Body => "10", NameKind.Meeting => "11" };
        var isCode = name.Role.Length == 3 && name.Role.All(char.IsAsciiLetterLower);
        made.Data(tag, name.Kind == NameKind.Person ? name.Name.Contains(',', StringComparison.Ordinal) ? "1 " : "0 " : "2 ", [('a', name.Name), (isCode ? '4' : 'e', name.Role)]);
    }

    private static string Year(NormalisedRecord record) => record.Year?.ToString("D4", CultureInfo.InvariantCulture) ?? "uuuu";

    // "proper : remainder" is how the mapping joins them
    private static (string? Proper, string? Remainder) Title(NormalisedRecord record)
    {
        if (record is not { Title: { } title, TitleProper: { } proper } || !title.StartsWith(proper, StringComparison.Ordinal) || title.Length <= proper.Length)
        {
            return (record.Title, null);
        }

        return title[proper.Length..].TrimStart() is [':', .. var remainder] ? (proper, remainder.Trim()) : (title, null);
    }

    private static IEnumerable<(char, string?)> Heading(string subject) =>
        subject.Split(" -- ").Select((part, index) => (index == 0 ? 'a' : 'x', (string?)part));

    private static (string Surname, string? Forename) Parts(string name)
    {
        var comma = name.IndexOf(", ", StringComparison.Ordinal);
        return comma < 0 ? (name, null) : (name[..comma], name[(comma + 2)..]);
    }

    private static char Audience21(Audience audience) => audience switch
    {
        Audience.Juvenile => 'j',
        Audience.YoungAdult => 'd',
        Audience.Adult => 'e',
        Audience.General => 'g',
        Audience.Unknown => ' ',
    };

    private static char AudienceUni(Audience audience) => audience switch
    {
        Audience.Juvenile => 'a',
        Audience.YoungAdult => 'e',
        Audience.Adult or Audience.General => 'm',
        Audience.Unknown => 'u',
    };

    private static (char Type, char Level) Kind21(NormalisedRecord record) => record.Material switch
    {
        Material.Audiobook or Material.EAudiobook => ('i', 'm'),
        Material.AudioVisual => ('g', 'm'),
        Material.MediaKit or Material.StorySuitcase => ('o', 'm'),
        Material.Game => ('r', 'm'),
        Material.SerialIssue => ('a', 's'),
        Material.Book or Material.EBook or Material.Other => ('a', record.HostTitle is null ? 'm' : 'a'),
    };

    private static (char Type, char Level) KindUni(NormalisedRecord record) => record.Material switch
    {
        Material.Audiobook or Material.EAudiobook => ('i', 'm'),
        Material.AudioVisual => ('g', 'm'),
        Material.MediaKit or Material.StorySuitcase or Material.Game => ('m', 'm'),
        Material.EBook => ('l', 'm'),
        Material.SerialIssue => ('a', 's'),
        Material.Book or Material.Other => ('a', record.HostTitle is null ? 'm' : 'a'),
    };

    private sealed class Fields(string? controlNumber)
    {
        private readonly List<MarcField> all = controlNumber is null ? [] : [new ControlField("001", controlNumber)];

        public IReadOnlyList<MarcField> All => all;

        public void Control(string tag, string value) => all.Add(new ControlField(tag, value));

        /// <summary>A field of the subfields that have a value; none where none has.</summary>
        public Fields Data(string tag, string indicators, IEnumerable<(char Code, string? Value)> subfields)
        {
            Subfield[] given = [.. subfields.Where(subfield => !string.IsNullOrEmpty(subfield.Value)).Select(subfield => new Subfield(subfield.Code, subfield.Value!))];
            if (given.Length > 0)
            {
                all.Add(new DataField(tag, indicators[0], indicators[1], given));
            }

            return this;
        }

        public Fields Each(string tag, string indicators, IEnumerable<string> values, char code)
        {
            foreach (var value in values)
            {
                Data(tag, indicators, [(code, value)]);
            }

            return this;
        }
    }
}

using System.Collections.Frozen;
using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Marc;

/// <summary>Maps UNIMARC (Bibliographic Format, IFLA), and COMARC with it, which has coded data in subfields of their own (100$c; docs/marc.md).</summary>
internal static class UnimarcMapping
{
    private static readonly string[] SubjectTags = ["600", "601", "602", "604", "605", "606", "607", "608", "610"];

    // appendix C of the format: the numbers most used, as MARC relator codes
    private static readonly FrozenDictionary<string, string> Roles = new Dictionary<string, string>
    {
        ["010"] = "adp", ["030"] = "arr", ["040"] = "art", ["065"] = "auc", ["070"] = "aut", ["075"] = "aft", ["080"] = "aui", ["100"] = "ant",
        ["180"] = "ctg", ["205"] = "ctb", ["220"] = "com", ["230"] = "cmp", ["250"] = "cnd", ["273"] = "cur", ["300"] = "drt", ["340"] = "edt",
        ["365"] = "exp", ["410"] = "grt", ["440"] = "ill", ["460"] = "ive", ["550"] = "nrt", ["557"] = "orm", ["590"] = "prf", ["600"] = "pht",
        ["630"] = "pro", ["650"] = "pbl", ["651"] = "pbd", ["660"] = "rcp", ["673"] = "rth", ["690"] = "aus", ["700"] = "scr", ["710"] = "red",
        ["721"] = "sng", ["723"] = "spn", ["727"] = "ths", ["730"] = "trl",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Numbers = Roles.ToFrozenDictionary(role => role.Value, role => role.Key, StringComparer.Ordinal);

    /// <summary>The number of a relator code; the text itself where it is none.</summary>
    public static string NumberOf(string role) => Numbers.GetValueOrDefault(role, role);

    public static NormalisedRecord From(MarcRecord record)
    {
        var processing = record.Data("100").FirstOrDefault();
        var coded = processing?.First('a');
        var published = record.Data("210").FirstOrDefault() ?? record.Data("214").FirstOrDefault();
        var title = record.Data("200").FirstOrDefault() ?? record.Data("500", "503", "517").FirstOrDefault();
        var names = record.Data("700", "710", "720").Concat(record.Data("701", "711", "721")).Select(f => (Field: f, IsMaker: true))
            .Concat(record.Data("702", "703", "712", "713", "722").Select(f => (Field: f, IsMaker: false)));
        return new NormalisedRecord
        {
            ControlNumber = RecordText.Clean(record.ControlNumber),
            Title = title is null ? null : Title(title),
            FilingTitle = title is null ? null : Title(title with { Subfields = [.. title.Subfields.Select(WithoutArticle)] }),
            TitleProper = RecordText.Trim(title?.First('a')),
            ParallelTitles = RecordText.Distinct(
                (title?.Subfields.Where(s => s.Code == 'd').Select(s => s.Value) ?? []).Concat(record.Data("510").Select(Title))),
            UniformTitles = RecordText.Distinct(record.Data("500", "501", "503").Select(Title)),
            OtherTitles = RecordText.Distinct(
                record.Data("512", "513", "514", "515", "516", "517", "518", "520", "530", "532", "540", "541").Select(Title)
                    .Concat(record.Data("423", "454", "464").Select(f => f.First('t')))),
            Names = RecordText.Names(names.Select(n => (
                Name(n.Field), Role(n.Field), n.Field.Tag[1] switch { '1' when n.Field.Indicator1 == '1' => NameKind.Meeting, '1' => NameKind.Body, _ => NameKind.Person },
                n.IsMaker))),
            Year = RecordText.CodedYear(coded, 9) ?? RecordText.CodedYear(processing?.First('c'), 0) ?? RecordText.StatedYear(published?.First('d')),
            Language = RecordText.LanguageCode(record.Data("101").FirstOrDefault()?.First('a'), 0),
            OriginalLanguages = RecordText.Distinct(record.Data("101").SelectMany(f => f.Subfields).Where(s => s.Code == 'c').Select(s => RecordText.LanguageCode(s.Value, 0))),
            Isbns = RecordText.Isbns(record.Data("010").Select(f => f.First('a'))),
            Issns = RecordText.Issns(record.Data("011").Select(f => f.First('a'))),
            Edition = RecordText.Trim(record.Data("205").FirstOrDefault()?.First('a')),
            Place = RecordText.Trim(published?.First('a')),
            Publisher = RecordText.Trim(published?.First('c')),
            Extent = RecordText.Trim(record.Data("215").FirstOrDefault()?.First('a')),
            Series = RecordText.Series(record.Data("225").Select(f => (f.First('a'), f.First('v'))).Concat(record.Data("410").Select(f => (f.First('t'), f.First('v'))))),
            Subjects = RecordText.Distinct(record.Data(SubjectTags).Select(f => RecordText.Heading(f, "abt", "jxyz"))),
            Classifications = RecordText.Classifications(
                record.Data("675").Select(f => ("udc", f.First('a'))).Concat(record.Data("676").Select(f => ("ddc", f.First('a'))))
                    .Concat(record.Data("680").Select(f => ("lcc", f.First('a')))).Concat(record.Data("686").Select(f => (f.First('2') ?? "other", f.First('a'))))),
            Contents = RecordText.Long(record.Data("327").SelectMany(f => f.Subfields).Where(s => s.Code == 'a').Select(s => s.Value)),
            Summary = RecordText.Long(record.Data("330").SelectMany(f => f.Subfields).Where(s => s.Code == 'a').Select(s => s.Value)),
            HostTitle = RecordText.Trim(record.Data("461", "463").FirstOrDefault()?.First('t')),
            Audience = AudienceOf(coded),
            Material = Guess(record),
        };
    }

    private static string? Title(DataField title)
    {
        var parts = title.Subfields
            .Where(s => s.Code is 'a' or 'e' or 'h' or 'i')
            .Select(s => (s.Code, Text: RecordText.Trim(s.Value)))
            .Where(part => part.Text is not null)
            .Select((part, index) => index == 0 ? part.Text : (part.Code is 'h' or 'i' ? ". " : part.Code == 'e' ? " : " : " ; ") + part.Text);
        return RecordText.Trim(string.Concat(parts));
    }

    // an article that does not file stands between the two signs (ISO 6630)
    private static Subfield WithoutArticle(Subfield subfield)
    {
        var end = subfield.Value.IndexOf('\u009C', StringComparison.Ordinal);
        return subfield.Value.StartsWith('\u0098') && end > 0 ? subfield with { Value = subfield.Value[(end + 1)..] } : subfield;
    }

    private static string? Name(DataField entry) => (entry.Tag[1], RecordText.Trim(entry.First('a')), RecordText.Trim(entry.First('b'))) switch
    {
        (_, var name, null) => name,
        (_, null, var name) => name,
        ('0', var surname, var forename) => $"{surname}, {forename}",
        var (_, body, part) => $"{body} {part}",
    };

    private static string Role(DataField entry) => entry.First('4')?.Trim() is { } code ? Roles.GetValueOrDefault(code, code) : "";

    private static Audience AudienceOf(string? coded)
    {
        if (coded is not { Length: > 17 })
        {
            return Audience.Unknown;
        }

        return coded[17] switch
        {
            'a' or 'b' or 'c' or 'd' => Audience.Juvenile,
            'e' => Audience.YoungAdult,
            'k' or 'm' => Audience.Adult,
            _ => Audience.Unknown,
        };
    }

    private static Material Guess(MarcRecord record) => record.LeaderAt(6) switch
    {
        'a' or 'b' or 'c' or 'd' when record.LeaderAt(7) == 's' => Material.SerialIssue,
        'a' or 'b' or 'c' or 'd' => Material.Book,
        'i' => Material.Audiobook,
        'g' or 'j' => Material.AudioVisual,
        'l' => Material.EBook,
        'm' => Material.MediaKit,
        _ => Material.Other,
    };
}

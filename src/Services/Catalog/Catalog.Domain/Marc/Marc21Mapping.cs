using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Marc;

/// <summary>
/// Maps MARC 21 (Format for Bibliographic Data, Library of Congress). Field 880 repeats a field in its own script: it is read as the field that its
/// $6 names, its titles as parallel titles.
/// </summary>
internal static class Marc21Mapping
{
    private static readonly string[] SubjectTags = ["600", "610", "611", "630", "648", "650", "651", "653", "655"];

    public static NormalisedRecord From(MarcRecord record)
    {
        var fixedData = record.Control("008");
        var published = record.Data("264").FirstOrDefault(f => f.Indicator2 == '1') ?? record.Data("260").FirstOrDefault();
        var title = record.Data("245").FirstOrDefault() ?? record.Data("130", "240", "246", "222").FirstOrDefault();
        var spoken = RecordText.LanguageCode(fixedData, 35) ?? RecordText.LanguageCode(record.Data("041").FirstOrDefault()?.First('a'), 0);
        return new NormalisedRecord
        {
            ControlNumber = RecordText.Clean(record.ControlNumber),
            Title = title is null ? null : Joined(title, "abnp"),
            FilingTitle = title is null ? null : Filing(title),
            TitleProper = title is null ? null : Joined(title, "anp"),
            ParallelTitles = RecordText.Distinct(InOtherScript(record, "245").Concat(record.Data("246").Where(f => f.Indicator2 == '1')).Select(f => Joined(f, "abnp"))),
            UniformTitles = RecordText.Distinct(record.Data("130", "240").Concat(InOtherScript(record, "130", "240")).Select(f => Joined(f, "anpt"))),
            OtherTitles = RecordText.Distinct(
                record.Data("246").Where(f => f.Indicator2 != '1').Concat(record.Data("210", "222", "247", "730", "740")).Select(f => Joined(f, "abnp"))
                    .Concat(record.Data("700", "710", "711").Concat(InOtherScript(record, "700", "710", "711", "246", "740")).Where(f => !IsAgent(f)).Select(f => f.First('t')))),
            Names = Names(record),
            Year = RecordText.CodedYear(fixedData, 7) ?? RecordText.StatedYear(published?.First('c')),
            Language = spoken,
            OriginalLanguages = RecordText.Distinct(record.Data("041").SelectMany(f => f.Subfields).Where(s => s.Code == 'h').Select(s => RecordText.LanguageCode(s.Value, 0))),
            Isbns = RecordText.Isbns(record.Data("020").Select(f => f.First('a'))),
            Issns = RecordText.Issns(record.Data("022").Select(f => f.First('a'))),
            Edition = RecordText.Trim(record.Data("250").FirstOrDefault()?.First('a')),
            Place = RecordText.Trim(published?.First('a')),
            Publisher = RecordText.Trim(published?.First('b')),
            Extent = RecordText.Trim(record.Data("300").FirstOrDefault()?.First('a')),
            Series = Series(record),
            Subjects = RecordText.Distinct(record.Data(SubjectTags).Concat(InOtherScript(record, SubjectTags)).Select(f => RecordText.Heading(f, "abcdt", "vxyz"))),
            Classifications = Classifications(record),
            Contents = RecordText.Long(record.Data("505").Concat(InOtherScript(record, "505")).SelectMany(f => f.Subfields).Where(s => s.Code is 'a' or 'g' or 'r' or 't').Select(s => s.Value)),
            Summary = RecordText.Long(record.Data("520").Concat(InOtherScript(record, "520")).SelectMany(f => f.Subfields).Where(s => s.Code is 'a' or 'b').Select(s => s.Value)),
            HostTitle = RecordText.Trim(record.Data("773").FirstOrDefault()?.First('t')),
            Audience = AudienceOf(record, fixedData),
            Material = Guess(record, fixedData),
        };
    }

    private static IEnumerable<DataField> InOtherScript(MarcRecord record, params string[] tags) =>
        record.Data("880").Where(f => f.First('6') is { Length: >= 3 } link && tags.Contains(link[..3]));

    private static string? Joined(DataField title, string codes) =>
        RecordText.Trim(string.Join(' ', title.Subfields.Where(s => codes.Contains(s.Code, StringComparison.Ordinal)).Select(s => s.Value)));

    // the second indicator counts the characters of the article
    private static string? Filing(DataField title)
    {
        var text = string.Join(' ', title.Subfields.Where(s => s.Code is 'a' or 'b' or 'n' or 'p').Select(s => s.Value));
        var skip = title is { Tag: "245" or "240" or "222", Indicator2: >= '1' and <= '9' } ? title.Indicator2 - '0' : 0;
        return RecordText.Trim(skip < text.Length ? text[skip..] : text);
    }

    // an added entry with a title is another work, not a maker of this one
    private static bool IsAgent(DataField entry) => entry.First('t') is null;

    private static IReadOnlyList<RecordName> Names(MarcRecord record) => RecordText.Names(
        record.Data("100", "110", "111").Concat(record.Data("700", "710", "711").Where(IsAgent))
            .Concat(InOtherScript(record, "100", "110", "111", "700", "710", "711").Where(IsAgent))
            .Concat(record.Data("720"))
            .Select(f => (Tag: f.Tag == "880" ? f.First('6')![..3] : f.Tag, Field: f))
            .Select(entry => (
                Name(entry.Tag, entry.Field), entry.Field.First('4') ?? entry.Field.First('e') ?? "",
                entry.Tag[1..] switch { "10" => NameKind.Body, "11" => NameKind.Meeting, _ => NameKind.Person }, entry.Field.Tag is not ("880" or "720"))));

    private static string? Name(string tag, DataField entry) =>
        tag is "110" or "710" ? string.Join(' ', entry.Subfields.Where(s => s.Code is 'a' or 'b').Select(s => s.Value)) : entry.First('a');

    private static IReadOnlyList<SeriesStatement> Series(MarcRecord record)
    {
        var stated = record.Data("490", "440").Concat(InOtherScript(record, "490", "440")).Select(f => (f.First('a'), f.First('v')));
        var traced = record.Data("830").Select(f => (f.First('a'), f.First('v'))).Concat(record.Data("800", "810", "811").Select(f => (f.First('t'), f.First('v'))));
        return RecordText.Series(stated.Concat(traced));
    }

    private static IReadOnlyList<Classification> Classifications(MarcRecord record) => RecordText.Classifications(
        record.Data("080").Select(f => ("udc", f.First('a')))
            .Concat(record.Data("082").Select(f => ("ddc", f.First('a'))))
            .Concat(record.Data("050").Select(f => ("lcc", Joined(f, "ab"))))
            .Concat(record.Data("084").Select(f => (f.First('2') ?? "other", f.First('a')))));

    private static Audience AudienceOf(MarcRecord record, string? fixedData)
    {
        if (fixedData is not { Length: > 22 } || record.LeaderAt(6) is 'e' or 'f' or 'p' || record.LeaderAt(7) is 'b' or 'i' or 's')
        {
            return Audience.Unknown;
        }

        return fixedData[22] switch
        {
            'a' or 'b' or 'c' or 'j' => Audience.Juvenile,
            'd' => Audience.YoungAdult,
            'e' or 'f' => Audience.Adult,
            'g' => Audience.General,
            _ => Audience.Unknown,
        };
    }

    private static Material Guess(MarcRecord record, string? fixedData)
    {
        var form = fixedData is { Length: > 23 } ? fixedData[23] : ' ';
        var isOnline = form is 'o' or 'q' or 's';
        return record.LeaderAt(6) switch
        {
            'a' or 't' or 'c' or 'd' when record.LeaderAt(7) is 'b' or 's' => Material.SerialIssue,
            'a' or 't' when isOnline => Material.EBook,
            'a' or 't' or 'c' or 'd' => Material.Book,
            'i' when isOnline => Material.EAudiobook,
            'i' => Material.Audiobook,
            'g' or 'j' or 'm' => Material.AudioVisual,
            'o' => Material.MediaKit,
            'r' when fixedData is { Length: > 33 } && fixedData[33] is 'g' or 'w' => Material.Game,
            _ => Material.Other,
        };
    }
}

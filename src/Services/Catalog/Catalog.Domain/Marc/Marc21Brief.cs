using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Marc;

/// <summary>Brief data out of MARC 21.</summary>
internal static class Marc21Brief
{
    public static BriefRecord From(MarcRecord record)
    {
        var fixedData = record.Control("008");
        var published = record.Data("264").FirstOrDefault(f => f.Indicator2 == '1') ?? record.Data("260").FirstOrDefault();
        return new BriefRecord
        {
            ControlNumber = BriefText.Clean(record.ControlNumber),
            Title = Title(record),
            Authors = BriefText.Distinct(record.Data("100", "110", "111").Concat(record.Data("700", "710", "711").Where(IsAgent)).Select(Author)),
            Year = BriefText.CodedYear(fixedData, 7) ?? BriefText.StatedYear(published?.First('c')),
            Language = BriefText.LanguageCode(fixedData, 35) ?? BriefText.LanguageCode(record.Data("041").FirstOrDefault()?.First('a'), 0),
            Isbns = BriefText.Isbns(record.Data("020").Select(f => f.First('a'))),
            Publisher = BriefText.Trim(published?.First('b')),
            Subjects = BriefText.Distinct(record.Data("600", "610", "611", "630", "648", "650", "651", "653", "655").Select(f => BriefText.Heading(f, "abcdt", "vxyz"))),
            Material = Guess(record, fixedData),
        };
    }

    private static string? Title(MarcRecord record)
    {
        var title = record.Data("245").FirstOrDefault() ?? record.Data("130", "240", "246", "222").FirstOrDefault();
        return title is null ? null : BriefText.Trim(string.Join(' ', title.Subfields.Where(s => s.Code is 'a' or 'b' or 'n' or 'p').Select(s => s.Value)));
    }

    // an added entry with a title is another work, not a maker of this one
    private static bool IsAgent(DataField entry) => entry.First('t') is null;

    private static string? Author(DataField entry) =>
        entry.Tag is "110" or "710" ? string.Join(' ', entry.Subfields.Where(s => s.Code is 'a' or 'b').Select(s => s.Value)) : entry.First('a');

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

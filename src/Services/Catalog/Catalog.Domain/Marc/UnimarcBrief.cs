using Library.Catalog.Domain.Policies;

namespace Library.Catalog.Domain.Marc;

/// <summary>Brief data out of UNIMARC, and out of COMARC, which has coded data in subfields of their own (100$c).</summary>
internal static class UnimarcBrief
{
    private static readonly string[] SubjectTags = ["600", "601", "602", "604", "605", "606", "607", "608", "610"];

    public static BriefRecord From(MarcRecord record)
    {
        var processing = record.Data("100").FirstOrDefault();
        var published = record.Data("210").FirstOrDefault() ?? record.Data("214").FirstOrDefault();
        return new BriefRecord
        {
            ControlNumber = BriefText.Clean(record.ControlNumber),
            Title = Title(record),
            Authors = BriefText.Distinct(record.Data("700", "710").Concat(record.Data("701", "711")).Select(Author)),
            Year = BriefText.CodedYear(processing?.First('a'), 9) ?? BriefText.CodedYear(processing?.First('c'), 0) ?? BriefText.StatedYear(published?.First('d')),
            Language = BriefText.LanguageCode(record.Data("101").FirstOrDefault()?.First('a'), 0),
            Isbns = BriefText.Isbns(record.Data("010").Select(f => f.First('a'))),
            Publisher = BriefText.Trim(published?.First('c')),
            Subjects = BriefText.Distinct(record.Data(SubjectTags).Select(f => BriefText.Heading(f, "abt", "jxyz"))),
            Material = Guess(record),
        };
    }

    private static string? Title(MarcRecord record)
    {
        var title = record.Data("200").FirstOrDefault() ?? record.Data("500", "503", "517").FirstOrDefault();
        if (title is null)
        {
            return null;
        }

        var parts = title.Subfields
            .Where(s => s.Code is 'a' or 'e' or 'h' or 'i')
            .Select(s => (s.Code, Text: BriefText.Trim(s.Value)))
            .Where(part => part.Text is not null)
            .Select((part, index) => index == 0 ? part.Text : (part.Code is 'h' or 'i' ? ". " : part.Code == 'e' ? " : " : " ; ") + part.Text);
        return BriefText.Trim(string.Concat(parts));
    }

    private static string? Author(DataField entry) => (entry.Tag[1], BriefText.Trim(entry.First('a')), BriefText.Trim(entry.First('b'))) switch
    {
        (_, var name, null) => name,
        (_, null, var name) => name,
        ('0', var surname, var forename) => $"{surname}, {forename}",
        var (_, body, part) => $"{body} {part}",
    };

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

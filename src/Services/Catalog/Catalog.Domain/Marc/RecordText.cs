using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Library.Catalog.Domain.Marc;

/// <summary>How both formats' texts are made fit to show.</summary>
internal static partial class RecordText
{
    private const int MaxRoleLength = 60;

    /// <summary>
    /// The text without control characters (among them the signs around non-sorting articles), with single spaces, cut to the longest length;
    /// null when nothing is left.
    /// </summary>
    public static string? Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var clean = new StringBuilder(Math.Min(text.Length, NormalisedRecord.MaxTextLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= NormalisedRecord.MaxTextLength - 1)
            {
                break;
            }

            if (Rune.IsWhiteSpace(rune))
            {
                if (clean is { Length: > 0 } && clean[^1] != ' ')
                {
                    clean.Append(' ');
                }
            }
            else if (!Rune.IsControl(rune))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString().Trim() is { Length: > 0 } value ? value : null;
    }

    /// <summary>
    /// The text without the punctuation that leads from one element of a description to the next; the full stop of an initial or abbreviation of
    /// one letter stays.
    /// </summary>
    public static string? Trim(string? text)
    {
        var value = Clean(text)?.TrimStart(' ', '/', ':', ';', ',', '=');
        while (value is { Length: > 0 } && (value[^1] is ' ' or '/' or ':' or ';' or ',' or '=' || EndsSentence(value)))
        {
            value = value[..^1];
        }

        return value is { Length: > 0 } ? value : null;
    }

    /// <summary>The given values, trimmed, without empties and repetitions, at most as many as a brief record holds.</summary>
    public static string[] Distinct(IEnumerable<string?> values) =>
        [.. values.Select(Trim).OfType<string>().Distinct(StringComparer.Ordinal).Take(NormalisedRecord.MaxValues)];

    /// <summary>The ISBNs among the values whose check digit is right.</summary>
    public static string[] Isbns(IEnumerable<string?> values) =>
        [.. values.Select(value => Isbn.TryNormalise(value, out var isbn) ? isbn : null).OfType<string>().Distinct(StringComparer.Ordinal).Take(NormalisedRecord.MaxValues)];

    /// <summary>The ISSNs among the values whose check digit is right.</summary>
    public static string[] Issns(IEnumerable<string?> values) =>
        [.. values.Select(value => Issn.TryNormalise(value, out var issn) ? issn : null).OfType<string>().Distinct(StringComparer.Ordinal).Take(NormalisedRecord.MaxValues)];

    /// <summary>Names with their roles; one who is named twice in one role stands once, as a maker if either says so.</summary>
    public static RecordName[] Names(IEnumerable<(string? Name, string Role, NameKind Kind, bool IsMaker)> entries) =>
    [
        .. entries.Select(entry => (Name: Trim(entry.Name), Role: Trim(entry.Role) ?? "", entry.Kind, entry.IsMaker))
            .Where(entry => entry.Name is not null)
            .GroupBy(entry => (entry.Name, Role: entry.Role.Length > MaxRoleLength ? "" : entry.Role, entry.Kind))
            .Select(same => new RecordName(same.Key.Name!, same.Key.Role, same.Key.Kind, same.Any(entry => entry.IsMaker)))
            .Take(NormalisedRecord.MaxValues),
    ];

    /// <summary>Series with their numbers, without repetition.</summary>
    public static SeriesStatement[] Series(IEnumerable<(string? Title, string? Number)> statements) =>
    [
        .. statements.Select(statement => (Title: Trim(statement.Title), Number: Trim(statement.Number) ?? "")).Where(statement => statement.Title is not null)
            .Select(statement => new SeriesStatement(statement.Title!, statement.Number)).Distinct().Take(NormalisedRecord.MaxValues),
    ];

    /// <summary>Notations with their schemes, without repetition.</summary>
    public static Classification[] Classifications(IEnumerable<(string Scheme, string? Number)> places) =>
    [
        .. places.Select(place => (Scheme: Trim(place.Scheme) ?? "other", Number: Trim(place.Number))).Where(place => place.Number is not null)
            .Select(place => new Classification(place.Scheme, place.Number!)).Distinct().Take(NormalisedRecord.MaxValues),
    ];

    /// <summary>Several pieces as one text; null when nothing is left.</summary>
    public static string? Long(IEnumerable<string> pieces) => Clean(string.Join(' ', pieces));

    /// <summary>A year out of coded data: exactly four digits, 1000 to 2999.</summary>
    public static int? CodedYear(string? text, int at) =>
        text is not null && text.Length >= at + 4 && text.AsSpan(at, 4).IndexOfAnyExceptInRange('0', '9') < 0
        && int.Parse(text.AsSpan(at, 4), CultureInfo.InvariantCulture) is >= 1000 and <= 2999 and var year ? year : null;

    /// <summary>The first year in a statement such as "c1998-" or "[Ljubljana, 2004]".</summary>
    public static int? StatedYear(string? text) => text is not null && YearPattern().Match(text) is { Success: true } match ? CodedYear(match.Value, 0) : null;

    /// <summary>A code of three small letters; null for fill characters and for codes that say nothing.</summary>
    public static string? LanguageCode(string? text, int at)
    {
        if (text is null || text.Length < at + 3)
        {
            return null;
        }

        var code = text.Substring(at, 3).ToLowerInvariant();
        return code.All(char.IsAsciiLetter) && code is not ("und" or "zxx" or "mul" or "xxx") ? code : null;
    }

    /// <summary>The subfields of a heading, subdivisions after " -- ".</summary>
    public static string? Heading(DataField subject, string mainCodes, string subdivisionCodes)
    {
        var main = string.Join(' ', subject.Subfields.Where(s => mainCodes.Contains(s.Code, StringComparison.Ordinal)).Select(s => s.Value));
        var parts = subject.Subfields.Where(s => subdivisionCodes.Contains(s.Code, StringComparison.Ordinal)).Select(s => s.Value);
        return string.Join(" -- ", parts.Prepend(main).Select(Trim).OfType<string>());
    }

    // a full stop that is neither one of several nor that of an initial: "Savica." but not "2000-...." nor "J. K."
    private static bool EndsSentence(string value)
    {
        if (value is not [.., var before, '.'] || before == '.')
        {
            return false;
        }

        var isInitial = char.IsLetter(before) && (value.Length == 2 || !char.IsLetterOrDigit(value[^3]));
        return !isInitial;
    }

    [GeneratedRegex("(?<![0-9])[12][0-9]{3}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex YearPattern();
}

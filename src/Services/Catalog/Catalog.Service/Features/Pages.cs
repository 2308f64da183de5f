using System.Globalization;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Catalog.Features;

/// <summary>Pages of lists that are ordered by an id, by a day and an id, or by an instant and an id.</summary>
internal static class Pages
{
    private static readonly Instant End = Instant.FromUtc(9000, 1, 1, 0, 0);

    /// <summary>The id after which the page begins; smaller than any for the first page.</summary>
    public static Guid AfterId(string token) => PageToken.Read(token, 1) is not { } key ? Guid.Empty
        : Guid.TryParseExact(key[0], "D", out var id) ? id : throw Wrong();

    /// <summary>The day and id after which the page begins; earlier than any for the first page.</summary>
    public static (LocalDate Day, Guid Id) AfterDay(string token) => PageToken.Read(token, 2) is not { } key ? (new LocalDate(1, 1, 1), Guid.Empty)
        : LocalDatePattern.Iso.Parse(key[0]) is { Success: true } day && Guid.TryParseExact(key[1], "D", out var id) ? (day.Value, id) : throw Wrong();

    /// <summary>The instant and id before which the page begins, of a list that goes from the newest on; later than any for the first page.</summary>
    public static (Instant At, Guid Id) Before(string token)
    {
        if (PageToken.Read(token, 2) is not { } key) return (End, Guid.Empty);
        return long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks < End.ToUnixTimeTicks() && Guid.TryParseExact(key[1], "D", out var id)
            ? (Instant.FromUnixTimeTicks(ticks), id)
            : throw Wrong();
    }

    /// <summary>For <see cref="Before"/>: the last row of the page.</summary>
    public static string Token(Instant at, Guid id) => PageToken.Write(at.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture), id.ToString("D"));

    /// <summary>Takes away the row beyond the page, if there is one, and gives the token of the last one that stays.</summary>
    public static string Cut<T>(List<T> rows, int size, Func<T, string> token)
    {
        if (rows.Count <= size) return "";
        rows.RemoveRange(size, rows.Count - size);
        return token(rows[^1]);
    }

    private static Failure Wrong() => Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
}

using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Catalog.Features;

/// <summary>Pages of lists that are ordered by an id, or by a day and an id.</summary>
internal static class Pages
{
    /// <summary>The id after which the page begins; smaller than any for the first page.</summary>
    public static Guid AfterId(string token) => PageToken.Read(token, 1) is not { } key ? Guid.Empty
        : Guid.TryParseExact(key[0], "D", out var id) ? id : throw Wrong();

    /// <summary>The day and id after which the page begins; earlier than any for the first page.</summary>
    public static (LocalDate Day, Guid Id) AfterDay(string token) => PageToken.Read(token, 2) is not { } key ? (new LocalDate(1, 1, 1), Guid.Empty)
        : LocalDatePattern.Iso.Parse(key[0]) is { Success: true } day && Guid.TryParseExact(key[1], "D", out var id) ? (day.Value, id) : throw Wrong();

    /// <summary>Takes away the row beyond the page, if there is one, and gives the token of the last one that stays.</summary>
    public static string Cut<T>(List<T> rows, int size, Func<T, string> token)
    {
        if (rows.Count <= size) return "";
        rows.RemoveRange(size, rows.Count - size);
        return token(rows[^1]);
    }

    private static Failure Wrong() => Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
}

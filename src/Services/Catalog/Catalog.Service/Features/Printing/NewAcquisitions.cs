using System.Globalization;
using System.Security.Cryptography;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Microsoft.Net.Http.Headers;
using NodaTime.Text;

namespace Library.Catalog.Features.Printing;

/// <summary>A title that came to a branch.</summary>
public sealed record Acquisition(Guid Record, string Title, IReadOnlyList<string> Names, int? Year, string Publisher, string Material, int Copies, Instant ArrivedAt);

/// <summary>A list of new acquisitions, ready to be written in any form.</summary>
/// <param name="Language">ISO 639.</param>
/// <param name="Title">For people.</param>
/// <param name="Library">Who publishes it.</param>
/// <param name="Self">Address of this very list in a form, without the token of a page.</param>
/// <param name="Next">Address of the next page in a form; null on the last.</param>
/// <param name="Changed">When the newest came; the month's begin where there is none.</param>
/// <param name="Entries">Newest first.</param>
/// <param name="Say">The text of a key.</param>
public sealed record AcquisitionList(
    string Language, string Title, string Library, Func<string, string> Self, Func<string, string?> Next, Instant Changed, IReadOnlyList<Acquisition> Entries, Func<string, string> Say);

/// <summary>
/// GET /api/v1/acquisitions, .atom and .rss?branch=RAD&amp;month=2026-11: what a branch got in a month (this month where none is said), for everybody. No token: it names
/// titles and nobody. In the language of <c>language</c> or Accept-Language; unchanged answers are 304.
/// </summary>
public sealed class NewAcquisitions(NpgsqlDataSource database, Network network, Texts texts, BusinessClock clock, IConfiguration configuration)
{
    private const string Path = "/api/v1/acquisitions";
    private const int Page = 200;
    private static readonly Instant End = Instant.FromUtc(9000, 1, 1, 0, 0);

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var form in AcquisitionForms.All)
            app.MapGet(Path + form.Suffix, (HttpContext http, NewAcquisitions lists) => lists.RunAsync(http, form)).AddEndpointFilter<FailuresAsStatus>()
                .WithSummary($"New acquisitions of a branch, as {form.ContentType.Split(';')[0]}")
                .WithDescription("Query: branch, month (YYYY-MM, this month where absent), language (else Accept-Language), pageToken.");
    }

    private sealed record Asked(string Branch, YearMonth Month, bool MonthGiven, Instant Before, Guid BeforeId, string Language);

    private async Task<IResult> RunAsync(HttpContext http, AcquisitionForm form)
    {
        var list = await ListAsync(Read(http.Request), http.RequestAborted);
        var bytes = form.Write(http, list);
        var headers = http.Response.Headers;
        headers.CacheControl = "public, max-age=300";
        headers.Vary = "Accept-Language";
        headers.ContentLanguage = list.Language;
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\"");
        return Results.Bytes(bytes, form.ContentType, lastModified: list.Changed.ToDateTimeOffset(), entityTag: tag);
    }

    private Asked Read(HttpRequest request)
    {
        var fields = new Fields();
        var (branch, month, wanted) = (request.Query["branch"].ToString(), request.Query["month"].ToString(), request.Query["language"].ToString());
        if (branch.Length == 0) fields.Wrong("branch", "REQUIRED");
        else if (!network.Branches.ContainsKey(branch)) fields.Wrong("branch", "UNKNOWN");
        var parsed = YearMonthPattern.Iso.Parse(month.Length == 0 ? YearMonthPattern.Iso.Format(clock.Today.ToYearMonth()) : month);
        if (!parsed.Success || parsed.Value.Year is < 1900 or > 2999) fields.Wrong("month", "FORMAT", ("expected", "YYYY-MM"));
        if (wanted.Length > 0 && !texts.Languages.Contains(wanted)) fields.Wrong("language", "ENUM", ("expected", string.Join(", ", texts.Languages.Order(StringComparer.Ordinal))));
        fields.ThrowIfWrong();
        var (before, id) = After(request.Query["pageToken"].ToString());
        return new Asked(branch, parsed.Value, month.Length > 0, before, id, wanted.Length > 0 ? wanted : texts.Choose(request.Headers.AcceptLanguage));
    }

    private static (Instant Before, Guid Id) After(string token)
    {
        if (PageToken.Read(token, 2) is not { } key) return (End, Guid.Empty);
        return long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks < End.ToUnixTimeTicks() && Guid.TryParseExact(key[1], "D", out var id)
            ? (Instant.FromUnixTimeTicks(ticks), id)
            : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
    }

    private async Task<AcquisitionList> ListAsync(Asked asked, CancellationToken cancellationToken)
    {
        var begin = asked.Month.OnDayOfMonth(1).AtStartOfDayInZone(clock.Zone).ToInstant();
        var entries = await EntriesAsync(asked, begin, cancellationToken);
        string? token = null;
        if (entries.Count > Page)
        {
            entries.RemoveAt(Page);
            token = PageToken.Write(entries[^1].ArrivedAt.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture), entries[^1].Record.ToString("D"));
        }
        var branch = network.Branches[asked.Branch];
        var month = YearMonthPattern.Iso.Format(asked.Month);
        string Address(string suffix, bool withMonth) => $"{(configuration["Issuer"] ?? "").TrimEnd('/')}{Path}{suffix}?branch={asked.Branch}{(withMonth ? $"&month={month}" : "")}";
        return new AcquisitionList(
            asked.Language,
            $"{texts.Get(asked.Language, "print.acquisitions", [])}: {branch.Name}, {month}",
            network.Libraries[branch.LibraryCode].Name,
            suffix => Address(suffix, asked.MonthGiven),
            suffix => token is null ? null : $"{Address(suffix, true)}&language={asked.Language}&pageToken={token}",
            entries.Count > 0 ? entries[0].ArrivedAt : begin,
            entries,
            key => texts.Get(asked.Language, key, []));
    }

    /// <summary>A title is as new as its first copy of that branch and month; one more than a page.</summary>
    private async Task<List<Acquisition>> EntriesAsync(Asked asked, Instant begin, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT r.id, r.title, r.authors, r.year, r.publisher, r.material, n.copies, n.arrived_at
            FROM (
                SELECT record, count(*)::int AS copies, min(created_at) AS arrived_at FROM item
                WHERE branch = $1 AND created_at >= $2 AND created_at < $3 AND state <> 'WITHDRAWN' AND lender_due_on IS NULL GROUP BY record) AS n
            JOIN record r ON r.id = n.record
            WHERE (n.arrived_at, n.record) < ($4, $5)
            ORDER BY n.arrived_at DESC, n.record DESC LIMIT $6
            """, asked.Branch, begin, asked.Month.PlusMonths(1).OnDayOfMonth(1).AtStartOfDayInZone(clock.Zone).ToInstant(), asked.Before, asked.BeforeId, Page + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var entries = new List<Acquisition>();
        while (await row.ReadAsync(cancellationToken))
            entries.Add(new Acquisition(
                row.GetGuid(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.IsDBNull(3) ? null : row.GetInt32(3), row.GetString(4), row.GetString(5),
                row.GetInt32(6), row.GetFieldValue<Instant>(7)));
        return entries;
    }
}

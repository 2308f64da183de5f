using System.Globalization;
using System.Text;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Printing;

/// <summary>GET /api/v1/shelfLists/BRANCH: what stands at a branch and is not withdrawn, in the order of the shelf (call number, then title), as a page to tick off with a pencil.</summary>
public sealed class ShelfList(NpgsqlDataSource database, Network network, Texts texts)
{
    private const int Usual = 500, Most = 2_000;

    private const string Style = """
        @page{size:A4 portrait;margin:12mm}
        body{margin:0;font:9pt/1.3 system-ui,sans-serif;color:#000;background:#fff}
        h1{font-size:13pt}
        table{border-collapse:collapse;width:100%}
        thead{display:table-header-group}
        tr{break-inside:avoid}
        th,td{border-bottom:1px solid #999;padding:1mm 2mm;text-align:left;vertical-align:top}
        .tick{width:6mm}
        .code{font-family:monospace;white-space:nowrap}
        """;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/v1/shelfLists/{branch}", (string branch, HttpContext http, ShelfList list) => list.RunAsync(branch, http))
        .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin)).AddEndpointFilter<FailuresAsStatus>()
        .WithSummary("What stands at a branch, in the order of the shelf, as a page").WithDescription("Query: pageSize (1–2,000, 500 where absent), pageToken.");

    private async Task<IResult> RunAsync(string branch, HttpContext http)
    {
        if (!network.Branches.TryGetValue(branch, out var known)) throw Failure.NotFound("branch");
        var (size, after) = Read(http.Request.Query);
        var language = texts.Choose(http.Request.Headers.AcceptLanguage);
        var (rows, next) = await RowsAsync(branch, size, after, http.RequestAborted);
        string Say(string key) => PrintedPage.Shown(texts.Get(language, key, []));
        var title = $"{texts.Get(language, "print.shelfList", [])}: {known.Name}";
        var more = next is null ? "" : $"""<p><a rel="next" href="?pageSize={size.ToString(CultureInfo.InvariantCulture)}&amp;pageToken={next}">{Say("print.next")}</a></p>""";
        var body = $"""
            <h1>{PrintedPage.Shown(title)}</h1>
            <table><thead><tr><th class="tick"></th><th>{Say("print.callNumber")}</th><th>{Say("print.title")}</th><th>{Say("print.names")}</th><th>{Say("print.year")}</th><th>{Say("print.barcode")}</th></tr></thead><tbody>
            {rows}</tbody></table>{more}
            """;
        return PrintedPage.Answer(PrintedPage.Render(http, language, title, Style, "", body));
    }

    private static (int Size, string[] After) Read(IQueryCollection query)
    {
        var fields = new Fields();
        var given = query["pageSize"].ToString();
        if (!int.TryParse(given.Length == 0 ? "0" : given, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) size = -1;
        size = fields.PageSize(size, Usual, Most);
        fields.ThrowIfWrong();
        return (size, PageToken.Read(query["pageToken"].ToString(), 3) ?? ["", "", ""]);
    }

    private async Task<(string Rows, string? Next)> RowsAsync(string branch, int size, string[] after, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT r.title, coalesce(r.authors[1], ''), r.year, i.barcode, r.title_sort, i.call_number, i.call_number_sort
            FROM item i JOIN record r ON r.id = i.record
            WHERE coalesce(i.stands_at, i.branch) = $1 AND i.state <> 'WITHDRAWN' AND i.lender_due_on IS NULL AND i.call_number_sort >= $2
                AND (i.call_number_sort, r.title_sort, i.barcode) > ($2, $3, $4)
            ORDER BY i.call_number_sort, r.title_sort, i.barcode LIMIT $5
            """, branch, after[0], after[1], after[2], size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (rows, last) = (new StringBuilder(), (Shelf: "", Title: "", Barcode: ""));
        for (var count = 0; await row.ReadAsync(cancellationToken); count++)
        {
            if (count == size) return (rows.ToString(), PageToken.Write(last.Shelf, last.Title, last.Barcode));
            last = (row.GetString(6), row.GetString(4), row.GetString(3));
            var year = row.IsDBNull(2) ? "" : row.GetInt32(2).ToString(CultureInfo.InvariantCulture);
            rows.Append(CultureInfo.InvariantCulture, $"""
                <tr><td class="tick">☐</td><td>{PrintedPage.Shown(row.GetString(5))}</td><td>{PrintedPage.Shown(row.GetString(0))}</td><td>{PrintedPage.Shown(row.GetString(1))}</td><td>{year}</td><td class="code">{row.GetString(3)}</td></tr>

                """);
        }
        return (rows.ToString(), null);
    }
}

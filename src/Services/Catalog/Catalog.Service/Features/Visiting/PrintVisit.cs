using System.Globalization;
using System.Text;
using Library.Catalog.Features.Printing;
using Library.Catalog.V1;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Security;
using Kind = Library.Catalog.V1.DeskVisit.Types.Kind;

namespace Library.Catalog.Features.Visiting;

/// <summary>
/// GET /api/v1/members/ID:visitReceipt?branch=CODE: the receipt of today's visit, as narrow as the paper of a receipt printer (80 mm). It bears no name and no number of a
/// card: a slip that is left lying says nothing of whose it is.
/// </summary>
public sealed class PrintVisit(ReadVisit visits, Network network, Texts texts)
{
    private const string Style = """
        @page{size:80mm auto;margin:3mm}
        body{margin:0;width:72mm;font:9.5pt/1.3 system-ui,sans-serif;color:#000;background:#fff}
        h1{font-size:11pt;margin:0}h2{font-size:9.5pt;margin:2mm 0 0;border-top:1px solid #000}
        p{margin:1mm 0}
        ul{margin:0;padding:0;list-style:none}
        li{break-inside:avoid;margin:1mm 0;overflow-wrap:anywhere}
        .code{font-family:monospace}
        """;

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/v1/members/{id}:visitReceipt", (string id, string? branch, HttpContext http, PrintVisit print) => print.RunAsync(id, branch ?? "", http))
        .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Member)).AddEndpointFilter<FailuresAsStatus>()
        .WithSummary("What a member did at a branch today, as a page for a receipt printer").WithDescription("Query: branch. In the language of Accept-Language.");

    private async Task<IResult> RunAsync(string id, string branch, HttpContext http)
    {
        var visit = await visits.RunAsync(new GetVisitRequest { Name = $"members/{id}", Branch = branch }, new Caller(http.User), http.RequestAborted);
        var language = texts.Choose(http.Request.Headers.AcceptLanguage);
        var place = network.Branches[visit.Branch];
        var title = $"{texts.Get(language, "print.visit", [])}, {texts.Day(Rules.Requests.DateOf(visit.Day), language)}";
        var body = new StringBuilder("<h1>").Append(PrintedPage.Shown(network.Libraries[place.LibraryCode].Name)).Append("</h1>\n<p>")
            .Append(PrintedPage.Shown($"{place.Name}, {place.Street}, {place.PostCode} {place.City}")).Append("</p>\n<p>").Append(PrintedPage.Shown(title)).Append("</p>\n");
        foreach (var kind in visit.Lines.GroupBy(line => line.Kind)) Part(body, kind.Key, [.. kind], visit.CurrencyCode, language);
        if (visit.Lines.Count == 0) body.Append(CultureInfo.InvariantCulture, $"<p>{Say("print.visit.nothing", language)}</p>\n");
        if (visit.Cut) body.Append(CultureInfo.InvariantCulture, $"<p>{Say("print.visit.cut", language)}</p>\n");
        if (visit.FineTotalMinor > 0)
            body.Append(CultureInfo.InvariantCulture,
                $"<h2>{Say("print.visit.fines", language, ("amount", texts.Money(visit.FineTotalMinor, visit.CurrencyCode, language)))}</h2>\n");
        http.Response.Headers.CacheControl = "no-store";
        return PrintedPage.Answer(PrintedPage.Render(http, language, title, Style, "", body.ToString()));
    }

    private void Part(StringBuilder body, Kind kind, IReadOnlyList<DeskVisit.Types.Line> lines, string currencyCode, string language)
    {
        var count = lines.Count.ToString(CultureInfo.InvariantCulture);
        body.Append(CultureInfo.InvariantCulture, $"<h2>{Say($"print.visit.{ServiceDefaults.Requests.Names.Of(kind)}", language, ("count", count))}</h2><ul>\n");
        foreach (var line in lines)
        {
            body.Append(CultureInfo.InvariantCulture, $"""<li>{PrintedPage.Shown(line.Title)} <span class="code">{PrintedPage.Shown(line.Barcode)}</span>""");
            if (line.DueOn.Length > 0) body.Append("<br>").Append(Say("print.visit.due", language, ("due", texts.Day(Rules.Requests.DateOf(line.DueOn), language))));
            if (line.FineMinor > 0)
                body.Append("<br>").Append(Say("print.visit.fine", language,
                    ("days", line.OverdueDays.ToString(CultureInfo.InvariantCulture)), ("amount", texts.Money(line.FineMinor, currencyCode, language))));
            body.Append("</li>\n");
        }
        body.Append("</ul>\n");
    }

    private string Say(string key, string language, params ReadOnlySpan<(string Name, string Value)> figures)
    {
        var known = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in figures) known.Add(KeyValuePair.Create(name, value));
        return PrintedPage.Shown(texts.Get(language, key, known));
    }
}

using System.Globalization;
using System.Text;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Labels;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Printing;

/// <summary>
/// GET /api/v1/labels?items=A,B&amp;sheet=3x8&amp;kind=BOTH&amp;skip=0: labels for items in the order asked for, as a page that prints onto sheets of A4.
/// An ordinary endpoint, because it answers a page. The spine label bears the call number, a line a word.
/// </summary>
public sealed class PrintLabels(NpgsqlDataSource database, Network network, Texts texts)
{
    private const int MostItems = 1_000;
    private const string Both = "BOTH", Spine = "SPINE", BarcodeOnly = "BARCODE";

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/v1/labels", (HttpContext http, PrintLabels labels) => labels.RunAsync(http))
        .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin)).AddEndpointFilter<FailuresAsStatus>()
        .WithSummary("Labels to print, as a page")
        .WithDescription("Query: items (barcodes with commas between, at most 1,000), sheet (columns x rows of A4, 3x8 where absent), kind (BOTH, SPINE, BARCODE), skip (labels of the first sheet that are used up).");

    private sealed record Asked(IReadOnlyList<string> Items, LabelSheet Sheet, string Kind, int Skip);

    private sealed record Copy(string Barcode, string Branch, string Title, string Author, int? Year, string CallNumber);

    private async Task<IResult> RunAsync(HttpContext http)
    {
        var asked = Read(http.Request.Query);
        var copies = await LoadAsync(asked.Items, http.RequestAborted);
        var language = texts.Choose(http.Request.Headers.AcceptLanguage);
        var labels = asked.Items.Select(barcode => copies.GetValueOrDefault(barcode) ?? throw Failure.NotFound("item")).SelectMany(copy => LabelsOf(copy, asked.Kind));
        return PrintedPage.Answer(PrintedPage.Render(http, language, texts.Get(language, "print.labels", []), StyleOf(asked.Sheet), "", Sheets(labels, asked)));
    }

    private static Asked Read(IQueryCollection query)
    {
        var fields = new Fields();
        var items = query["items"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (items.Length == 0) fields.Wrong("items", "REQUIRED");
        else if (items.Length > MostItems) fields.Wrong("items", "RANGE", ("min", "1"), ("max", MostItems.ToString(CultureInfo.InvariantCulture)));
        else if (items.Any(item => !Barcode.TryParse(item, out _))) fields.Wrong("items", "FORMAT", ("expected", "1–30 × A–Z, 0–9, -"));
        var sheet = LabelSheet.Usual;
        if (query["sheet"].ToString() is { Length: > 0 } size && !LabelSheet.TryParse(size, out sheet))
            fields.Wrong("sheet", "FORMAT", ("expected", $"1–{LabelSheet.MaxColumns} x 1–{LabelSheet.MaxRows}, 3x8"));
        var kind = query["kind"].ToString() is { Length: > 0 } given ? given : Both;
        if (kind is not (Both or Spine or BarcodeOnly)) fields.Wrong("kind", "ENUM", ("expected", $"{Both}, {Spine}, {BarcodeOnly}"));
        var used = query["skip"].ToString();
        if (!int.TryParse(used.Length == 0 ? "0" : used, NumberStyles.None, CultureInfo.InvariantCulture, out var skip)) skip = -1;
        fields.Range("skip", skip, 0, (sheet ?? LabelSheet.Usual).Labels - 1);
        fields.ThrowIfWrong();
        return new Asked(items, sheet!, kind, skip);
    }

    private async Task<Dictionary<string, Copy>> LoadAsync(IReadOnlyList<string> barcodes, CancellationToken cancellationToken)
    {
        object wanted = barcodes.Distinct(StringComparer.Ordinal).ToArray(); // one parameter, not one for each
        await using var command = database.Command("""
            SELECT i.barcode, i.branch, r.title, coalesce(r.authors[1], ''), r.year, i.call_number FROM item i JOIN record r ON r.id = i.record WHERE i.barcode = ANY ($1)
            """, wanted);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var copies = new Dictionary<string, Copy>(StringComparer.Ordinal);
        while (await row.ReadAsync(cancellationToken))
            copies[row.GetString(0)] = new Copy(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetInt32(4), row.GetString(5));
        return copies;
    }

    private IEnumerable<string> LabelsOf(Copy copy, string kind)
    {
        if (kind != BarcodeOnly)
            yield return $"""
                <div class="label spine"><b>{PrintedPage.Shown(copy.Branch)}</b>{CallNumberOf(copy)}<span>{PrintedPage.Shown(copy.Author)}</span><span>{PrintedPage.Shown(copy.Title)}</span><span>{copy.Year?.ToString(CultureInfo.InvariantCulture)}</span></div>
                """;
        if (kind != Spine)
            yield return $"""
                <div class="label"><span>{PrintedPage.Shown(NameOf(copy.Branch))}</span>{Svg(copy.Barcode)}<b>{PrintedPage.Shown(copy.Barcode)}</b><span class="title">{PrintedPage.Shown(copy.Title)}</span></div>
                """;
    }

    private static string CallNumberOf(Copy copy) => string.Concat(copy.CallNumber.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(word => $"<b>{PrintedPage.Shown(word)}</b>"));

    private string NameOf(string branch) => network.Branches.TryGetValue(branch, out var known) ? known.Name : branch;

    /// <summary>Bars as one path; a unit is a module, and the drawing is stretched to the label with its quiet zones.</summary>
    private static string Svg(string barcode)
    {
        if (!Code128.TryEncode(barcode, out var widths)) throw new InvalidOperationException("A barcode that no code can bear.");
        var bars = new StringBuilder();
        var at = Code128.QuietZone;
        for (var i = 0; i < widths.Count; at += widths[i], i++)
            if (i % 2 == 0) bars.Append(CultureInfo.InvariantCulture, $"M{at} 0h{widths[i]}v40h-{widths[i]}z");
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg viewBox="0 0 {at + Code128.QuietZone} 40" preserveAspectRatio="none" role="img" aria-label="{barcode}" shape-rendering="crispEdges"><path d="{bars}"/></svg>
            """);
    }

    private static string Sheets(IEnumerable<string> labels, Asked asked)
    {
        var page = new StringBuilder();
        foreach (var sheet in Enumerable.Repeat("""<div class="label"></div>""", asked.Skip).Concat(labels).Chunk(asked.Sheet.Labels))
            page.Append("<section class=\"sheet\">").AppendJoin('\n', sheet).Append("</section>\n");
        return page.ToString();
    }

    private static string StyleOf(LabelSheet sheet) => string.Create(CultureInfo.InvariantCulture, $$"""
        @page{size:A4 portrait;margin:0}
        *{box-sizing:border-box}
        body{margin:0;font:8pt/1.2 system-ui,sans-serif;color:#000;background:#fff}
        .sheet{width:210mm;height:297mm;display:grid;grid-template-columns:repeat({{sheet.Columns}},{{sheet.WidthMm:0.####}}mm);grid-template-rows:repeat({{sheet.Rows}},{{sheet.HeightMm:0.####}}mm);break-after:page;overflow:hidden}
        .label{padding:2mm 3mm;overflow:hidden;display:flex;flex-direction:column;align-items:center;justify-content:center;text-align:center}
        .label svg{width:100%;flex:1 1 auto;min-height:5mm;max-height:16mm;margin:1mm 0}
        .label .title{max-height:2.4em;overflow:hidden}
        .spine b{font-size:14pt}
        """);
}

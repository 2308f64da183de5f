using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Library.Catalog.Service.Tests;

/// <summary>Pages that people print: labels with barcodes that can be scanned, shelf lists.</summary>
public sealed partial class LabelTests(CatalogNetwork network)
{
    private static async Task<(HttpResponseMessage Response, string Page)> GetAsync(HttpClient client, string path)
    {
        var response = await client.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative));
        return (response, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Labels_come_in_the_order_asked_for_on_sheets_of_their_size_with_bars_that_read_back()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian", language: "sl");
        var record = await catalog.RecordAsync("Deček <s> piščalko & drugi");
        var barcodes = new[] { await catalog.ItemAsync(record: record), await catalog.ItemAsync(record: record), await catalog.ItemAsync("BLE", record) };
        var asked = string.Join(',', barcodes.Reverse());
        var (response, page) = await GetAsync(staff, $"labels?items={asked}&sheet=2x2&kind=BARCODE&skip=2");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains("<html lang=\"sl\">", page, StringComparison.Ordinal);
        Assert.Contains("<title>Nalepke</title>", page, StringComparison.Ordinal);
        Assert.Contains("@page{size:A4 portrait;margin:0}", page, StringComparison.Ordinal);
        Assert.Contains("grid-template-columns:repeat(2,105mm);grid-template-rows:repeat(2,148.5mm)", page, StringComparison.Ordinal);
        Assert.Contains("Deček &lt;s&gt; piščalko &amp; drugi", page, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(page, "class=\"sheet\"")); // two used labels and three new ones
        var drawings = Drawing().Matches(page).Select(match => XElement.Parse(match.Value)).ToList();
        Assert.Equal(barcodes.Reverse(), drawings.Select(svg => (string)svg.Attribute("aria-label")!));
        Assert.Equal(barcodes.Reverse(), drawings.Select(Scan));
    }

    [Fact]
    public async Task Nothing_but_the_pages_own_style_may_be_loaded()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var (response, page) = await GetAsync(staff, $"labels?items={await catalog.ItemAsync()}");
        var style = Regex.Match(page, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal(2, Regex.Count(page, "<div class=\"label")); // a spine and a barcode
        Assert.Contains("repeat(3,70mm)", page, StringComparison.Ordinal);
        Assert.Contains("repeat(8,37.125mm)", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_labels_and_no_more()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var barcode = await catalog.ItemAsync();
        var (response, page) = await GetAsync(staff, $"labels?kind=SPINE&items={string.Join(',', Enumerable.Repeat(barcode, 1_000))}");
        Assert.Equal((HttpStatusCode.OK, 42), (response.StatusCode, Regex.Count(page, "class=\"sheet\"")));
        Assert.Equal(["items:RANGE"], (await staff.AskAsync($"labels?items={string.Join(',', Enumerable.Repeat(barcode, 1_001))}")).Violations);
        Assert.Equal(["items:FORMAT", "sheet:FORMAT", "kind:ENUM", "skip:RANGE"], (await staff.AskAsync("labels?items=a,b&sheet=9x9&kind=ALL&skip=24")).Violations);
        Assert.Equal(["items:REQUIRED"], (await staff.AskAsync("labels")).Violations);
        Assert.Equal("item", (await staff.AskAsync("labels?items=NO-SUCH-ITEM")).Metadata("kind"));
        using var member = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        Assert.Equal(HttpStatusCode.Forbidden, (await member.AskAsync($"labels?items={barcode}")).Status);
    }

    [Fact]
    public async Task A_shelf_list_goes_by_title_page_by_page_and_leaves_out_what_is_withdrawn()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian", language: "lt");
        var barcodes = new List<string>();
        foreach (var title in new[] { "zadnja", "alfa", "medved", "medved" }) barcodes.Add(await catalog.ItemAsync("STF", await catalog.RecordAsync(title)));
        var gone = await catalog.ItemAsync("STF", await catalog.RecordAsync("beta"));
        await catalog.ExecuteAsync("UPDATE item SET state = 'WITHDRAWN' WHERE barcode = $1", gone);
        using (var desk = catalog.Rest("librarian"))
            (await desk.SendAsync($"items/{barcodes[1]}:update", new { callNumber = "821.111 ALF", version = 1 })).Succeeded();
        var (listed, path) = (new List<string>(), "shelfLists/STF?pageSize=2");
        for (var pages = 0; path.Length > 0 && pages < 50; pages++)
        {
            var (response, page) = await GetAsync(staff, path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains("<th>Antra", page, StringComparison.Ordinal);
            listed.AddRange(Regex.Matches(page, "<td class=\"code\">([^<]+)</td>").Select(match => match.Groups[1].Value));
            var next = Regex.Match(page, "rel=\"next\" href=\"([^\"]+)\"");
            path = next.Success ? "shelfLists/STF" + WebUtility.HtmlDecode(next.Groups[1].Value) : "";
        }
        Assert.Equal(
            [.. new[] { barcodes[2], barcodes[3] }.Order(StringComparer.Ordinal), barcodes[0], barcodes[1]], listed.Where(barcodes.Contains));
        Assert.DoesNotContain(gone, listed);
        Assert.Contains("<b>821.111</b><b>ALF</b>", (await GetAsync(staff, $"labels?items={barcodes[1]}&kind=SPINE")).Page, StringComparison.Ordinal);
        Assert.Equal(listed.Distinct(), listed);
        Assert.Equal("branch", (await staff.AskAsync("shelfLists/XXX")).Metadata("kind"));
        Assert.Equal(["pageSize:RANGE"], (await staff.AskAsync("shelfLists/STF?pageSize=2001")).Violations);
    }

    /// <summary>As a scanner sees a drawing: widths of bars and spaces, then symbols of eleven modules, then characters.</summary>
    private static string Scan(XElement svg)
    {
        XNamespace none = svg.Name.Namespace;
        var bars = Regex.Matches((string)svg.Element(none + "path")!.Attribute("d")!, @"M(\d+) 0h(\d+)v40h-(\d+)z")
            .Select(bar => (At: int.Parse(bar.Groups[1].Value, null), Width: int.Parse(bar.Groups[2].Value, null))).ToList();
        var width = int.Parse(((string)svg.Attribute("viewBox")!).Split(' ')[2], null);
        Assert.Equal((10, width - 10), (bars[0].At, bars[^1].At + bars[^1].Width)); // quiet zones
        var modules = string.Concat(Enumerable.Range(0, width).Select(at => bars.Any(bar => at >= bar.At && at < bar.At + bar.Width) ? '1' : '0')).Trim('0');
        var known = Enumerable.Range(' ', '~' - ' ' + 1).ToDictionary(c => ModulesOf($"{(char)c}", 1), c => c - ' ');
        foreach (var pair in Enumerable.Range(0, 100)) known[ModulesOf($"{pair:00}", 1)] = pair;
        var (text, inC) = ("", modules[..11] == "11010011100");
        if (!inC) Assert.Equal("11010010000", modules[..11]);
        Assert.EndsWith("1100011101011", modules, StringComparison.Ordinal);
        for (var at = 11; at < modules.Length - 24; at += 11)
        {
            var symbol = modules.Substring(at, 11);
            if (symbol == "10111101110" && inC) inC = false; // to set B: value 100
            else if (symbol == "10111011110" && !inC) inC = true; // to set C: value 99
            else text += inC ? $"{known[symbol]:00}" : (char)(known[symbol] + ' ');
        }
        return text;
    }

    private static string ModulesOf(string text, int symbol)
    {
        Assert.True(Domain.Labels.Code128.TryEncode(text, out var widths));
        return string.Concat(widths.Skip(symbol * 6).Take(6).Select((width, index) => new string(index % 2 == 0 ? '1' : '0', width)));
    }

    [GeneratedRegex("<svg .*?</svg>")]
    private static partial Regex Drawing();
}

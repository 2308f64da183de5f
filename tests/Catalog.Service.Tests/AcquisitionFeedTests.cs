using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>Lists of new acquisitions, for everybody: a page, Atom and RSS, the same titles in each.</summary>
public sealed class AcquisitionFeedTests(CatalogNetwork network)
{
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    /// <summary>Branches that no other test here uses, and months long ago.</summary>
    private static async Task<string> ArrivedAsync(TestHost catalog, string title, string branch, LocalDateTime at, int copies = 1, string state = "AVAILABLE")
    {
        var record = await catalog.RecordAsync(title);
        await catalog.ExecuteAsync("UPDATE record SET authors = '{\"Tavčar, Ivan\"}', year = 1917, publisher = 'Tiskovna zadruga' WHERE id = $1", Guid.Parse(record["records/".Length..]));
        for (var copy = 0; copy < copies; copy++)
        {
            var barcode = await catalog.ItemAsync(branch, record);
            await catalog.ExecuteAsync("UPDATE item SET created_at = $2, state = $3 WHERE barcode = $1", barcode, at.PlusHours(copy).InZoneStrictly(catalog.Clock.Zone).ToInstant(), state);
        }
        return record["records/".Length..];
    }

    private static async Task<(HttpResponseMessage Response, string Text)> GetAsync(HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/{path}");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var response = await client.SendAsync(request);
        return (response, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_Atom_feed_has_what_a_feed_must_have_and_ids_that_stay()
    {
        var catalog = await network.HostAsync();
        using var reader = catalog.RestWithoutToken();
        var first = await ArrivedAsync(catalog, "Visoška kronika", "KRO", new LocalDateTime(2001, 3, 1, 0, 0));
        var second = await ArrivedAsync(catalog, "Cvetje <&> \u0007 jeseni", "KRO", new LocalDateTime(2001, 3, 31, 20, 0), copies: 2);
        await ArrivedAsync(catalog, "April", "KRO", new LocalDateTime(2001, 4, 1, 0, 0));
        await ArrivedAsync(catalog, "Elsewhere", "GOR", new LocalDateTime(2001, 3, 5, 0, 0));
        await ArrivedAsync(catalog, "Withdrawn", "KRO", new LocalDateTime(2001, 3, 5, 0, 0), state: "WITHDRAWN");
        var (response, text) = await GetAsync(reader, "acquisitions.atom?branch=KRO&month=2001-03");
        Assert.Equal((HttpStatusCode.OK, "application/atom+xml"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var feed = XDocument.Parse(text).Root!;
        Assert.Equal(Atom + "feed", feed.Name);
        Assert.Equal(("en", "New acquisitions: Knjižnica Kropa, 2001-03"), ((string)feed.Attribute(XNamespace.Xml + "lang")!, (string)feed.Element(Atom + "title")!));
        Assert.Equal($"{TestTokens.Issuer}/api/v1/acquisitions.atom?branch=KRO&month=2001-03", (string)feed.Element(Atom + "id")!);
        Assert.Equal((string)feed.Element(Atom + "id")!, feed.Elements(Atom + "link").Single(link => (string)link.Attribute("rel")! == "self").Attribute("href")!.Value);
        Assert.Equal("2001-03-31T18:00:00Z", (string)feed.Element(Atom + "updated")!);
        Assert.NotEmpty((string)feed.Element(Atom + "author")!.Element(Atom + "name")!);
        var entries = feed.Elements(Atom + "entry").ToList();
        Assert.Equal([$"urn:uuid:{second}", $"urn:uuid:{first}"], entries.Select(entry => (string)entry.Element(Atom + "id")!));
        Assert.Equal(["Cvetje <&>  jeseni", "Visoška kronika"], entries.Select(entry => (string)entry.Element(Atom + "title")!));
        Assert.All(entries, entry =>
        {
            Assert.EndsWith("Z", (string)entry.Element(Atom + "updated")!, StringComparison.Ordinal);
            Assert.Equal("Tavčar, Ivan. Tiskovna zadruga. 1917", (string)entry.Element(Atom + "summary")!);
            Assert.Equal("Tavčar, Ivan", (string)entry.Element(Atom + "author")!.Element(Atom + "name")!);
            Assert.StartsWith($"{TestTokens.Issuer}/api/v1/acquisitions?branch=KRO&month=2001-03#", entry.Element(Atom + "link")!.Attribute("href")!.Value, StringComparison.Ordinal);
        });
        Assert.Equal(text, (await GetAsync(reader, "acquisitions.atom?branch=KRO&month=2001-03")).Text);
    }

    [Fact]
    public async Task An_RSS_feed_has_the_same_titles_and_the_page_too()
    {
        var catalog = await network.HostAsync();
        using var reader = catalog.RestWithoutToken();
        var record = await ArrivedAsync(catalog, "Deček s piščalko", "BEG", new LocalDateTime(2002, 12, 24, 9, 0));
        var (response, text) = await GetAsync(reader, "acquisitions.rss?branch=BEG&month=2002-12&language=sl");
        Assert.Equal((HttpStatusCode.OK, "application/rss+xml"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var rss = XDocument.Parse(text).Root!;
        var channel = rss.Element("channel")!;
        Assert.Equal(("2.0", "sl", "Novosti: Knjižnica Begunje, 2002-12"), ((string)rss.Attribute("version")!, (string)channel.Element("language")!, (string)channel.Element("title")!));
        Assert.NotEmpty((string)channel.Element("description")!);
        Assert.Equal($"{TestTokens.Issuer}/api/v1/acquisitions?branch=BEG&month=2002-12", (string)channel.Element("link")!);
        var item = Assert.Single(channel.Elements("item"));
        Assert.Equal(($"urn:uuid:{record}", "false"), ((string)item.Element("guid")!, (string)item.Element("guid")!.Attribute("isPermaLink")!));
        Assert.Equal(new DateTimeOffset(2002, 12, 24, 8, 0, 0, TimeSpan.Zero), DateTimeOffset.ParseExact((string)item.Element("pubDate")!, "R", CultureInfo.InvariantCulture));
        var (page, html) = await GetAsync(reader, "acquisitions?branch=BEG&month=2002-12", ("Accept-Language", "lt"));
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Contains($"<li id=\"{record}\"><b>Deček s piščalko</b>", html, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"lt\">", html, StringComparison.Ordinal);
        Assert.Contains("type=\"application/atom+xml\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acquisitions")]
    [InlineData("acquisitions.atom")]
    [InlineData("acquisitions.rss")]
    public async Task What_has_not_changed_is_answered_with_304(string path)
    {
        var catalog = await network.HostAsync();
        using var reader = catalog.RestWithoutToken();
        var at = new LocalDateTime(2003, path.Length % 12 + 1, 7, 12, 0);
        var asked = $"{path}?branch=SRV&month={at.Year}-{at.Month:00}";
        await ArrivedAsync(catalog, "Prva", "SRV", at);
        var (first, _) = await GetAsync(reader, asked);
        var tag = first.Headers.ETag!.ToString();
        Assert.Equal(at.InZoneStrictly(catalog.Clock.Zone).ToDateTimeOffset(), first.Content.Headers.LastModified);
        Assert.Equal("public, max-age=300", string.Join(", ", first.Headers.CacheControl!.ToString().Split(", ").OrderByDescending(part => part)));
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(reader, asked, ("If-None-Match", tag))).Response.StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, (await GetAsync(reader, asked, ("If-Modified-Since", first.Content.Headers.LastModified!.Value.ToString("R", CultureInfo.InvariantCulture)))).Response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(reader, asked, ("If-None-Match", tag), ("Accept-Language", "sl"))).Response.StatusCode);
        await ArrivedAsync(catalog, "Druga", "SRV", at.PlusDays(1));
        var (second, text) = await GetAsync(reader, asked, ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Contains("Druga", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_a_page_goes_on_and_this_month_is_meant_where_none_is_said()
    {
        var catalog = await network.HostAsync();
        using var reader = catalog.RestWithoutToken();
        await catalog.ExecuteAsync("""
            WITH made AS (
                INSERT INTO record (id, source, control_number, format, form, raw, content_hash, title, title_sort, authors, language, isbns, publisher, subjects, material, title_words, search)
                SELECT gen_random_uuid(), 'many', n::text, 'MARC21', 'ISO2709', ''::bytea, ''::bytea, 'T' || n, 't' || n, '{}', 'slv', '{}', '', '{}', 'BOOK', '', ''
                FROM generate_series(1, 401) AS n RETURNING id, control_number)
            INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at)
            SELECT 'MANY-' || control_number, id, 'BRE', 'BRE', 'BOOK', 'LENDABLE', 0, 'EUR', 'GIFT', 1, false, 'AVAILABLE', '2004-05-05T10:00:00Z' FROM made
            """);
        var (ids, path) = (new List<string>(), "acquisitions.atom?branch=BRE&month=2004-05");
        for (var pages = 1; path.Length > 0; pages++)
        {
            var feed = XDocument.Parse((await GetAsync(reader, path)).Text).Root!;
            ids.AddRange(feed.Elements(Atom + "entry").Select(entry => (string)entry.Element(Atom + "id")!));
            var next = feed.Elements(Atom + "link").SingleOrDefault(link => (string)link.Attribute("rel")! == "next");
            Assert.Equal(pages < 3, next is not null);
            path = next is null ? "" : new Uri(next.Attribute("href")!.Value).PathAndQuery["/api/v1/".Length..];
        }
        Assert.Equal((401, 401), (ids.Count, ids.Distinct().Count()));

        var barcode = await catalog.ItemAsync("BRE", await catalog.RecordAsync("Pravkar prispelo"));
        Assert.NotEmpty(barcode);
        Assert.Contains("Pravkar prispelo", (await GetAsync(reader, "acquisitions?branch=BRE")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("month", (string)XDocument.Parse((await GetAsync(reader, "acquisitions.atom?branch=BRE")).Text).Root!.Element(Atom + "id")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_month_is_a_good_feed_and_a_bad_question_is_told()
    {
        var catalog = await network.HostAsync();
        using var reader = catalog.RestWithoutToken();
        var feed = XDocument.Parse((await GetAsync(reader, "acquisitions.atom?branch=LES&month=1950-01")).Text).Root!;
        Assert.Empty(feed.Elements(Atom + "entry"));
        Assert.Equal("1949-12-31T23:00:00Z", (string)feed.Element(Atom + "updated")!);
        Assert.Equal(["branch:UNKNOWN", "month:FORMAT", "language:ENUM"], (await reader.AskAsync("acquisitions.atom?branch=XXX&month=2001-13&language=xx")).Violations);
        Assert.Equal(["branch:REQUIRED"], (await reader.AskAsync("acquisitions")).Violations);
        Assert.Equal(["pageToken:PAGE_TOKEN"], (await reader.AskAsync("acquisitions?branch=LES&pageToken=AAAA")).Violations);
    }
}

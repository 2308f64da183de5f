using System.Net;
using Library.Catalog.Messages;
using Library.Testing;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>What a reader did at a branch today: as data, as a slip, and by e-mail.</summary>
public sealed class VisitTests(CatalogNetwork network)
{
    private sealed record Visitor(Reader Reader, string Lent, string Late, string Renewed);

    /// <summary>Lent one at Radovljica today and one at Bled, gave back one five days late, renewed one of before.</summary>
    private static async Task<Visitor> VisitedAsync(TestHost catalog)
    {
        using var desk = catalog.Rest("librarian");
        var reader = await catalog.ReaderAsync();
        var (lent, late, renewed, elsewhere, yesterday) =
            (await ItemAsync("Visoška <kronika>"), await ItemAsync("Deseti brat"), await ItemAsync("Alamut"), await ItemAsync("Pesnik", "BLE"), await ItemAsync("Veronika"));
        foreach (var barcode in new[] { late, renewed, yesterday }) await catalog.LentAsync(reader, barcode);
        await catalog.ExecuteAsync("UPDATE loan SET lent_at = lent_at - interval '10 days', counted_from = counted_from - 10 WHERE member = $1", reader.Id);
        (await desk.ReturnAsync(yesterday)).Succeeded();
        await catalog.ExecuteAsync("UPDATE loan SET returned_at = returned_at - interval '1 day' WHERE barcode = $1", yesterday);
        await catalog.LentAsync(reader, lent);
        await catalog.LentAsync(reader, elsewhere, "BLE");
        (await desk.SendAsync($"{await LoanOfAsync(renewed)}:renew", new { })).Succeeded();
        await catalog.ExecuteAsync("UPDATE loan SET due_on = $2 WHERE barcode = $1", late, catalog.Clock.Today.PlusDays(-5));
        (await desk.ReturnAsync(late)).Succeeded();
        return new Visitor(reader, lent, late, renewed);

        async Task<string> ItemAsync(string title, string branch = "RAD") => await catalog.ItemAsync(branch, await catalog.RecordAsync(title));
        async Task<string> LoanOfAsync(string barcode) => $"loans/{await catalog.ScalarAsync<Guid>("SELECT id FROM loan WHERE barcode = $1 AND returned_at IS NULL", barcode):D}";
    }

    private static IReadOnlyList<(string Kind, string Barcode)> Lines(Answer visit) =>
        [.. visit.Body.GetProperty("lines").EnumerateArray().Select(line => (line.GetProperty("kind").GetString()!, line.GetProperty("barcode").GetString()!))];

    [Fact]
    public async Task What_ended_without_its_copy_was_not_returned()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var ana = await catalog.ReaderAsync();
        var (paid, ours) = (await catalog.LentAsync(ana), await catalog.LentAsync(ana));
        var loss = (await desk.DeclareLostAsync(paid)).Succeeded().Text("name");
        (await desk.SendAsync($"{loss}:compensate", new { branch = "RAD" })).Succeeded();
        (await desk.SendAsync($"{ours}:claimReturned", new { branch = "RAD" })).Succeeded();
        (await desk.SendAsync($"{ours}:settleClaim", new { branch = "RAD", outcome = "LIBRARY_LOST" })).Succeeded();
        var lines = (await desk.AskAsync($"{ana.Name}:visit?branch=RAD")).Succeeded().Body.GetProperty("lines").EnumerateArray();
        Assert.Equal(["LENT", "LENT"], lines.Select(line => line.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task A_visit_shows_what_was_lent_renewed_and_returned_at_the_branch_that_day_art_41()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var visitor = await VisitedAsync(catalog);
        var visit = (await desk.AskAsync($"{visitor.Reader.Name}:visit?branch=RAD")).Succeeded();
        Assert.Equal([("LENT", visitor.Lent), ("RENEWED", visitor.Renewed), ("RETURNED", visitor.Late)], Lines(visit));
        Assert.Equal((1L, 1L, 1L, 150L, "EUR", catalog.Clock.Today.Iso()), (visit.Number("lentTotal"), visit.Number("renewedTotal"), visit.Number("returnedTotal"),
            visit.Number("fineTotalMinor"), visit.Text("currencyCode"), visit.Text("day")));
        var returned = visit.Body.GetProperty("lines")[2];
        Assert.Equal((5, 150, ""), (returned.GetProperty("overdueDays").GetInt32(), returned.GetProperty("fineMinor").GetInt64(), returned.GetProperty("dueOn").GetString()));
        Assert.Equal((catalog.Clock.Today.PlusDays(21).Iso(), "Visoška <kronika>"),
            (visit.Body.GetProperty("lines")[0].GetProperty("dueOn").GetString(), visit.Body.GetProperty("lines")[0].GetProperty("title").GetString()));

        using var member = catalog.RestAsMember(visitor.Reader.Name);
        Assert.Equal(3, Lines((await member.AskAsync($"{visitor.Reader.Name}:visit?branch=RAD")).Succeeded()).Count);
    }

    [Fact]
    public async Task Nobody_else_is_told_what_somebody_borrowed_or_brought_back_art_22()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        using var bled = catalog.Rest("librarian", "BLE");
        var visitor = await VisitedAsync(catalog);
        var path = $"{visitor.Reader.Name}:visit";
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.AskAsync($"{path}?branch=RAD")).Status);
        Assert.DoesNotContain(Lines((await bled.AskAsync($"{path}?branch=BLE")).Succeeded()), line => line.Kind == "RETURNED");
        using var other = catalog.RestAsMember((await catalog.ReaderAsync()).Name);
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync($"{path}?branch=RAD")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync($"{path}Receipt?branch=RAD")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync($"{visitor.Reader.Name}:mailReceipt", new { branch = "RAD" })).Status);
        using var accountant = catalog.Rest("accountant");
        Assert.Equal(HttpStatusCode.Forbidden, (await accountant.AskAsync($"{path}?branch=RAD")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await accountant.AskAsync($"{path}Receipt?branch=RAD")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.AskAsync($"{path}Receipt?branch=RAD")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await desk.AskAsync($"members/{Guid.CreateVersion7():D}:visit?branch=RAD")).Status);
        Assert.Equal(["branch:REQUIRED"], (await desk.AskAsync(path)).Violations);

        // the next day it is the archive's, and without its link nobody's
        await catalog.ExecuteAsync("UPDATE loan SET member = NULL WHERE barcode = $1 AND returned_at IS NOT NULL", visitor.Late);
        Assert.DoesNotContain(Lines((await desk.AskAsync($"{path}?branch=RAD")).Succeeded()), line => line.Kind == "RETURNED");
        await catalog.ExecuteAsync("UPDATE loan SET lent_at = lent_at - interval '1 day', counted_from = counted_from - 1 WHERE member = $1", visitor.Reader.Id);
        Assert.Empty(Lines((await desk.AskAsync($"{path}?branch=RAD")).Succeeded()));
    }

    [Fact]
    public async Task The_slip_is_as_narrow_as_its_paper_and_names_nobody()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD", language: "sl");
        var visitor = await VisitedAsync(catalog);
        using var printed = await desk.GetAsync(new Uri($"/api/v1/{visitor.Reader.Name}:visitReceipt?branch=RAD", UriKind.Relative));
        var page = await printed.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "no-store", "text/html"), (printed.StatusCode, printed.Headers.CacheControl?.ToString(), printed.Content.Headers.ContentType?.MediaType));
        Assert.Contains("default-src 'none'", printed.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("@page{size:80mm auto", page, StringComparison.Ordinal);
        Assert.Contains("Visoška &lt;kronika&gt;", page, StringComparison.Ordinal);
        var text = WebUtility.HtmlDecode(page);
        foreach (var words in new[] { "Potrdilo o obisku", "Izposojeno: 1", "Podaljšano: 1", "Vrnjeno: 1", "dni zamude: 5, zamudnina: 1,50 EUR", "Zamudnina skupaj: 1,50 EUR", visitor.Late })
            Assert.Contains(words, text, StringComparison.Ordinal);
        foreach (var secret in new[] { visitor.Reader.Card, visitor.Reader.Id.ToString("D") }) Assert.DoesNotContain(secret, page, StringComparison.Ordinal);

        using var english = catalog.Rest("librarian", "RAD", language: "en");
        Assert.Contains("Nothing was lent, renewed or returned today.",
            await english.GetStringAsync(new Uri($"/api/v1/{(await catalog.ReaderAsync()).Name}:visitReceipt?branch=RAD", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receipt_that_is_asked_for_is_told_once_for_a_key_and_without_a_title_art_41()
    {
        var catalog = await network.HostAsync();
        using var desk = catalog.Rest("librarian", "RAD");
        var visitor = await VisitedAsync(catalog);
        var key = Guid.NewGuid().ToString("N");
        for (var again = 0; again < 2; again++)
        {
            var asked = (await desk.SendAsync($"{visitor.Reader.Name}:mailReceipt", new { branch = "RAD" }, key)).Succeeded();
            Assert.Equal(("RAD", catalog.Clock.Today.Iso()), (asked.Text("branch"), asked.Text("day")));
        }
        var body = await catalog.ScalarAsync<string>(
            "SELECT string_agg(body, '') FROM outbox WHERE type = $1 AND body::jsonb ->> 'member' = $2", typeof(VisitReceiptAsked).FullName!, visitor.Reader.Name);
        Assert.Single(body.Split("visitReceipts/").Skip(1));
        foreach (var secret in new[] { "kronika", visitor.Lent, visitor.Late, visitor.Reader.Card }) Assert.DoesNotContain(secret, body, StringComparison.Ordinal);
        Assert.Equal("VISIT_EMPTY", (await desk.SendAsync($"{(await catalog.ReaderAsync()).Name}:mailReceipt", new { branch = "RAD" })).Reason);
        using var bled = catalog.Rest("librarian", "BLE");
        Assert.Equal(HttpStatusCode.Forbidden, (await bled.SendAsync($"{visitor.Reader.Name}:mailReceipt", new { branch = "RAD" })).Status);

        using var channel = catalog.Grpc("notifications");
        var visit = await new V1.CatalogDirectory.CatalogDirectoryClient(channel).GetVisitOfAsync(
            new V1.GetVisitOfRequest { Member = visitor.Reader.Name, Branch = "RAD", Day = catalog.Clock.Today.Iso() });
        Assert.Equal(("Visoška <kronika>", 150L), (visit.Lines[0].Title, visit.FineTotalMinor));
    }
}

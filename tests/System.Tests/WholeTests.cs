using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>What only shows when everything runs together.</summary>
public sealed class WholeTests(RunningLibrary library)
{
    [Fact]
    public async Task One_trace_runs_over_REST_gRPC_RabbitMQ_and_the_database()
    {
        var barcode = await library.AddCopyAsync(await library.ImportAsync($"Sled {Desk.Unique("naslov")}"));
        var joined = await library.JoinAsync($"{Desk.Unique("sled")}@example.org");
        using var librarian = await library.AsAsync("librarian@RAD");
        var trace = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        // a new card is told to Catalog and charged by Finance over RabbitMQ; for a card that nobody knows the desk asks Membership over gRPC
        librarian.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{trace[..16]}-01");
        await librarian.PostAsync($"{joined["name"]}:replaceCard", []);
        await librarian.TryPostAsync("loans", Desk.Loan(barcode, "NO-SUCH-CARD"));

        await Eventually.SeesAsync(
            () => Task.FromResult(library.Collector.Spans.Where(span => span.TraceId == trace).ToList()),
            seen => Has(seen, "gateway", "Microsoft.AspNetCore") && Has(seen, "membership", "Npgsql") && Has(seen, "catalog", "Microsoft.AspNetCore")
                && Has(seen, "catalog", "Grpc.Net.Client") && Has(seen, "finance", "MassTransit") && Has(seen, "finance", "Npgsql")
                && Has(seen, "membership", "MassTransit"),
            "gateway, membership, catalog and finance stand in one trace");

        static bool Has(IEnumerable<Span> spans, string service, string source) => spans.Any(span => span.Service == service && span.Source == source);
    }

    [Fact]
    public async Task One_document_describes_every_service()
    {
        using var client = await library.AsAsync(null);
        var document = (JsonObject)JsonNode.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!;
        var paths = document["paths"]!.AsObject().Select(path => path.Key).ToList();
        foreach (var path in new[] { "/api/v1/members", "/api/v1/loans", "/api/v1/records:import", "/api/v1/payments", "/api/v1/events", "/api/v1/deliveries", "/api/v1/clock:advance" })
            Assert.Contains(path, paths);
        using var docs = await client.GetAsync(new Uri("/docs", UriKind.Relative));
        Assert.True(docs.IsSuccessStatusCode);
    }

    [Fact]
    public async Task An_idle_month_passes_and_the_clock_never_goes_back()
    {
        using var admin = await library.AsAsync("admin");
        var before = DateOnly.Parse((string)(await admin.FetchAsync("clock"))["today"]!, System.Globalization.CultureInfo.InvariantCulture);
        var after = await admin.PostAsync("clock:advance", new JsonObject { ["days"] = 31 });
        Assert.Equal(before.AddDays(31).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), (string)after["today"]!);
        var (code, _) = await admin.TryPostAsync("clock:advance", new JsonObject { ["to"] = before.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) });
        Assert.Equal(400, code);
    }
}

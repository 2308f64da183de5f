using System.Text.Json.Nodes;
using Library.Testing;

namespace Library.Acceptance;

/// <summary>
/// What docs/life-of-a-loan.md tells: every hop of a loan, a reminder and an overdue return is a span, under the one that caused it. The trees of the
/// run are in the test's output.
/// </summary>
public sealed class LoanTraceTests(RunningLibrary library, ITestOutputHelper output)
{
    [Fact]
    public async Task A_loan_a_reminder_and_an_overdue_return_are_traced_hop_by_hop()
    {
        var joined = await library.JoinAsync($"{Desk.Unique("sled")}@example.org");
        await library.PayAsync((string)joined["name"]!, 2_000);
        var barcode = await WarmUpAsync(joined);

        var loan = await TraceAsync("librarian@RAD", "loans", Desk.Loan(barcode, (string)joined["cardNumber"]!),
            ["gateway: POST /api/v1/loans/{**rest}", "catalog: POST /api/v1/loans", "catalog: INSERT loan, UPDATE item, INSERT outbox, INSERT circulation_fact"],
            ["gateway: POST /api/v1/loans/{**rest}", "catalog: POST /api/v1/loans", "catalog: COMMIT"],
            ["gateway: POST /api/v1/loans/{**rest}", "catalog: POST /api/v1/loans", "catalog: outbox publish", "catalog: Library.Catalog.Messages:ItemLent send"]);
        output.WriteLine(SpanTree.Print(loan));

        var night = await TraceAsync("admin", "clock:advance", new JsonObject { ["days"] = 30 },
            ["catalog: job reminders", "catalog: outbox publish", "finance: finance process", "finance: COMMIT"],
            ["catalog: job reminders", "catalog: outbox publish", "notifications: notifications process", "notifications: notice", "membership: POST", "membership: SELECT"],
            ["catalog: job reminders", "catalog: outbox publish", "notifications: notifications process", "notifications: notice", "notifications: UPDATE delivery"]);
        output.WriteLine(SpanTree.Print(SpanTree.Under(night, FirstWithNotice(night))));

        var back = await TraceAsync("librarian@RAD", "returns", new JsonObject { ["barcode"] = barcode, ["branch"] = "RAD" },
            ["gateway: POST /api/v1/returns/{**rest}", "catalog: POST /api/v1/returns", "catalog: COMMIT"],
            ["catalog: POST /api/v1/returns", "catalog: outbox publish", "finance: finance process", "finance: INSERT ledger_entry"],
            ["catalog: POST /api/v1/returns", "catalog: outbox publish", "finance: finance process", "finance: outbox publish", "catalog: catalog process", "catalog: COMMIT"]);
        output.WriteLine(SpanTree.Print(back));
    }

    /// <summary>The first call of each kind is slow in a process that has just begun; a later one is what a desk sees all day.</summary>
    private async Task<string> WarmUpAsync(JsonObject joined)
    {
        using var librarian = await library.AsAsync("librarian@RAD");
        var record = await library.ImportAsync($"Sled {Desk.Unique("naslov")}");
        for (var i = 0; i < 3; i++)
        {
            var copy = await library.AddCopyAsync(record);
            await librarian.PostAsync("loans", Desk.Loan(copy, (string)joined["cardNumber"]!));
            await librarian.PostAsync("returns", new JsonObject { ["barcode"] = copy, ["branch"] = "RAD" });
        }
        return await library.AddCopyAsync(record);
    }

    /// <summary>Calls, and waits until the collector has a span for each of the ways, which name spans from the outside in; not every span is named.</summary>
    private async Task<IReadOnlyList<Span>> TraceAsync(string who, string path, JsonObject body, params string[][] ways)
    {
        using var client = await library.AsAsync(who);
        var trace = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{trace[..16]}-01");
        await client.PostAsync(path, body);
        IReadOnlyList<Span> spans = [];
        foreach (var way in ways)
            await Eventually.SeesAsync(
                () =>
                {
                    spans = [.. library.Collector.Spans.Where(span => span.TraceId == trace)];
                    return Task.FromResult(spans.Any(span => SpanTree.Follows(SpanTree.WayTo(span, spans), way)) ? "" : SpanTree.Print(spans));
                },
                missing => missing.Length == 0, string.Join(" > ", way));
        return spans;
    }

    private static Span FirstWithNotice(IReadOnlyList<Span> trace) => trace
        .Where(span => span.Name == "job reminders")
        .OrderBy(span => span.StartNanos)
        .First(job => SpanTree.Under(trace, job).Any(span => span.Name == "notice"));
}

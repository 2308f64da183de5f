using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Renown;
using Library.ServiceDefaults.Jobs;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Library.Catalog.Service.Tests;

/// <summary>What was undone counts nowhere. Each test has a Catalog of its own, so that its figures are exact.</summary>
public sealed class UndoStatisticsTests : IAsyncLifetime
{
    private TestHost catalog = null!;
    private HttpClient desk = null!;

    private LocalDate Today => catalog.Clock.Today;

    public async ValueTask InitializeAsync()
    {
        catalog = await CatalogNetwork.StartAloneAsync();
        desk = catalog.Rest("librarian");
    }

    public async ValueTask DisposeAsync()
    {
        desk.Dispose();
        await catalog.DisposeAsync();
    }

    [Fact]
    public async Task A_loan_that_was_undone_is_no_loan_no_visit_and_no_renown()
    {
        var (ana, bine, record) = (await catalog.ReaderAsync(), await catalog.ReaderAsync(), await catalog.RecordAsync());
        var barcode = await catalog.ItemAsync(record: record);
        await catalog.ExecuteAsync("UPDATE borrower SET municipality = 'Bled' WHERE member = $1", bine.Id);
        (await desk.UndoAsync(await catalog.LentAsync(bine, barcode))).Succeeded();
        Assert.Equal("", await CountedAsync());
        var right = await catalog.LentAsync(ana, barcode);
        Assert.Equal("LOAN Radovljica 1, VISIT Radovljica 1", await CountedAsync());

        // one who has been undone once is counted as having come, once something stands
        (await desk.UndoAsync(await catalog.LentAsync(bine))).Succeeded();
        var (first, second) = (await catalog.LentAsync(bine), await catalog.LentAsync(bine));
        (await desk.UndoAsync(first)).Succeeded();
        Assert.Equal("LOAN Bled 1, LOAN Radovljica 1, VISIT Bled 1, VISIT Radovljica 1", await CountedAsync());
        (await desk.UndoAsync(second)).Succeeded();
        Assert.Equal("LOAN Radovljica 1, VISIT Radovljica 1", await CountedAsync());

        // added up, and counted for search
        await RunAsync<RollUpCirculation>(Today.PlusDays(1));
        Assert.Equal("LOAN Radovljica 1, VISIT Radovljica 1", await CountedAsync());
        using var admin = catalog.Rest("admin");
        var agreed = (await admin.AskAsync($"circulationStatistics:reconcile?from={Today.Iso()}&to={Today.Iso()}")).Succeeded();
        Assert.Equal((1, 1, 0), (agreed.Number("loans"), agreed.Number("counted"), agreed.Body.GetProperty("differences").GetArrayLength()));
        await RunAsync<CountLoans>(Today.PlusDays(1));
        Assert.Equal("1", await catalog.ScalarAsync<string>("SELECT string_agg(own::text, ',') FROM record_loans WHERE own > 0"));
        // who last had the copy is who had it
        (await desk.ReturnAsync(barcode)).Succeeded();
        (await desk.UndoAsync(await catalog.LentAsync(bine, barcode))).Succeeded();
        Assert.Equal(right, (await desk.AskAsync($"items/{barcode}:lastBorrower?purpose=DAMAGE")).Succeeded().Text("loan"));
    }

    [Fact]
    public async Task A_loan_that_waited_to_be_counted_is_not_counted_once_it_is_undone()
    {
        var loan = await catalog.LentAsync(await catalog.ReaderAsync());
        // as an older version leaves it
        await catalog.ExecuteAsync("DELETE FROM circulation_fact");
        await catalog.ExecuteAsync("UPDATE loan SET counted = false WHERE id = $1", Undoing.IdOf(loan));
        (await desk.UndoAsync(loan)).Succeeded();
        await RunAsync<RollUpCirculation>(Today.PlusDays(1));
        Assert.Equal("", await CountedAsync());
    }

    [Fact]
    public async Task Returns_and_renewals_that_were_undone_and_holds_that_were_not_fulfilled_are_taken_back()
    {
        var (ana, record) = (await catalog.ReaderAsync(), await catalog.RecordAsync());
        var barcode = await catalog.ItemAsync(record: record);
        var loan = await catalog.LentAsync(ana, barcode);
        (await desk.SendAsync($"{loan}:renew", new { })).Succeeded();
        (await desk.UndoRenewalAsync(loan)).Succeeded();
        (await desk.ReturnAsync(barcode)).Succeeded();
        (await desk.UndoReturnAsync(barcode)).Succeeded();
        Assert.Equal("LOAN Radovljica 1, VISIT Radovljica 1", await CountedAsync());
        (await desk.ReturnAsync(barcode)).Succeeded();
        (await Holds.HoldAsync(desk, record, ana)).Succeeded();
        (await desk.UndoAsync(await catalog.LentAsync(ana, barcode))).Succeeded();
        Assert.Equal("LOAN Radovljica 1, RETURN Radovljica 1, VISIT Radovljica 1", await CountedAsync("HOLD_PLACED", "HOLD_READY"));
    }

    /// <summary>What does not add up to nothing.</summary>
    private Task<string> CountedAsync(params string[] without) => catalog.ScalarAsync<string>($"""
        SELECT coalesce(string_agg(kind || ' ' || municipality || ' ' || n, ', ' ORDER BY kind, municipality), '') FROM (
            SELECT kind, municipality, sum(count)::bigint AS n FROM {CirculationFacts.Everything} AS c WHERE kind <> ALL ($1) GROUP BY 1, 2 HAVING sum(count) <> 0) AS counted
        """, [without]);

    private Task RunAsync<T>(LocalDate day) where T : IPeriodicJob =>
        catalog.Get<IEnumerable<IPeriodicJob>>().OfType<T>().Single().RunAsync(day, TestContext.Current.CancellationToken);
}

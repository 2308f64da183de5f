using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Library.Catalog.Features.Renown;
using Library.ServiceDefaults.Jobs;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>What is lent much comes first among what matches alike.</summary>
public sealed class RenownTests(CatalogNetwork network)
{
    [Fact]
    public async Task Loans_of_the_system_before_put_the_famous_book_first_and_fade()
    {
        var (catalog, staff) = await ImportedAsync("renown-before");
        Assert.Equal((2, 2), await BringAsync(staff, "renown-before", "controlNumber,year,loans", "p2,2020,900", "p1,2012,950"));
        Assert.Equal(["Potopljeni zvon, druga izdaja", "Potopljeni zvon, prva izdaja"], await FoundAsync(staff, "potopljeni renown-before"));
        Assert.Equal((3, 1), await BringAsync(staff, "renown-before", "controlNumber,year,loans", "p1,2025,900", "nobody,2025,7", ""  , "nobody,2024,7"));
        Assert.Equal(["Potopljeni zvon, prva izdaja", "Potopljeni zvon, druga izdaja"], await FoundAsync(staff, "potopljeni renown-before"));
        var before = await catalog.ScalarAsync<long>("SELECT sum(earlier)::bigint FROM record_loans");
        await BringAsync(staff, "renown-before", "controlNumber,year,loans", "p1,2025,900");
        Assert.Equal(before, await catalog.ScalarAsync<long>("SELECT sum(earlier)::bigint FROM record_loans"));
    }

    [Theory]
    [InlineData("p1,2025", "line 3:FORMAT")]
    [InlineData("p1,1492,3", "line 3: year:RANGE")]
    [InlineData("p1,2999,3", "line 3: year:RANGE")]
    [InlineData("p1,2025,-1", "line 3: loans:RANGE")]
    [InlineData("p1,2025,0", "line 3:FORMAT", 1_000_000)]
    public async Task One_bad_line_changes_nothing(string line, string expected, int zeros = 0)
    {
        var (catalog, staff) = await ImportedAsync("renown-bad");
        var refused = await SendAsync(staff, "renown-bad", "controlNumber,year,loans", "p2,2024,77777", line + new string('0', zeros));
        Assert.Equal((HttpStatusCode.BadRequest, expected), (refused.Status, Assert.Single(refused.Violations)));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM record_loans WHERE earlier = 77777"));
    }

    [Fact]
    public async Task A_days_loans_are_counted_once_however_often_the_job_runs()
    {
        var (catalog, staff) = await ImportedAsync("renown-day");
        var record = await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = 'renown-day' AND control_number = 'p2'");
        for (var copy = 0; copy < 3; copy++) await catalog.LentAsync(await catalog.ReaderAsync(), await catalog.ItemAsync("RAD", $"records/{record:D}"));
        var day = catalog.Clock.Today.PlusDays(1);
        await catalog.ExecuteAsync("DELETE FROM record_loans_counted WHERE day = $1", catalog.Clock.Today);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CountLoansOf(catalog).RunAsync(day, CancellationToken.None)));
        Assert.Equal(3, await catalog.ScalarAsync<long>("SELECT own FROM record_loans WHERE record = $1", record));
        Assert.Equal("Potopljeni zvon, druga izdaja", (await FoundAsync(staff, "potopljeni renown-day"))[0]);
    }

    [Fact]
    public async Task With_each_new_year_the_years_before_lose_half()
    {
        var (catalog, staff) = await ImportedAsync("renown-year");
        var year = catalog.Clock.Today.Year;
        await BringAsync(staff, "renown-year", "controlNumber,year,loans", $"p1,{year},64");
        const string popularity = "SELECT popularity FROM record_index x JOIN record r ON r.id = x.record WHERE r.source = 'renown-year' AND r.control_number = 'p1'";
        Assert.Equal(64, await catalog.ScalarAsync<float>(popularity));
        await CountLoansOf(catalog).RunAsync(new NodaTime.LocalDate(year + 2, 1, 1), CancellationToken.None);
        Assert.Equal(16, await catalog.ScalarAsync<float>(popularity));
    }

    private static CountLoans CountLoansOf(TestHost catalog) => catalog.Get<IEnumerable<IPeriodicJob>>().OfType<CountLoans>().Single();

    private static async Task<(long Read, long Known)> BringAsync(HttpClient staff, string source, params string[] lines)
    {
        var answer = (await SendAsync(staff, source, lines)).Succeeded();
        return (answer.Number("read"), answer.Number("known"));
    }

    private static async Task<Answer> SendAsync(HttpClient staff, string source, params string[] lines)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        var answer = await staff.PostAsync(new Uri($"/api/v1/records:importLoans?source={source}", UriKind.Relative), content);
        return await Http.ReadAsync(answer);
    }

    private static async Task<string[]> FoundAsync(HttpClient staff, string query) =>
        [.. (await staff.AskAsync($"records?query={query}")).Succeeded().Body.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("title").GetString()!)];

    /// <summary>Two editions that match alike; the source stands in the publisher's place, so that each test finds its own.</summary>
    private async Task<(TestHost Catalog, HttpClient Staff)> ImportedAsync(string source)
    {
        var catalog = await network.HostAsync();
        var staff = catalog.Rest("librarian");
        var file = Marc.File(Marc.Record("p1", "Potopljeni zvon, prva izdaja", author: source), Marc.Record("p2", "Potopljeni zvon, druga izdaja", author: source));
        var operation = (await staff.ImportAsync(file, $"format=marc21&source={source}")).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await staff.AskAsync(operation)).Body.GetProperty("done").GetBoolean(), "the import is done");
        return (catalog, staff);
    }
}

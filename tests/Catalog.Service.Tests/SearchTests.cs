using System.Net;
using System.Text.Json;
using Library.ServiceDefaults.Data;
using Library.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Library.Catalog.Service.Tests;

/// <summary>Search finds without case and diacritics, in a stable order, and takes nothing for a command.</summary>
public sealed class SearchTests(CatalogNetwork network)
{
    [Theory]
    [InlineData("cankar")]
    [InlineData("CANKAR ŽELEZNI")]
    [InlineData("zelezni prstan")]
    [InlineData("žele prst")]
    [InlineData("978-0-306-40615-7")]
    [InlineData("0306406152")]
    [InlineData("pravljice cankar")]
    public async Task Words_match_without_case_diacritics_or_endings(string query)
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        var found = (await anybody.AskAsync($"records?query={Uri.EscapeDataString(query)}")).Succeeded();
        Assert.Contains("Železni prstan", Titles(found));
    }

    [Theory]
    [InlineData("zelezni potop")]
    [InlineData("eleznarina")]
    [InlineData("'; DROP TABLE record; --")]
    [InlineData("%")]
    [InlineData("' | 'ab':*")]
    public async Task What_does_not_match_every_word_is_not_found(string query)
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        var found = (await anybody.AskAsync($"records?query={Uri.EscapeDataString(query)}")).Succeeded();
        Assert.DoesNotContain("Železni prstan", Titles(found));
        Assert.NotEqual(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM record"));
    }

    [Fact]
    public async Task The_very_title_comes_first_then_titles_then_the_rest()
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        Assert.Equal(["Kekec", "Kekec in Bedanec", "Zbrana dela"], Titles((await anybody.AskAsync("records?query=kekec")).Succeeded()));
    }

    [Fact]
    public async Task Filters_and_facets_agree()
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        var record = $"records/{await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = 'search' AND title = 'Kekec'"):D}";
        var barcode = await catalog.ItemAsync("BLE", record, material: "AUDIOBOOK");
        Assert.Equal(["Kekec"], Titles((await anybody.AskAsync("records?query=kekec&branch=BLE")).Succeeded()));
        Assert.Equal(["Kekec"], Titles((await anybody.AskAsync("records?query=kekec&material=AUDIOBOOK&available=true")).Succeeded()));
        Assert.Equal([], Titles((await anybody.AskAsync("records?query=kekec&yearFrom=1900&yearTo=1901")).Succeeded()));
        Assert.Equal(["Kekec", "Kekec in Bedanec"], Titles((await anybody.AskAsync("records?query=kekec&language=slv&yearFrom=1918")).Succeeded()));

        var found = (await anybody.AskAsync("records?query=kekec")).Succeeded();
        var facets = found.Body.GetProperty("facets").EnumerateArray().ToDictionary(
            facet => facet.GetProperty("field").GetString()!,
            facet => facet.GetProperty("values").EnumerateArray().ToDictionary(value => value.GetProperty("value").GetString()!, value => value.GetProperty("count").GetInt64()));
        Assert.Equal((1, 3, 1), (facets["branch"]["BLE"], facets["material"]["BOOK"], facets["material"]["AUDIOBOOK"]));
        Assert.Equal((2, 1), (facets["language"]["slv"], facets["language"]["eng"]));

        await catalog.LentAsync(await catalog.ReaderAsync(), barcode, "BLE");
        Assert.Equal([], Titles((await anybody.AskAsync("records?query=kekec&branch=BLE&available=true")).Succeeded()));
        var read = (await anybody.AskAsync(record)).Succeeded();
        Assert.Equal((1, 0), (read.Number("copiesTotal"), read.Number("copiesAvailable")));
        Assert.Equal("ON_LOAN", read.Body.GetProperty("items")[0].GetProperty("state").GetString());
        await catalog.ExecuteAsync("DELETE FROM loan WHERE barcode = $1", barcode);
        await catalog.ExecuteAsync("DELETE FROM item_event WHERE barcode = $1", barcode);
        await catalog.ExecuteAsync("DELETE FROM item WHERE barcode = $1", barcode);
        await catalog.ExecuteAsync("UPDATE record SET copies_total = 0 WHERE title = 'Kekec'");
    }

    [Fact]
    public async Task Pages_go_on_where_the_last_one_ended()
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = (await anybody.AskAsync($"records?query=kekec&pageSize=1&pageToken={token}")).Succeeded();
            seen.AddRange(Titles(page));
            token = page.Text("nextPageToken");
        }
        while (token.Length > 0);
        Assert.Equal(["Kekec", "Kekec in Bedanec", "Zbrana dela"], seen);
    }

    [Theory]
    [InlineData("records?pageToken=abc", "pageToken:PAGE_TOKEN")]
    [InlineData("records?pageSize=101", "pageSize:RANGE")]
    [InlineData("records?branch=NOWHERE", "branch:UNKNOWN")]
    [InlineData("records?material=STONE", "material:ENUM")]
    [InlineData("records?yearFrom=-1", "yearFrom:RANGE")]
    [InlineData("records?orderBy=7", "orderBy:ENUM")]
    [InlineData("records?query=a*", "query:QUERY_PREFIX_TOO_SHORT")]
    [InlineData("records?query=-kekec", "query:QUERY_ONLY_EXCLUDES")]
    [InlineData("records?title=kekec&name=vandot&subject=a*", "subject:QUERY_PREFIX_TOO_SHORT")]
    public async Task A_wrong_request_names_the_field(string path, string expected)
    {
        var catalog = await network.HostAsync();
        using var anybody = catalog.Rest("partner");
        Assert.Equal([expected], (await anybody.AskAsync(path)).Violations);
    }

    [Fact]
    public async Task A_query_of_ten_thousand_characters_or_two_hundred_wildcards_is_refused()
    {
        var catalog = await network.HostAsync();
        using var anybody = catalog.Rest("partner");
        Assert.Equal(["query:LENGTH"], (await anybody.AskAsync($"records?query={new string('a', 10_000)}")).Violations);
        Assert.Equal(["query:QUERY_TOO_MANY_WILDCARDS"], (await anybody.AskAsync($"records?query={string.Join(' ', Enumerable.Repeat("*", 200))}")).Violations);
        Assert.Equal(["query:QUERY_TOO_MANY_WORDS"], (await anybody.AskAsync($"records?query={string.Join("+", Enumerable.Range(1, 100))}")).Violations);
    }

    [Theory]
    [InlineData("žeelzni prstan", "žeelzni -> zelezni prstan")]
    [InlineData("kekc bedanec", "kekec bedanec")]
    [InlineData("vandto", "vandot")]
    public async Task A_mistyped_word_is_forgiven_and_said(string query, string corrected)
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        var found = (await anybody.AskAsync($"records?query={Uri.EscapeDataString(query)}")).Succeeded();
        Assert.Equal(corrected.Split(" -> ")[^1], found.Text("correctedQuery"));
        Assert.NotEmpty(Titles(found));
    }

    [Fact]
    public async Task What_is_typed_is_completed_with_names_and_titles()
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        async Task<string[]> SuggestedAsync(string query) =>
        [
            .. (await anybody.AskAsync($"records:suggest?query={Uri.EscapeDataString(query)}")).Succeeded().Body.GetProperty("suggestions").EnumerateArray()
                .Select(suggestion => suggestion.GetProperty("text").GetString()!),
        ];
        Assert.Equal(["Vandot, Josip"], (await SuggestedAsync("vand"))[..1]);
        Assert.Contains("Kekec in Bedanec", await SuggestedAsync("KEKEC in B"));
        Assert.Empty(await SuggestedAsync("k"));
        Assert.Empty(await SuggestedAsync("žželezni q"));
    }

    [Fact]
    public async Task Lists_go_by_title_name_or_year_and_page_on_in_that_order()
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        foreach (var (order, titles) in new[]
        {
            ("BY_TITLE", new[] { "Kekec", "Kekec in Bedanec", "Zbrana dela", "Železni prstan" }),
            ("NEWEST_FIRST", ["Zbrana dela", "Kekec in Bedanec", "Kekec", "Železni prstan"]),
            ("BY_NAME", ["Železni prstan", "Kekec", "Kekec in Bedanec", "Zbrana dela"]),
        })
        {
            var (seen, token) = (new List<string>(), "");
            do
            {
                var page = (await anybody.AskAsync($"records?query=kekec OR prstan&orderBy={order}&pageSize=1&pageToken={token}")).Succeeded();
                Assert.Equal((4, true), (page.Number("totalSize"), page.Body.GetProperty("totalIsExact").GetBoolean()));
                seen.AddRange(Titles(page));
                token = page.Text("nextPageToken");
            }
            while (token.Length > 0);
            Assert.Equal(titles, seen);
        }
    }

    [Fact]
    public async Task A_record_of_an_older_mapping_is_indexed_again_from_its_raw_bytes()
    {
        var catalog = await ImportedAsync();
        using var anybody = catalog.Rest("partner");
        await catalog.ExecuteAsync("DELETE FROM record_index WHERE record IN (SELECT id FROM record WHERE source = 'search' AND control_number = '1')");
        await catalog.ExecuteAsync("UPDATE record SET indexed_as = 0, title = '?', description = '' WHERE source = 'search' AND control_number = '1'");
        Assert.Empty(Titles((await anybody.AskAsync("records?query=zelezni prstan")).Succeeded()));
        await catalog.Get<Features.Importing.IndexRecords>().RunAsync(CancellationToken.None);
        // the service's own round may be at it already, and then this one leaves it alone
        await Eventually.IsTrueAsync(async () => await catalog.ScalarAsync<long>("SELECT count(*) FROM record WHERE indexed_as = 0") == 0, "indexed");
        Assert.Equal(["Železni prstan"], Titles((await anybody.AskAsync("records?query=zelezni prstan")).Succeeded()));
        var name = $"records/{await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = 'search' AND control_number = '1'"):D}";
        Assert.Equal("Cankar, Ivan", (await anybody.AskAsync(name)).Body.GetProperty("description").GetProperty("names")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_search_on_a_dead_connection_is_asked_once_more()
    {
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var anybody = catalog.Rest("partner");
        await using (await catalog.App.Services.GetRequiredKeyedService<NpgsqlDataSource>(Features.Searching.SearchSetup.Database).OpenConnectionAsync())
        {
        }
        await catalog.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        (await anybody.AskAsync("records?query=kekec")).Succeeded();
    }

    private static IEnumerable<string> Titles(Answer found) => found.Body.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("title").GetString()!);

    private async Task<TestHost> ImportedAsync()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var file = Marc.File(
            Marc.Record("1", "Železni prstan", "Cankar, Ivan", isbn: "0-306-40615-2", subject: "Pravljice"),
            Marc.Record("2", "Kekec", "Vandot, Josip", 1918),
            Marc.Record("3", "Kekec in Bedanec", "Vandot, Josip", 1922),
            Marc.Record("4", "Zbrana dela", "Vandot, Josip", 1950, "eng", subject: "Kekec"));
        var operation = (await staff.ImportAsync(file, "format=marc21&source=search", key: "the-search-tests")).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await staff.AskAsync(operation)).Body.GetProperty("done").ValueKind == JsonValueKind.True, "the import is done");
        return catalog;
    }
}

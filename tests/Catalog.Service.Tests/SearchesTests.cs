using System.Text.Json;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>What people type, over real records in many languages and scripts: searches.tsv says which record must come, and where.</summary>
public sealed class SearchesTests
{
    private sealed record Case(string Query, string Must, string What, string Why);

    [Fact]
    public async Task Every_query_of_the_list_finds_what_it_must()
    {
        var file = await File.ReadAllBytesAsync(SharedData.Path("marc/marc21-bibs.mrc"));
        Case[] cases =
        [
            .. (await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "searches.tsv"))).Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split('\t')).Select(cells => new Case(cells[0], cells[1], cells[2], cells[3])),
        ];
        Assert.True(cases.Length >= 120, $"{cases.Length} queries");
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var anybody = catalog.Rest("librarian");
        var operation = (await anybody.ImportAsync(file, "format=marc21&source=bibs")).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await anybody.AskAsync(operation)).Body.GetProperty("done").ValueKind == JsonValueKind.True, "the import is done", TimeSpan.FromMinutes(2));
        Assert.Empty((await anybody.AskAsync(operation)).Body.GetProperty("rejected").EnumerateArray());

        var wrong = new List<string>();
        foreach (var asked in cases)
        {
            var found = (await anybody.AskAsync($"records?query={Uri.EscapeDataString(asked.Query)}")).Succeeded();
            var records = found.Body.GetProperty("records").EnumerateArray().ToList();
            if (!await HoldsAsync(anybody, asked, records))
                wrong.Add($"{asked.Query} ({asked.Why}): {asked.Must} {asked.What}, but {string.Join(" | ", records.Take(3).Select(record => record.GetProperty("title").GetString()))} {found.Text("correctedQuery")}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Prepend($"{wrong.Count} of {cases.Length}:")));
    }

    private static async Task<bool> HoldsAsync(HttpClient anybody, Case asked, List<JsonElement> records)
    {
        switch (asked.Must)
        {
            case "NONE":
                return records.Count == 0;
            case "BY":
                return records.Count > 0 && records[0].GetProperty("authors").EnumerateArray().Any(author => author.GetString() == asked.What);
        }
        foreach (var record in asked.Must == "FIRST" ? records.Take(1) : records)
        {
            if (Begins(record.GetProperty("title").GetString()!)) return true;
            var described = (await anybody.AskAsync(record.GetProperty("name").GetString()!)).Body.GetProperty("description");
            if (new[] { "parallelTitles", "otherTitles", "uniformTitles" }.Any(kind => described.GetProperty(kind).EnumerateArray().Any(title => Begins(title.GetString()!)))) return true;
        }
        return false;

        bool Begins(string title) => title.StartsWith(asked.What, StringComparison.OrdinalIgnoreCase);
    }
}

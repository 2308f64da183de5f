using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>The result of a search goes out in every format, whole, in order, and comes in again.</summary>
public sealed class ExportTests(CatalogNetwork network)
{
    private static readonly byte[] First = Marc.Record("x1", "Solzice = Tears : novela", "Prežihov, Voranc", 1949, isbn: "0-306-40615-2", subject: "Otroštvo");
    private static readonly byte[] Second = Marc.Record("x2", "@SUM(1), \"formula\"", "Prežihov, Voranc", 1950);

    [Fact]
    public async Task Marc_21_goes_out_as_it_came_in()
    {
        using var staff = await ImportedAsync();
        Assert.Equal(First, await ExportAsync(staff, "format=marc21&query=prezihov&yearTo=1949"));
        Assert.Equal(Marc.File(Second, First), await ExportAsync(staff, "format=marc21&query=prezihov&orderBy=NEWEST_FIRST"));
    }

    [Theory]
    [InlineData("unimarc", "unimarc", "application/marc")]
    [InlineData("marcxml", "marc21", "application/marcxml+xml")]
    public async Task What_goes_out_in_another_format_comes_in_again_and_says_the_same(string format, string comesInAs, string type)
    {
        var catalog = await network.HostAsync();
        using var staff = await ImportedAsync();
        var bytes = await ExportAsync(staff, $"format={format}&query=prezihov");
        var source = $"again-{format}";
        var operation = (await staff.ImportAsync(bytes, $"format={comesInAs}&source={source}", type)).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await staff.AskAsync(operation)).Body.GetProperty("done").ValueKind == JsonValueKind.True, "the import is done");
        Assert.Equal(0, (await staff.AskAsync(operation)).Number("rejectedTotal"));
        const string told = "SELECT string_agg(concat_ws('|', control_number, title, authors, year, language, isbns, subjects, material), '; ' ORDER BY control_number) FROM record WHERE source = $1";
        Assert.Equal(await catalog.ScalarAsync<string>(told, "exported"), await catalog.ScalarAsync<string>(told, source));
        await catalog.ExecuteAsync("DELETE FROM record WHERE source = $1", source);
    }

    [Fact]
    public async Task A_record_that_is_too_long_for_the_format_goes_out_as_search_knows_it()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        // MARCXML has no limit, a field of ISO 2709 has one of 9,999 bytes
        var xml = $"""
            <collection xmlns="http://www.loc.gov/MARC21/slim"><record><leader>00000nam a2200000 i 4500</leader><controlfield tag="001">long</controlfield>
            <datafield tag="245" ind1="1" ind2="0"><subfield code="a">Predolgi zapis</subfield></datafield>
            <datafield tag="590" ind1=" " ind2=" "><subfield code="a">{new string('x', 12_000)}</subfield></datafield></record></collection>
            """;
        var operation = (await staff.ImportAsync(Encoding.UTF8.GetBytes(xml), "format=marc21&source=too-long", "application/marcxml+xml")).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await staff.AskAsync(operation)).Body.GetProperty("done").ValueKind == JsonValueKind.True, "the import is done");
        var marc = Encoding.UTF8.GetString(await ExportAsync(staff, "format=marc21&query=predolgi"));
        Assert.Contains("\u001faPredolgi zapis\u001e", marc, StringComparison.Ordinal);
        Assert.Contains(new string('x', 12_000), Encoding.UTF8.GetString(await ExportAsync(staff, "format=marcxml&query=predolgi")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_and_their_programs_get_isbd_ris_csv_and_dublin_core()
    {
        using var staff = await ImportedAsync();
        var isbd = Encoding.UTF8.GetString(await ExportAsync(staff, "format=isbd&query=solzice"));
        Assert.Equal("Solzice = Tears : novela / Voranc Prežihov. – 1949. – ISBN 9780306406157.\n\n", isbd);

        var ris = Encoding.UTF8.GetString(await ExportAsync(staff, "format=ris&query=solzice")).Split("\r\n");
        Assert.Equal(["TY  - BOOK", "AU  - Prežihov, Voranc", "TI  - Solzice = Tears : novela", "PY  - 1949", "LA  - slv", "SN  - 9780306406157", "KW  - Otroštvo", "ID  - x1", "ER  - "], ris[..9]);

        var csv = Encoding.UTF8.GetString(await ExportAsync(staff, "format=csv&query=prezihov&yearFrom=1950"));
        Assert.StartsWith("\uFEFFname,title,authors,", csv, StringComparison.Ordinal);
        Assert.Contains(",\"'@SUM(1), \"\"formula\"\"\",\"Prežihov, Voranc\",1950,slv,", csv, StringComparison.Ordinal);

        var dublin = XDocument.Parse(Encoding.UTF8.GetString(await ExportAsync(staff, "format=dublincore&query=prezihov")));
        XNamespace dc = "http://purl.org/dc/elements/1.1/";
        Assert.Equal(2, dublin.Root!.Elements().Count());
        Assert.Contains("urn:isbn:9780306406157", dublin.Descendants(dc + "identifier").Select(element => element.Value));
        Assert.Equal(["Prežihov, Voranc", "Prežihov, Voranc"], dublin.Descendants(dc + "creator").Select(element => element.Value));
    }

    [Theory]
    [InlineData("format=pdf&query=x", "format:ENUM")]
    [InlineData("format=csv&yearFrom=abc", "yearFrom:FORMAT")]
    [InlineData("format=csv&material=STONE", "material:ENUM")]
    [InlineData("format=csv&query=-x", "query:QUERY_ONLY_EXCLUDES")]
    public async Task A_wrong_request_names_the_field(string query, string expected)
    {
        var catalog = await network.HostAsync();
        using var anybody = catalog.Rest("partner");
        Assert.Equal([expected], (await anybody.AskAsync($"records:export?{query}")).Violations);
    }

    private static Task<byte[]> ExportAsync(HttpClient staff, string query) => staff.GetByteArrayAsync(new Uri($"/api/v1/records:export?{query}", UriKind.Relative));

    private async Task<HttpClient> ImportedAsync()
    {
        var catalog = await network.HostAsync();
        var staff = catalog.Rest("librarian");
        var operation = (await staff.ImportAsync(Marc.File(First, Second), "format=marc21&source=exported", key: "the-export-tests")).Succeeded().Text("name");
        await Eventually.IsTrueAsync(async () => (await staff.AskAsync(operation)).Body.GetProperty("done").ValueKind == JsonValueKind.True, "the import is done");
        return staff;
    }
}

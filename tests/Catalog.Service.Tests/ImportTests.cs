using System.Net;
using System.Text.Json;
using Library.Testing;

namespace Library.Catalog.Service.Tests;

/// <summary>A MARC file comes in as a stream, is read in behind, and can come again.</summary>
public sealed class ImportTests(CatalogNetwork network)
{
    [Fact]
    public async Task A_file_with_one_bad_record_keeps_the_good_ones_and_names_the_bad()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var file = Marc.File(Marc.Record("a1", "Visoška kronika"), Marc.Garbage, Marc.Record("a2", "Hlapec Jernej"));
        var first = await ImportAsync(staff, file, "format=marc21&source=one-bad");
        Assert.Equal((3, 2, 0, 0), Counts(first));
        var rejected = first.Body.GetProperty("rejected").EnumerateArray().Single();
        Assert.Equal((2, Marc.Record("a1", "Visoška kronika").Length), (rejected.GetProperty("position").GetInt64(), rejected.GetProperty("byteOffset").GetInt64()));
        Assert.NotEqual("", rejected.GetProperty("reason").GetString());

        var again = await ImportAsync(staff, file, "format=marc21&source=one-bad");
        Assert.Equal((3, 0, 0, 2), Counts(again));
        var changed = await ImportAsync(staff, Marc.File(Marc.Record("a1", "Visoška kronika"), Marc.Record("a2", "Hlapec Jernej in njegova pravica")), "format=marc21&source=one-bad");
        Assert.Equal((2, 0, 1, 1), Counts(changed));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM import_chunk"));
    }

    [Fact]
    public async Task A_truncated_file_keeps_what_is_whole()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("admin");
        var whole = Marc.File(Marc.Record("t1", "Prva"), Marc.Record("t2", "Druga"));
        var done = await ImportAsync(staff, whole[..^10], "format=marc21&source=cut");
        Assert.Equal((2, 1, 0, 0), Counts(done));
        Assert.StartsWith("TRUNCATED", done.Body.GetProperty("rejected")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("t2", done.Body.GetProperty("rejected")[0].GetProperty("recordId").GetString());
    }

    [Fact]
    public async Task A_repeated_key_in_one_file_counts_as_updated_and_the_last_wins()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var file = Marc.File(Marc.Record("r1", "Staro"), Marc.Record("r2", "Drugo"), Marc.Record("r1", "Novo"), Marc.Record(null, "Brez številke"));
        Assert.Equal((4, 3, 1, 0), Counts(await ImportAsync(staff, file, "format=marc21&source=repeated")));
        Assert.Equal((4, 0, 0, 4), Counts(await ImportAsync(staff, file, "format=marc21&source=repeated")));
        Assert.Equal("Novo", await catalog.ScalarAsync<string>("SELECT title FROM record WHERE source = 'repeated' AND control_number = 'r1'"));
        Assert.StartsWith("sha256:", await catalog.ScalarAsync<string>("SELECT control_number FROM record WHERE source = 'repeated' AND title LIKE 'Brez%'"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("many", false)]
    [InlineData("many-beside-the-desk", true)]
    public async Task More_than_one_batch_is_read_in_whether_or_not_the_desk_is_busy(string source, bool busy)
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var desk = catalog.Get<DeskMetrics>();
        if (busy) desk.Renewed();
        var file = Marc.File([.. Enumerable.Range(1, 1_203).Select(n => Marc.Record($"m{n}", $"Knjiga {n}"))]);
        Assert.True(desk.IsBusy || !busy);
        Assert.Equal((1_203, 1_203, 0, 0), Counts(await ImportAsync(staff, file, $"format=marc21&source={source}")));
    }

    [Fact]
    public async Task What_stopped_in_the_middle_goes_on_behind_it()
    {
        var catalog = await network.HostAsync();
        var id = Guid.CreateVersion7();
        var (first, second) = (Marc.Record("s1", "Prebrana"), Marc.Record("s2", "Neprebrana"));
        // as an instance that died after the first record left it; the record is split between chunks
        await catalog.ExecuteAsync("""
            WITH operation AS (
                INSERT INTO import_operation (id, source, format, form, byte_count, position, read, created) VALUES ($1, 'stopped', 'MARC21', 'ISO2709', 1, 1, 1, 1))
            INSERT INTO import_chunk (operation, number, bytes) VALUES ($1, 0, $2), ($1, 1, $3)
            """, id, Marc.File(first, second[..20]), second[20..]);
        using var staff = catalog.Rest("librarian");
        Assert.Equal((2, 2, 0, 0), Counts(await DoneAsync(staff, $"operations/{id:D}")));
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM record WHERE source = 'stopped'"));
    }

    [Fact]
    public async Task An_upload_that_is_cut_off_leaves_nothing_behind()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        // more than the service takes at once, so that it has written chunks when the line breaks
        var begun = Marc.File([.. Enumerable.Range(1, 4_000).Select(n => Marc.Record($"c{n}", $"Prekinjena {n}"))]);
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var content = new StreamContent(new BrokenLine(begun));
            content.Headers.ContentType = new("application/marc");
            await staff.PostAsync(new Uri("/api/v1/records:import?format=marc21&source=cut-off", UriKind.Relative), content);
        });
        // a whole one after it: had the first left anything, it would be read before
        Assert.Equal((1, 1, 0, 0), Counts(await ImportAsync(staff, Marc.Record("w1", "Cela"), "format=marc21&source=whole")));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM import_operation WHERE source = 'cut-off'"));
        Assert.Equal(0, await catalog.ScalarAsync<long>("SELECT count(*) FROM record WHERE source = 'cut-off'"));
    }

    [Fact]
    public async Task Two_imports_of_one_file_at_once_make_each_record_once()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var file = Marc.File([.. Enumerable.Range(1, 700).Select(n => Marc.Record($"d{n}", $"Dvojna {n}"))]);
        var done = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => ImportAsync(staff, file, "format=marc21&source=twice")));
        Assert.Equal((1_400, 700, 0, 700), (done.Sum(d => Counts(d).Read), done.Sum(d => Counts(d).Created), done.Sum(d => Counts(d).Updated), done.Sum(d => Counts(d).Unchanged)));
        Assert.Equal(700, await catalog.ScalarAsync<long>("SELECT count(*) FROM record_index x JOIN record r ON r.id = x.record WHERE r.source = 'twice'"));
    }

    /// <summary>Gives what it has and then breaks.</summary>
    private sealed class BrokenLine(byte[] begun) : MemoryStream(begun, writable: false)
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("The line is cut.");
    }

    [Fact]
    public async Task What_is_repaired_is_said_and_the_record_stays_as_it_came()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var (good, bad) = (Marc.Record("g1", "Dober zapis"), Marc.Record("g2", "Slab zapis"));
        "99999"u8.CopyTo(bad);
        var done = await ImportAsync(staff, Marc.File(good, bad), "format=marc21&source=repaired");
        Assert.Equal((2, 2, 0, 0), Counts(done));
        var repaired = Assert.Single(done.Body.GetProperty("repaired").EnumerateArray());
        Assert.Equal((2, good.Length, "g2", "LENGTH"), (repaired.GetProperty("position").GetInt64(), repaired.GetProperty("byteOffset").GetInt64(), repaired.GetProperty("recordId").GetString(), repaired.GetProperty("notes")[0].GetString()));
        Assert.Equal(1, done.Number("repairedTotal"));
        var name = $"records/{await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = 'repaired' AND control_number = 'g2'"):D}";
        Assert.Equal(bad, await staff.GetByteArrayAsync(new Uri($"/api/v1/{name}:marc", UriKind.Relative)));
    }

    [Fact]
    public async Task One_key_is_one_import()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var (file, key) = (Marc.Record("k1", "Enkrat"), Guid.NewGuid().ToString("N"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => staff.ImportAsync(file, "format=marc21&source=keyed", key: key)));
        Assert.Single(answers.Select(answer => answer.Succeeded().Text("name")).Distinct());
        Assert.Equal(1, await catalog.ScalarAsync<long>("SELECT count(*) FROM import_operation WHERE source = 'keyed'"));
        var other = await staff.ImportAsync(Marc.Record("k2", "Drugič"), "format=marc21&source=keyed", key: key);
        Assert.Equal((HttpStatusCode.Conflict, "IDEMPOTENCY_KEY_REUSED"), (other.Status, other.Reason));
    }

    [Theory]
    [InlineData("format=marc99&source=x", "application/marc", "format:ENUM")]
    [InlineData("source=x", "application/marc", "format:ENUM")]
    [InlineData("format=marc21&source=", "application/marc", "source:REQUIRED")]
    [InlineData("format=marc21&source=x", "application/json", "Content-Type:ENUM")]
    public async Task A_wrong_request_names_the_field(string query, string type, string expected)
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var refused = await staff.ImportAsync(Marc.Record("x", "x"), query, type);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal([expected], refused.Violations);
    }

    [Fact]
    public async Task An_empty_file_is_refused_and_members_do_not_import()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        using var member = catalog.RestAsMember("members/0198aaaa-0000-7000-8000-000000000001");
        Assert.Equal(["body:REQUIRED"], (await staff.ImportAsync([], "format=marc21&source=empty")).Violations);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.ImportAsync([], "format=marc21&source=empty")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.AskAsync($"operations/{Guid.NewGuid():D}")).Status);
    }

    [Fact]
    public async Task The_record_comes_out_as_it_came_in_and_as_xml_and_the_xml_goes_in_again()
    {
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        var raw = Marc.Record("raw1", "Čarovnik iz Oza");
        await ImportAsync(staff, raw, "format=marc21&source=raw");
        var name = $"records/{await catalog.ScalarAsync<Guid>("SELECT id FROM record WHERE source = 'raw'"):D}";
        Assert.Equal(raw, await staff.GetByteArrayAsync(new Uri($"/api/v1/{name}:marc?format=marc21", UriKind.Relative)));
        var xml = await staff.GetByteArrayAsync(new Uri($"/api/v1/{name}:marc?format=marcxml", UriKind.Relative));
        Assert.Equal((1, 1, 0, 0), Counts(await ImportAsync(staff, xml, "format=marc21&source=raw-xml", "application/marcxml+xml")));
        Assert.Equal("Čarovnik iz Oza", await catalog.ScalarAsync<string>("SELECT title FROM record WHERE source = 'raw-xml'"));
        Assert.Equal(["format:ENUM"], (await staff.AskAsync($"{name}:marc?format=pdf")).Violations);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.AskAsync($"records/{Guid.NewGuid():D}:marc")).Status);
    }

    [Fact]
    public async Task The_records_of_a_real_library_go_in_and_again_unchanged()
    {
        var file = await File.ReadAllBytesAsync(SharedData.Path("marc/toulouse-brief-marc21.mrc"));
        await using var catalog = await CatalogNetwork.StartAloneAsync();
        using var staff = catalog.Rest("librarian");
        Assert.Equal((8_392, 8_392, 0, 0), Counts(await ImportAsync(staff, file, "format=marc21&source=toulouse")));
        Assert.Equal((8_392, 0, 0, 8_392), Counts(await ImportAsync(staff, file, "format=marc21&source=toulouse")));
        var all = (await staff.AskAsync("records?pageSize=1")).Succeeded();
        Assert.Equal((8_392, true), (all.Number("totalSize"), all.Body.GetProperty("totalIsExact").GetBoolean()));
    }

    [Fact]
    public async Task Every_nasty_file_ends_with_an_outcome_for_every_piece()
    {
        var folder = SharedData.Path("marc/nasty");
        var catalog = await network.HostAsync();
        using var staff = catalog.Rest("librarian");
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => !path.EndsWith(".txt", StringComparison.Ordinal)))
        {
            var bytes = await File.ReadAllBytesAsync(path);
            if (bytes.Length == 0) continue;
            var done = await ImportAsync(staff, bytes, "format=marc21&source=nasty", path.EndsWith(".xml", StringComparison.Ordinal) ? "application/marcxml+xml" : "application/marc");
            var (read, created, updated, unchanged) = Counts(done);
            Assert.True(read == created + updated + unchanged + done.Number("rejectedTotal"), Path.GetFileName(path));
        }
    }

    private static async Task<Answer> ImportAsync(HttpClient staff, byte[] file, string query, string type = "application/marc") =>
        await DoneAsync(staff, (await staff.ImportAsync(file, query, type)).Succeeded().Text("name"));

    private static Task<Answer> DoneAsync(HttpClient staff, string operation) => Eventually.SeesAsync(
        async () => (await staff.AskAsync(operation)).Succeeded(), answer => answer.Body.GetProperty("done").ValueKind == JsonValueKind.True, "the import is done");

    private static (long Read, long Created, long Updated, long Unchanged) Counts(Answer done) =>
        (done.Number("read"), done.Number("created"), done.Number("updated"), done.Number("unchanged"));
}

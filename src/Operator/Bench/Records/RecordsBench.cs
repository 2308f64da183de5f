using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Library.Operator.Demo;
using Npgsql;

namespace Library.Operator.Bench.Records;

/// <summary>
/// <c>bench import</c> and <c>bench search</c>: a catalogue of made-up variations of real records comes in through the gateway beside COPY of the
/// same bytes; then questions of each kind are asked through the gateway, one after the other, beside Zebra over the same file.
/// </summary>
internal sealed class RecordsBench
{
    private const int UsualRecords = 200_000, Rounds = 3, DeepPage = 50;
    private const string Source = "bench";
    private static readonly TimeSpan ImportLimit = TimeSpan.FromHours(2), LookAgain = TimeSpan.FromMilliseconds(250), WarmUp = TimeSpan.FromSeconds(30);
    private readonly RunningNetwork network;
    private readonly NetworkState state;
    private readonly BenchStock databases;
    private readonly Uri gateway;
    private readonly string folder, file;
    private readonly int records;

    private RecordsBench(RunningNetwork network, NetworkState state, Uri gateway, int records)
    {
        (this.network, this.state, this.gateway, this.records) = (network, state, gateway, records);
        databases = new BenchStock(network, state);
        folder = Path.Combine(network.Home.Data, "..", "bench");
        file = Path.GetFullPath(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"records-{records}.mrc")));
    }

    internal static Task<int> ImportAsync(string[] args, CancellationToken cancellation) => RunAsync(args, search: false, cancellation);

    internal static Task<int> SearchAsync(string[] args, CancellationToken cancellation) => RunAsync(args, search: true, cancellation);

    private static async Task<int> RunAsync(string[] args, bool search, CancellationToken cancellation)
    {
        var (count, page, alternatives) = (UsualRecords, (string?)null, false);
        for (var i = 0; i < args.Length; i++)
            if (args[i] == "--alternatives") alternatives = true;
            else if (args[i] == "--records") count = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--page") page = args[++i];
        var network = RunningNetwork.OfThisFolder();
        var state = await network.StateAsync(cancellation);
        var bench = new RecordsBench(network, state, new Uri(await AddressVerbs.UrlOfAsync(network, "gateway", cancellation) + "/"), count);
        await RecordVariations.EnsureAsync(network, state, count, generation: 0, bench.file, cancellation);
        var lines = (search, alternatives) switch
        {
            (true, true) => await bench.AlternativesAsync(cancellation),
            (true, false) => await bench.SearchAsync(cancellation),
            _ => await bench.ImportAsync(cancellation),
        };
        foreach (var line in lines) Console.WriteLine(line);
        var kind = (search, alternatives) switch { (true, true) => "search --alternatives", (true, false) => "search", _ => "import" };
        var command = string.Create(CultureInfo.InvariantCulture, $"./library bench {kind} --records {count}");
        // the usual size has a place on the page, and each other that somebody made one for
        var name = kind.Replace("--", "", StringComparison.Ordinal);
        var place = count == UsualRecords ? name : string.Create(CultureInfo.InvariantCulture, $"{name} of {count}");
        if (page is not null && await FiguresPage.HasPlaceAsync(page, place, cancellation)) await FiguresPage.WriteAsync(page, place, command, lines, cancellation);
        return Exit.Done;
    }

    /// <summary>The import of all records into an empty catalogue, and of the same again, beside COPY of the same bytes into a table with a key.</summary>
    private async Task<IReadOnlyList<string>> ImportAsync(CancellationToken cancellation)
    {
        if (await CountAsync("SELECT count(*) FROM record", cancellation) > 0) throw new OperatorException("The catalogue is not empty: ./library bench import --fresh.");
        using var memory = new PeakMemory(state, "catalog");
        var (took, created) = await ImportFileAsync("first", cancellation);
        var (again, _) = await ImportFileAsync("again", cancellation);
        var copied = await CopyAsync(cancellation);
        var bytes = new FileInfo(file).Length;
        return
        [
            "| | records/s | MB/s | seconds |", "|---|---:|---:|---:|",
            Row("import, index included", took), Row("the same file again, unchanged", again), Row("COPY of the same records into a table with a key", copied),
            "",
            Text($"Peak memory of the catalog service while it imported: {memory.PeakMegabytes:F0} MB, {memory.BeforeMegabytes:F0} MB before."),
            "",
            Text($"figure: import {created / took.TotalSeconds:F0} records/s"),
            Text($"figure: ratio to COPY {took.TotalSeconds / copied.TotalSeconds:F1}"),
        ];

        string Row(string name, TimeSpan time) => Text($"| {name} | {created / time.TotalSeconds:F0} | {bytes / 1e6 / time.TotalSeconds:F1} | {time.TotalSeconds:F1} |");
    }

    private async Task<(TimeSpan Took, long Read)> ImportFileAsync(string key, CancellationToken cancellation)
    {
        using var api = new Api(network, gateway);
        var began = Stopwatch.GetTimestamp();
        string operation;
        await using (var stream = File.OpenRead(file))
            operation = await api.UploadAsync("librarian", $"records:import?format=marc21&source={Source}", "application/marc", stream, string.Create(CultureInfo.InvariantCulture, $"bench-{records}-{key}"), cancellation);
        while (true)
        {
            var answer = await api.GetAsync("librarian", operation, cancellation);
            if ((bool?)answer["done"] ?? false) return (Stopwatch.GetElapsedTime(began), (long?)answer["read"] ?? 0);
            if (Stopwatch.GetElapsedTime(began) > ImportLimit) throw new OperatorException("The import did not end within two hours.");
            await Task.Delay(LookAgain, cancellation);
        }
    }

    /// <summary>The same records, cut by their terminators, straight into PostgreSQL.</summary>
    private async Task<TimeSpan> CopyAsync(CancellationToken cancellation)
    {
        await databases.ExecuteAsync("catalog-db", "DROP TABLE IF EXISTS bench_copy;\nCREATE TABLE bench_copy (id uuid PRIMARY KEY, raw bytea NOT NULL)", cancellation);
        var began = Stopwatch.GetTimestamp();
        await using (var connection = new NpgsqlConnection(databases.ConnectionString("catalog-db")))
        {
            await connection.OpenAsync(cancellation);
            await using var copy = await connection.BeginBinaryImportAsync("COPY bench_copy (id, raw) FROM STDIN (FORMAT BINARY)", cancellation);
            await using var stream = new BufferedStream(File.OpenRead(file), 1 << 20);
            var record = new List<byte>();
            for (var next = stream.ReadByte(); next >= 0; next = stream.ReadByte())
            {
                record.Add((byte)next);
                if (next != 0x1D) continue;
                await copy.StartRowAsync(cancellation);
                await copy.WriteAsync(Guid.CreateVersion7(), cancellation);
                await copy.WriteAsync(record.ToArray(), cancellation);
                record.Clear();
            }
            await copy.CompleteAsync(cancellation);
        }
        var took = Stopwatch.GetElapsedTime(began);
        await databases.ExecuteAsync("catalog-db", "DROP TABLE bench_copy", cancellation);
        return took;
    }

    private async Task<IReadOnlyList<string>> AlternativesAsync(CancellationToken cancellation)
    {
        await EnsureRecordsAsync(cancellation);
        var kinds = await SearchQueries.OfAsync(file, cancellation);
        return await SearchAlternatives.MeasureAsync(databases.ConnectionString("catalog-db"), [.. kinds.Where(kind => !kind.IsDeep)], cancellation);
    }

    private async Task EnsureRecordsAsync(CancellationToken cancellation)
    {
        if (await CountAsync("SELECT count(*) FROM record", cancellation) > 0) return;
        Say("Importing …");
        await ImportFileAsync("first", cancellation);
    }

    private async Task<IReadOnlyList<string>> SearchAsync(CancellationToken cancellation)
    {
        await EnsureRecordsAsync(cancellation);
        if (await CountAsync("SELECT count(*) FROM item", cancellation) == 0)
        {
            Say("Adding copies …");
            await databases.ExecuteAsync("catalog-db", CopiesSql, cancellation);
        }
        var kinds = await SearchQueries.OfAsync(file, cancellation);
        var zebraFolder = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"zebra-{records}"));
        TimeSpan? indexing = null;
        if (Zebra.IsInstalled) indexing = await Zebra.IndexAsync(zebraFolder, file, cancellation);
        else Say("Zebra is not installed (Debian: idzebra-2.0, yaz): only ours is measured.");
        using var zebra = Zebra.IsInstalled ? await Zebra.ServeAsync(zebraFolder, cancellation) : null;

        using var http = new HttpClient { BaseAddress = gateway };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await TokenVerb.RequestAsync(network, "partner", cancellation));
        var ratios = new List<double>();
        var lines = new List<string> { "| kind | questions | p50 ms | p95 ms | p99 ms | mean found | Zebra p50 ms | p95 ms | p99 ms | mean found | ratio of p95 |", "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|" };
        // until code is compiled for good and what is asked for is in memory
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < WarmUp;)
            foreach (var kind in kinds)
                foreach (var question in kind.Questions) await AskAsync(http, question.Path, isDeep: false, cancellation);
        foreach (var kind in kinds)
        {
            var (ours, theirs) = (new Times(), new Times());
            for (var round = -1; round < Rounds; round++) // the first is not counted
                foreach (var question in kind.Questions)
                {
                    var (took, found) = await AskAsync(http, question.Path, kind.IsDeep, cancellation);
                    if (round >= 0) ours.Add(took, found);
                    if (zebra is null || question.Zebra is null || kind.IsDeep) continue;
                    var (theirTime, hits) = await zebra.AskAsync(question.Zebra, cancellation);
                    if (round >= 0) theirs.Add(theirTime, hits);
                }
            var ratio = theirs.Any ? ours.Millis(0.95) / theirs.Millis(0.95) : (double?)null;
            if (ratio is { } known) ratios.Add(known);
            lines.Add(Text($"| {kind.Name} | {kind.Questions.Count} | {ours} | {(theirs.Any ? theirs.ToString() : "| | | ")} | {(ratio is null ? "" : Text($"{ratio:F2}"))} |"));
            Say(lines[^1]);
        }
        lines.Add("");
        if (indexing is { } indexed) lines.Add(Text($"Zebra indexed the file in {indexed.TotalSeconds:F0} s."));
        if (ratios.Count > 0) lines.Add(Text($"ratio: {ratios.Order().ElementAt(ratios.Count / 2):F2}"));
        return lines;
    }

    /// <summary>A question and its answer read to the end; of a deep page the last.</summary>
    private static async Task<(TimeSpan Took, long Found)> AskAsync(HttpClient http, string path, bool isDeep, CancellationToken cancellation)
    {
        var (token, found) = ("", 0L);
        for (var page = 1; ; page++)
        {
            var began = Stopwatch.GetTimestamp();
            var body = await http.GetByteArrayAsync(new Uri($"api/v1/{path}{(token.Length > 0 ? $"&pageToken={token}" : "")}", UriKind.Relative), cancellation);
            var took = Stopwatch.GetElapsedTime(began);
            if (page == 1 || isDeep)
            {
                var answer = JsonNode.Parse(Encoding.UTF8.GetString(body))!;
                found = (long?)answer["totalSize"] ?? answer["suggestions"]?.AsArray().Count ?? 0;
                token = (string?)answer["nextPageToken"] ?? "";
            }
            if (!isDeep || page == DeepPage || token.Length == 0) return (took, found);
        }
    }

    private async Task<long> CountAsync(string sql, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(databases.ConnectionString("catalog-db"));
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>As a network has them: most records in one or two branches, a sixth of the copies out; renown falls as loans do.</summary>
    private static readonly string CopiesSql = $$"""
        BEGIN;
        INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at)
        SELECT 20000000 + n * 3 + copy, id, place.branch, place.branch, 'BOOK', 'LENDABLE', 1990, 'EUR', 'PURCHASE', 1, false,
               CASE WHEN (n + copy) % 6 = 0 THEN 'ON_LOAN' ELSE 'AVAILABLE' END, now()
        FROM (SELECT id, row_number() OVER (ORDER BY control_number) AS n FROM record) r, generate_series(0, 2) AS copy,
             LATERAL (SELECT ('{{{string.Join(',', BenchStock.AllBranches)}}}'::text[])[(n * 7 + copy * 3) % 10 + 1] AS branch) place
        WHERE copy <= n % 3;
        UPDATE record SET copies_total = (SELECT count(*) FROM item WHERE item.record = record.id);
        UPDATE record_index x SET popularity = 2000.0 / (1 + abs(hashtext(x.record::text)) % 5000), facets = x.own_facets || item_facets(x.record),
            weight = record_weight((2000.0 / (1 + abs(hashtext(x.record::text)) % 5000))::real, (SELECT copies_total FROM record r WHERE r.id = x.record));
        COMMIT;
        VACUUM ANALYZE;
        """;

    private sealed class Times
    {
        private readonly List<double> millis = [];
        private long found;

        internal bool Any => millis.Count > 0;

        internal void Add(TimeSpan took, long count)
        {
            millis.Add(took.TotalMilliseconds);
            found += count;
        }

        internal double Millis(double part) => millis.Order().ElementAt(Math.Min(millis.Count - 1, (int)(millis.Count * part)));

        public override string ToString() => Text($"{Millis(0.5):F1} | {Millis(0.95):F1} | {Millis(0.99):F1} | {(double)found / millis.Count:F0}");
    }

    private static void Say(string line) => Console.WriteLine(line);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

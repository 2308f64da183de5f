using System.Globalization;
using System.Text.Json.Nodes;
using Library.Operator.Bench.Records;
using Library.Operator.Demo;

namespace Library.Operator.Bench;

/// <summary>
/// What a back office does while the desks lend: a stocktaking, whose people read ten copies a second with their devices, and imports of changed
/// records, one after the other.
/// </summary>
internal sealed class BesideWork : IAsyncDisposable
{
    private const string Branch = "SRV", Role = $"librarian@{Branch}", Source = "bench-beside";
    private const int Records = 10_000, Generations = 2;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100), CopyEvery = TimeSpan.FromMilliseconds(100);
    private readonly Api api;
    private readonly string stocktaking;
    private readonly string run = Guid.NewGuid().ToString("N")[..12];
    private readonly CancellationTokenSource stop = new();
    private readonly IReadOnlyList<string> files;
    private readonly BenchStock stock;
    private readonly Task scanning, importing;
    private long scanned, recordsBefore;

    private BesideWork(Api api, string stocktaking, IReadOnlyList<string> files, BenchStock stock, long recordsBefore)
    {
        (this.api, this.stocktaking, this.files, this.stock, this.recordsBefore) = (api, stocktaking, files, stock, recordsBefore);
        scanning = ScanAsync();
        importing = ImportAsync();
    }

    internal static async Task<BesideWork> StartAsync(RunningNetwork network, NetworkState state, Uri gateway, BenchStock stock, CancellationToken cancellation)
    {
        var files = new List<string>();
        for (var generation = 1; generation <= Generations; generation++)
        {
            files.Add(Path.GetFullPath(Path.Combine(network.Home.Data, "..", "beside", string.Create(CultureInfo.InvariantCulture, $"records-{Records}-{generation}.mrc"))));
            await RecordVariations.EnsureAsync(network, state, Records, generation, files[^1], cancellation);
        }
        var api = new Api(network, gateway);
        var key = Guid.NewGuid().ToString("N");
        // one that an interrupted run left open
        foreach (var open in (await api.GetAsync(Role, $"stocktakings?branch={Branch}", cancellation))["stocktakings"]?.AsArray() ?? [])
            if (open!["endedAt"] is null) await api.PostAsync(Role, $"{open["name"]}:cancel", [], $"{key}-cancel", cancellation);
        var opened = await api.PostAsync(Role, "stocktakings", new JsonObject { ["branch"] = Branch }, key, cancellation)
            ?? throw new OperatorException("The stocktaking was not opened.");
        return new BesideWork(api, (string)opened["name"]!, files, stock, await stock.RecordsReadAsync(cancellation));
    }

    /// <summary>Copies read and records imported since the last call.</summary>
    internal async Task<(long Scanned, long Imported)> SinceAsync(CancellationToken cancellation)
    {
        var read = await stock.RecordsReadAsync(cancellation);
        var since = (Interlocked.Exchange(ref scanned, 0), read - recordsBefore);
        recordsBefore = read;
        return since;
    }

    private async Task ScanAsync()
    {
        using var timer = new PeriodicTimer(CopyEvery);
        for (var copy = 0; !stop.IsCancellationRequested; copy++)
        {
            if (BenchStock.BranchOf(copy % BenchStock.Copies) != Branch) continue;
            var body = new JsonObject { ["barcodes"] = new JsonArray(BenchStock.BarcodeOf(copy % BenchStock.Copies)) };
            await timer.WaitForNextTickAsync();
            await api.PostAsync(Role, $"{stocktaking}:scan", body, string.Create(CultureInfo.InvariantCulture, $"{run}-scan-{copy}"), CancellationToken.None);
            Interlocked.Increment(ref scanned);
        }
    }

    // not broken off: the file that is being read is read to its end
    private async Task ImportAsync()
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            await using var file = File.OpenRead(files[number % files.Count]);
            var operation = await api.UploadAsync(
                Role, $"records:import?format=marc21&source={Source}", "application/marc", file, string.Create(CultureInfo.InvariantCulture, $"{run}-import-{number}"), CancellationToken.None);
            while (!((bool?)(await api.GetAsync(Role, operation, CancellationToken.None))["done"] ?? false)) await Task.Delay(LookAgain);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(scanning, importing);
        await api.PostAsync(Role, $"{stocktaking}:cancel", [], $"{run}-cancel", CancellationToken.None);
        api.Dispose();
        stop.Dispose();
    }
}

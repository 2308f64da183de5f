using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Library.Operator.Bench;

/// <param name="PerSecond">Loans and returns.</param>
/// <param name="Transactions">In the whole round.</param>
/// <param name="MeanLatency">Of one of them.</param>
internal sealed record PgbenchResult(double PerSecond, long Transactions, TimeSpan MeanLatency);

/// <summary>
/// What the server itself gives: pgbench sends the statements of a loan and of a return one by one, prepared, over TCP, to a copy of
/// Catalog's database, which has the same tables, rows and indexes.
/// </summary>
internal sealed partial class Pgbench(BenchStock stock, NetworkState state, string password, string folder)
{
    private const string Database = "bench", Installations = "/usr/lib/postgresql";
    private const int RoundsIds = 100_000_000;
    private int round;

    /// <summary>Makes the copy anew. Nobody may be connected to Catalog's database meanwhile.</summary>
    internal async Task CopyAsync(CancellationToken cancellation)
    {
        await stock.ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {Database}", cancellation);
        await stock.ExecuteAsync("postgres", $"CREATE DATABASE {Database} TEMPLATE \"catalog-db\"", cancellation);
        await File.WriteAllTextAsync(Script, PgbenchScript.Text, cancellation);
    }

    internal Task DropAsync(CancellationToken cancellation) => stock.ExecuteAsync("postgres", $"DROP DATABASE IF EXISTS {Database}", cancellation);

    /// <exception cref="OperatorException">It failed.</exception>
    internal async Task<PgbenchResult> RunAsync(int clients, TimeSpan window, CancellationToken cancellation)
    {
        round++;
        var start = new ProcessStartInfo(Program()) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["PGPASSWORD"] = password } };
        var port = state.Parts.First(part => part.Kind == "postgres").Ports["tcp"];
        string[] arguments =
        [
            "--host=localhost", Number($"--port={port}"), "--username=postgres", "--no-vacuum", "--protocol=prepared", Number($"--client={clients}"),
            Number($"--jobs={Math.Min(clients, 2)}"), Number($"--time={window.TotalSeconds:F0}"), $"--file={Script}",
            Number($"--define=clients={clients}"), Number($"--define=copies={BenchStock.CopiesLent}"), $"--define=barcodes={BenchStock.BarcodeOf(0)}",
            $"--define=cards={BenchStock.CardOf(0)}", Number($"--define=members={BenchStock.Borrowing}"), Number($"--define=n={round * RoundsIds}"),
            .. PgbenchScript.Values.Select(value => $"--define={value.Name}={value.Text}"), Database,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new OperatorException("pgbench could not be started.");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? Read(await output) : throw new OperatorException($"pgbench failed: {await errors}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private string Script => Path.Combine(folder, "pgbench.sql");

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A run of the script is a loan and a return.</summary>
    private static PgbenchResult Read(string output)
    {
        double Figure(Regex of) => double.Parse(of.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        return new PgbenchResult(Figure(Tps()) * 2, (long)Figure(Processed()) * 2, TimeSpan.FromMilliseconds(Figure(Latency()) / 2));
    }

    private static string Program() => Directory.EnumerateDirectories(Installations)
        .Select(folder => Path.Combine(folder, "bin", "pgbench"))
        .Where(File.Exists)
        .MaxBy(path => path.Length > 0 && int.TryParse(path.Split('/')[4], out var version) ? version : 0)
        ?? throw new OperatorException("pgbench is not installed: apt-get install postgresql");

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();

    [GeneratedRegex(@"number of transactions actually processed: ([0-9]+)")]
    private static partial Regex Processed();

    [GeneratedRegex(@"latency average = ([0-9.]+) ms")]
    private static partial Regex Latency();
}

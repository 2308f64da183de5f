using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Moving;

/// <summary>Copies as they are scanned into the van and out of it. A copy is in one van at a time.</summary>
public sealed class ScanVan(NpgsqlDataSource database, NetworkRules rules, HoldQueue queue, BusinessClock clock)
{
    private const int Most = 500;
    private const string NotFound = "NOT_FOUND", NotInTransit = "NOT_IN_TRANSIT";

    /// <summary>What was taken in at a desk, by the return call, has arrived as well. The condition on copies v goes on.</summary>
    public const string ArriveAtDesks = """
        UPDATE van_run_item v SET arrived_at = e.at, under_way = false FROM item_event e
        WHERE v.under_way AND e.barcode = v.barcode AND e.kind = 'ARRIVED' AND e.at >= v.loaded_at
        """;

    private sealed record Copy(string Barcode, bool InTransit, string ToBranch);

    public Task<ScanVanRunResponse> LoadAsync(ScanVanRunRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        RunAsync(request, caller, key, LoadAsync, cancellationToken);

    public Task<ScanVanRunResponse> UnloadAsync(ScanVanRunRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        RunAsync(request, caller, key, UnloadAsync, cancellationToken);

    private sealed record Scan(Guid Run, string[] Route, string Branch, IReadOnlyDictionary<string, Copy> Copies, Act Act);

    private async Task<ScanVanRunResponse> RunAsync(
        ScanVanRunRequest request, Caller caller, CommandKey key, Func<NpgsqlTransaction, Scan, ScanVanRunResponse, CancellationToken, Task> step,
        CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        if (request.Barcodes.Count is 0 or > Most) fields.Wrong("barcodes", "COUNT", ("expected", $"1–{Most}"));
        foreach (var (at, barcode) in request.Barcodes.Take(Most).Index()) fields.Code($"barcodes[{at}]", barcode);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (run, route) = await VanRuns.HoldAsync(transaction, request.Name, cancellationToken);
        if (!route.Contains(branch)) throw ServiceDefaults.Errors.Failure.Invalid(new ServiceDefaults.Errors.Violation("branch", "UNKNOWN"));
        var barcodes = request.Barcodes.Distinct().ToArray();
        var answer = new ScanVanRunResponse { RepeatedScans = request.Barcodes.Count - barcodes.Length };
        var copies = await CopiesAsync(transaction, barcodes, cancellationToken);
        Refuse(answer, barcodes.Where(barcode => !copies.ContainsKey(barcode)), NotFound);
        await step(transaction, new Scan(run, route, branch, copies, Act.Of(clock, caller)), answer, cancellationToken);
        await key.RecordAsync(transaction, request.Name, answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private static async Task LoadAsync(NpgsqlTransaction transaction, Scan scan, ScanVanRunResponse answer, CancellationToken cancellationToken)
    {
        Refuse(answer, scan.Copies.Values.Where(copy => !copy.InTransit).Select(copy => copy.Barcode), NotInTransit);
        Refuse(answer, scan.Copies.Values.Where(copy => copy.InTransit && !scan.Route.Contains(copy.ToBranch)).Select(copy => copy.Barcode), "NOT_ON_ROUTE");
        var going = scan.Copies.Values.Where(copy => copy.InTransit && scan.Route.Contains(copy.ToBranch)).ToList();
        var barcodes = going.ConvertAll(copy => copy.Barcode).ToArray();
        await using (var arrive = transaction.Command(ArriveAtDesks + " AND v.barcode = ANY ($1)", (object)barcodes))
            await arrive.ExecuteNonQueryAsync(cancellationToken);
        // the event is written for what the insert let in
        var taken = await BarcodesAsync(transaction.Command("""
            WITH loaded AS (
                INSERT INTO van_run_item (van_run, barcode, from_branch, to_branch, loaded_at, under_way)
                SELECT $1, barcode, $3, to_branch, $5, true FROM unnest($2::text[], $4::text[]) AS copy (barcode, to_branch) ORDER BY barcode
                ON CONFLICT DO NOTHING RETURNING barcode, to_branch),
            sent AS (
                INSERT INTO item_event (id, barcode, at, kind, branch, to_branch, role)
                SELECT gen_random_uuid(), barcode, $5, 'SENT', $3, to_branch, $6 FROM loaded)
            SELECT barcode FROM loaded
            """, scan.Run, barcodes, scan.Branch, going.ConvertAll(copy => copy.ToBranch).ToArray(), scan.Act.At, scan.Act.Role), cancellationToken);
        var mine = await BarcodesAsync(transaction.Command(
            "SELECT barcode FROM van_run_item WHERE van_run = $1 AND barcode = ANY ($2)", scan.Run, barcodes), cancellationToken);
        answer.Taken = taken.Count;
        answer.RepeatedScans += mine.Count - taken.Count;
        Refuse(answer, barcodes.Except(mine), "ON_ANOTHER_VAN");
    }

    private async Task UnloadAsync(NpgsqlTransaction transaction, Scan scan, ScanVanRunResponse answer, CancellationToken cancellationToken)
    {
        var here = scan.Copies.Values.Where(copy => copy.InTransit && copy.ToBranch == scan.Branch).Select(copy => copy.Barcode).ToArray();
        var strayed = scan.Copies.Values.Where(copy => copy.InTransit && copy.ToBranch != scan.Branch).Select(copy => copy.Barcode).ToArray();
        var done = scan.Copies.Values.Where(copy => !copy.InTransit).Select(copy => copy.Barcode).ToArray();
        // what came for a hold that is gone goes on to where it belongs
        await using (var arrive = transaction.Command("""
            WITH arrived AS (
                UPDATE item SET state = CASE location WHEN coalesce(stands_at, branch) THEN 'AVAILABLE' ELSE 'IN_TRANSIT' END,
                    location = coalesce(stands_at, branch), version = version + 1
                WHERE barcode = ANY ($2) AND state = 'IN_TRANSIT' RETURNING barcode),
            noted AS (
                INSERT INTO item_event (id, barcode, at, kind, branch, role) SELECT gen_random_uuid(), barcode, $4, 'ARRIVED', $3, $5 FROM arrived),
            elsewhere AS (
                UPDATE van_run_item v SET arrived_at = $4, under_way = false FROM arrived a WHERE v.barcode = a.barcode AND v.under_way AND v.van_run <> $1)
            INSERT INTO van_run_item AS v (van_run, barcode, to_branch, arrived_at, under_way) SELECT $1, barcode, $3, $4, false FROM arrived
            ON CONFLICT (van_run, barcode) DO UPDATE SET arrived_at = $4, under_way = false WHERE v.arrived_at IS NULL
            """, scan.Run, here, scan.Branch, scan.Act.At, scan.Act.Role))
            await arrive.ExecuteNonQueryAsync(cancellationToken);
        await queue.ArrivedAsync(transaction, here, scan.Branch, scan.Act, cancellationToken);
        await using (var stray = transaction.Command(
            "UPDATE van_run_item SET strayed_to = $3 WHERE van_run = $1 AND barcode = ANY ($2) AND arrived_at IS NULL", scan.Run, strayed, scan.Branch))
            await stray.ExecuteNonQueryAsync(cancellationToken);
        var before = await BarcodesAsync(transaction.Command(
            "SELECT barcode FROM van_run_item WHERE van_run = $1 AND barcode = ANY ($2) AND arrived_at IS NOT NULL", scan.Run, done), cancellationToken);
        answer.Taken = here.Length;
        answer.RepeatedScans += before.Count;
        Refuse(answer, strayed, "OTHER_BRANCH");
        Refuse(answer, done.Except(before), NotInTransit);
    }

    /// <summary>Locked in one order: no desk takes them in meanwhile.</summary>
    private static async Task<Dictionary<string, Copy>> CopiesAsync(NpgsqlTransaction transaction, string[] barcodes, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            "SELECT barcode, state = 'IN_TRANSIT', location FROM item WHERE barcode = ANY ($1) ORDER BY barcode FOR NO KEY UPDATE", (object)barcodes);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var copies = new Dictionary<string, Copy>();
        while (await row.ReadAsync(cancellationToken)) copies.Add(row.GetString(0), new Copy(row.GetString(0), row.GetBoolean(1), row.GetString(2)));
        return copies;
    }

    private static void Refuse(ScanVanRunResponse answer, IEnumerable<string> barcodes, string reason) =>
        answer.Refused.AddRange(barcodes.Order(StringComparer.Ordinal).Select(barcode => new RefusedItem { Barcode = barcode, Reason = reason }));

    private static async Task<HashSet<string>> BarcodesAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var ended = command;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var barcodes = new HashSet<string>();
        while (await row.ReadAsync(cancellationToken)) barcodes.Add(row.GetString(0));
        return barcodes;
    }
}

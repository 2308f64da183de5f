using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Losing;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>Takes in barcodes that were read along a shelf. Each counts once, however often and in whatever way it comes.</summary>
public sealed class ScanShelf(NpgsqlDataSource database, LostCopies lost, BusinessClock clock)
{
    /// <summary>Barcodes of one request, and of a stretch of shelf whose order is judged as one.</summary>
    public const int Stretch = 1_000;

    public async Task<ScanResult> RunAsync(ScanStocktakingRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Barcodes.Count is 0 or > Stretch) fields.Wrong("barcodes", "COUNT", ("expected", $"1–{Stretch}"));
        foreach (var (at, barcode) in request.Barcodes.Take(Stretch).Index()) fields.Code($"barcodes[{at}]", barcode);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = await Session.HoldAsync(transaction, request.Name, alone: false, cancellationToken);
        caller.MustBeAt(session.Shelf.Branch);
        var result = new ScanResult();
        await AddAsync(transaction, session, request.Barcodes, Act.Of(clock, caller), result, cancellationToken);
        await key.RecordAsync(transaction, session.Name, result, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>One stretch within the caller's transaction; adds to the result.</summary>
    public async Task AddAsync(
        NpgsqlTransaction transaction, Session session, IReadOnlyCollection<string> barcodes, Act act, ScanResult result, CancellationToken cancellationToken)
    {
        var read = barcodes.Distinct().ToList();
        result.Read += barcodes.Count;
        result.Repeated += barcodes.Count - read.Count;
        var second = session.State == Session.SecondPass;
        if (second)
        {
            var looked = await LookedForAsync(transaction, session, read, cancellationToken);
            result.PassedOver += read.Count - looked.Count;
            read = [.. read.Where(looked.Contains)];
        }
        var scans = Judge(session, read, await CopiesAsync(transaction, session, read, cancellationToken));
        var counted = await InsertAsync(transaction, session, scans, second ? 2 : 1, act, cancellationToken);
        result.Repeated += read.Count - counted.Count;
        foreach (var scan in scans.Where(scan => counted.Contains(scan.Barcode)))
        {
            result.Counted++;
            if (scan.WrongOrder || scan.Finding.IsMisplaced()) result.Misplaced++;
            if (scan.Finding.IsUnexpected()) result.Unexpected++;
            if (scan.FoundAgain) result.FoundAgain++;
        }
        var found = scans.Where(scan => scan.FoundAgain && counted.Contains(scan.Barcode)).Select(scan => scan.Barcode).ToArray();
        await FindAsync(transaction, session, found, act, cancellationToken);
        await lost.NoteFoundAsync(transaction, found, session.Shelf.Branch, act, cancellationToken);
    }

    private sealed record Scan(string Barcode, Finding Finding, bool WrongOrder, bool FoundAgain);

    /// <summary>In the order of the shelf; only what belongs to it can stand in the wrong order.</summary>
    private static List<Scan> Judge(Session session, List<string> barcodes, Dictionary<string, ScannedCopy> copies)
    {
        var findings = barcodes.ConvertAll(barcode => StocktakingRules.Judge(copies.GetValueOrDefault(barcode), session.Shelf));
        var inPlace = barcodes.Where((_, at) => findings[at] == Finding.InPlace).ToList();
        var wrong = ShelfOrder.OutOfPlace(inPlace.ConvertAll(barcode => copies[barcode].Key)).Select(at => inPlace[at]).ToHashSet();
        return
        [
            .. barcodes.Select((barcode, at) => new Scan(barcode, findings[at], wrong.Contains(barcode),
                copies.TryGetValue(barcode, out var copy) && copy.State is CopyState.Missing or CopyState.Lost && copy.Branch == session.Shelf.Branch)),
        ];
    }

    /// <summary>Those that ought to stand here and have not been seen yet.</summary>
    private static async Task<HashSet<string>> LookedForAsync(
        NpgsqlTransaction transaction, Session session, List<string> barcodes, CancellationToken cancellationToken) =>
        await BarcodesAsync(transaction.Command("""
            SELECT barcode FROM stocktaking_copy c WHERE stocktaking = $1 AND barcode = ANY ($2)
                AND NOT EXISTS (SELECT FROM stocktaking_scan s WHERE s.stocktaking = c.stocktaking AND s.barcode = c.barcode)
            """, session.Id, barcodes.ToArray()), cancellationToken);

    /// <summary>One that its reader has declared lost counts as on loan: it is taken back at the desk.</summary>
    private static async Task<Dictionary<string, ScannedCopy>> CopiesAsync(
        NpgsqlTransaction transaction, Session session, List<string> barcodes, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            SELECT i.barcode, CASE WHEN l.id IS NULL THEN {ItemRow.State} ELSE 'ON_LOAN' END, coalesce(l.lent_at < $2, false), coalesce(i.stands_at, i.branch), i.collection, i.call_number_sort
            FROM item i LEFT JOIN loan l ON l.barcode = i.barcode AND l.returned_at IS NULL WHERE i.barcode = ANY ($1)
            """, barcodes.ToArray(), session.OpenedAt);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var copies = new Dictionary<string, ScannedCopy>();
        while (await row.ReadAsync(cancellationToken))
            copies.Add(row.GetString(0), new ScannedCopy(
                Codes.Parse<CopyState>(row.GetString(1)), row.GetBoolean(2), row.GetString(3), row.GetString(4), row.GetString(5)));
        return copies;
    }

    /// <summary>Those that count for the first time. In one order, so that two devices that read the same never wait for each other in a ring.</summary>
    private static async Task<HashSet<string>> InsertAsync(
        NpgsqlTransaction transaction, Session session, List<Scan> scans, int pass, Act act, CancellationToken cancellationToken) =>
        await BarcodesAsync(transaction.Command("""
            INSERT INTO stocktaking_scan (stocktaking, barcode, finding, wrong_order, found_again, pass, seen_at)
            SELECT $1, barcode, finding, wrong_order, found_again, $6, $7
            FROM unnest($2::text[], $3::text[], $4::boolean[], $5::boolean[]) AS scan (barcode, finding, wrong_order, found_again) ORDER BY barcode
            ON CONFLICT (stocktaking, barcode) DO NOTHING RETURNING barcode
            """, session.Id, scans.Select(scan => scan.Barcode).ToArray(), scans.Select(scan => ContractCode.Of(scan.Finding)).ToArray(),
            scans.Select(scan => scan.WrongOrder).ToArray(), scans.Select(scan => scan.FoundAgain).ToArray(), (short)pass, act.At), cancellationToken);

    private static async Task FindAsync(NpgsqlTransaction transaction, Session session, string[] found, Act act, CancellationToken cancellationToken)
    {
        if (found.Length == 0) return;
        await using var command = transaction.Command("""
            WITH found AS (
                UPDATE item SET state = 'AVAILABLE', absence = NULL, location = $2, version = version + 1
                WHERE barcode = ANY ($1) AND state = 'LOST' RETURNING barcode)
            INSERT INTO item_event (id, barcode, at, kind, branch, role) SELECT gen_random_uuid(), barcode, $3, 'FOUND', $2, $4 FROM found
            """, found, session.Shelf.Branch, act.At, act.Role);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<HashSet<string>> BarcodesAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var ended = command;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var barcodes = new HashSet<string>();
        while (await row.ReadAsync(cancellationToken)) barcodes.Add(row.GetString(0));
        return barcodes;
    }
}

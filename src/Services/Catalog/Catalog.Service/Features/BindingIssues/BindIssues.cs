using Library.Catalog.Features.Importing;
using Library.Catalog.Features.ReceivingIssues;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.BindingIssues;

/// <summary>
/// Binds issues into one volume: a new item, and the issues' items are withdrawn. Locks: issues, shelf, items, record; a loan of one of them and
/// the binding wait for each other at the item.
/// </summary>
public sealed class BindIssues(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const int Fewest = 2, Most = 400;

    private sealed record Copy(string State, long PriceMinor);

    public async Task<Item> RunAsync(BindIssuesRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var ids = Check(request);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var issues = await LockAsync(transaction, ids, request.Branch, cancellationToken);
        if (issues.Count != ids.Length || issues.Select(issue => issue.Record).Distinct().Count() != 1) throw Failure.NotFound("issue");
        if (issues.Any(issue => issue.State != Issue.Types.State.Received)) throw Failure.Refused("ISSUE_NOT_ON_SHELF");
        // as whoever receives an issue of the title here does, so that neither waits for the other's items
        await using (var shelf = transaction.Command(
            "SELECT FROM serial_shelf WHERE record = $1 AND branch = $2 FOR UPDATE", issues[0].Record, request.Branch))
            await shelf.ExecuteNonQueryAsync(cancellationToken);
        var copies = await CopiesAsync(transaction, [.. issues.Select(issue => issue.Barcode)], cancellationToken);
        if (copies.Any(copy => copy.State == "ON_LOAN")) throw Failure.Refused("ISSUE_ON_LOAN");
        if (copies.Any(copy => copy.State != "AVAILABLE")) throw Failure.Refused("ISSUE_NOT_ON_SHELF");

        var volume = new Item
        {
            Barcode = request.Barcode,
            Record = ResourceName.Of("records", issues[0].Record),
            Branch = request.Branch,
            Location = request.Branch,
            Material = Item.Types.Material.SerialIssue,
            Lending = request.Lending,
            PriceMinor = Math.Min(copies.Sum(copy => copy.PriceMinor), ReceiveIssue.MostMinor),
            CurrencyCode = rules.CurrencyCode,
            Acquisition = Item.Types.Acquisition.Purchase,
            State = Item.Types.State.Available,
            Units = 1,
        };
        var act = Act.Of(clock, caller);
        await StockEntry.AddAsync(transaction, volume, issues[0].Record, act, cancellationToken);
        await WithdrawAsync(transaction, issues, volume.Barcode, act, cancellationToken);
        await key.RecordAsync(transaction, $"items/{volume.Barcode}", volume, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return volume;
    }

    private Guid[] Check(BindIssuesRequest request)
    {
        var fields = new Fields();
        fields.Branch("branch", request.Branch, rules);
        fields.Range("issues.size", request.Issues.Count, Fewest, Most);
        var ids = request.Issues.Take(Most).Select(issue => fields.Name("issues", IssueRow.Collection, issue)).ToArray();
        if (ids.Distinct().Count() != ids.Length) fields.Wrong("issues", "FORMAT", ("expected", "each issue once"));
        fields.Code("barcode", request.Barcode);
        if (fields.Enum("lending", request.Lending) == Item.Types.Lending.LatestIssue)
            fields.Wrong("lending", "ENUM", ("expected", "LENDABLE, READING_ROOM_ONLY"));
        fields.ThrowIfWrong();
        return ids;
    }

    private static async Task<List<IssueRow>> LockAsync(NpgsqlTransaction transaction, Guid[] ids, string branch, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            IssueRow.Select + " WHERE i.id = ANY ($1) AND i.branch = $2 ORDER BY i.id FOR UPDATE OF i", ids, branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var issues = new List<IssueRow>();
        while (await row.ReadAsync(cancellationToken)) issues.Add(IssueRow.Read(row));
        return issues;
    }

    private static async Task<List<Copy>> CopiesAsync(NpgsqlTransaction transaction, string[] barcodes, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            "SELECT state, price_minor FROM item WHERE barcode = ANY ($1) ORDER BY barcode FOR UPDATE", (object)barcodes);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var copies = new List<Copy>();
        while (await row.ReadAsync(cancellationToken)) copies.Add(new Copy(row.GetString(0), row.GetInt64(1)));
        return copies;
    }

    private static async Task WithdrawAsync(NpgsqlTransaction transaction, List<IssueRow> issues, string volume, Act act, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "UPDATE issue SET state = 'BOUND', bound_as = $2 WHERE id = ANY ($1)", issues.Select(issue => issue.Id).ToArray(), volume),
                DatabaseSetup.BatchCommand("""
                    WITH bound AS (UPDATE item SET state = 'WITHDRAWN', version = version + 1 WHERE barcode = ANY ($1) RETURNING barcode, branch)
                    INSERT INTO item_event (id, barcode, at, kind, branch, role, note) SELECT gen_random_uuid(), barcode, $2, $3, branch, $4, $5 FROM bound
                    """, issues.Select(issue => issue.Barcode).ToArray(), act.At, ItemEvents.Bound, act.Role, volume),
                DatabaseSetup.BatchCommand("UPDATE record SET copies_total = copies_total - $2 WHERE id = $1", issues[0].Record, issues.Count),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await RecordIndex.NoteCopiesAsync(transaction, [issues[0].Record], cancellationToken);
    }
}

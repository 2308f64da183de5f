using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.WritingOff;

/// <summary>A commission's list as it is drawn up: copies are scanned onto it, each on one open list at a time, and taken off again.</summary>
public sealed class DraftWriteOff(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const int Most = 500;

    public async Task<WriteOff> CreateAsync(CreateWriteOffRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        caller.MustBeAt(request.Branch);
        var list = new WriteOffRow(Guid.CreateVersion7(), request.Branch, WriteOffRow.Draft, clock.Now, null, null, "", "");
        var answer = list.Answer(rules);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command(
            "INSERT INTO write_off (id, branch, state, created_at) VALUES ($1, $2, $3, $4)", list.Id, list.Branch, list.State, list.CreatedAt))
            await insert.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, list.Name, answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    public async Task<AddWriteOffItemsResponse> AddAsync(AddWriteOffItemsRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Enum("reason", request.Reason);
        Barcodes(fields, request.Barcodes);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var list = await WriteOffRow.HoldAsync(transaction, request.Name, caller, cancellationToken, WriteOffRow.Draft);
        var barcodes = request.Barcodes.Distinct().ToArray();
        var answer = new AddWriteOffItemsResponse { RepeatedScans = request.Barcodes.Count - barcodes.Length };
        var refused = await RefusedAsync(transaction, list, barcodes, cancellationToken);
        var scans = barcodes.Except(refused.Keys).ToArray();
        var added = await InsertAsync(transaction, list, scans, Names.Of(request.Reason), cancellationToken);
        answer.Added = added.Count;
        foreach (var (barcode, mine) in await OnListsAsync(transaction, list, [.. scans.Except(added)], cancellationToken))
            if (mine) answer.RepeatedScans++;
            else refused.Add(barcode, "ON_ANOTHER_LIST");
        answer.Refused.AddRange(refused.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new RefusedItem { Barcode = pair.Key, Reason = pair.Value }));
        await key.RecordAsync(transaction, list.Name, answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    public async Task RemoveAsync(RemoveWriteOffItemsRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        Barcodes(fields, request.Barcodes);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var list = await WriteOffRow.HoldAsync(transaction, request.Name, caller, cancellationToken, WriteOffRow.Draft);
        await using (var delete = transaction.Command(
            "DELETE FROM write_off_item WHERE write_off = $1 AND barcode = ANY ($2)", list.Id, request.Barcodes.ToArray()))
            await delete.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, list.Name, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static void Barcodes(Fields fields, IReadOnlyCollection<string> barcodes)
    {
        if (barcodes.Count is 0 or > Most) fields.Wrong("barcodes", "COUNT", ("expected", $"1–{Most}"));
        foreach (var (at, barcode) in barcodes.Take(Most).Index()) fields.Code($"barcodes[{at}]", barcode);
    }

    /// <summary>What may not be written off as it stands now; execution looks once more.</summary>
    private static async Task<Dictionary<string, string>> RefusedAsync(
        NpgsqlTransaction transaction, WriteOffRow list, string[] barcodes, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            $"SELECT i.barcode, {ItemRow.BoundState}, i.branch FROM item i WHERE i.barcode = ANY ($1)", (object)barcodes);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var reasons = barcodes.ToDictionary(barcode => barcode, string? (_) => "NOT_FOUND");
        while (await row.ReadAsync(cancellationToken))
            reasons[row.GetString(0)] = CopyRules.AgainstHandling(Codes.Parse<CopyState>(row.GetString(1))) is { } reason
                ? ContractCode.Of(reason)
                : list.Branch.Length > 0 && list.Branch != row.GetString(2) ? "OTHER_BRANCH" : null;
        return reasons.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!);
    }

    private static async Task<List<string>> InsertAsync(
        NpgsqlTransaction transaction, WriteOffRow list, string[] barcodes, string reason, CancellationToken cancellationToken)
    {
        await using var insert = transaction.Command("""
            INSERT INTO write_off_item (write_off, barcode, reason) SELECT $1, barcode, $3 FROM unnest($2::text[]) AS barcode ORDER BY barcode
            ON CONFLICT DO NOTHING RETURNING barcode
            """, list.Id, barcodes, reason);
        await using var row = await insert.ExecuteReaderAsync(cancellationToken);
        var added = new List<string>();
        while (await row.ReadAsync(cancellationToken)) added.Add(row.GetString(0));
        return added;
    }

    /// <summary>Copies that stand on an open list, and whether it is this one.</summary>
    private static async Task<List<(string Barcode, bool Mine)>> OnListsAsync(
        NpgsqlTransaction transaction, WriteOffRow list, string[] barcodes, CancellationToken cancellationToken)
    {
        await using var find = transaction.Command("SELECT barcode, write_off = $1 FROM write_off_item WHERE open AND barcode = ANY ($2)", list.Id, barcodes);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        var found = new List<(string, bool)>();
        while (await row.ReadAsync(cancellationToken)) found.Add((row.GetString(0), row.GetBoolean(1)));
        return found;
    }
}

using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Moving;

/// <summary>Sends a copy to another branch, to stay or for a time, and lists what is on its way and in no van.</summary>
public sealed class TransferItem(NpgsqlDataSource database, NetworkRules rules, ReadStock stock, BusinessClock clock)
{
    private const string Moved = "MOVED", ForATime = "for a time";

    public async Task<Item> RunAsync(TransferItemRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var to = fields.Branch("toBranch", request.ToBranch, rules);
        if (to.Length > 0 && to == branch) fields.Wrong("toBranch", "FORBIDDEN");
        fields.ThrowIfWrong();
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        var act = Act.Of(clock, caller);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var home = await HomeAsync(transaction, label.Value, branch, cancellationToken);
            if (await HoldQueue.FirstSetAsideAsync(transaction, [label.Value], cancellationToken) is not null) throw Failure.Refused([ContractCode.Of(StockRefusal.ItemHeld)]);
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
            {
                BatchCommands =
                {
                    // who paid for it goes on bearing it, wherever it belongs
                    DatabaseSetup.BatchCommand("""
                        UPDATE item SET state = 'IN_TRANSIT', location = $2, branch = $3, stands_at = nullif($2, $3), version = version + 1,
                            cost_centre = CASE cost_centre WHEN '' THEN $4 ELSE cost_centre END
                        WHERE barcode = $1
                        """, label.Value, to, request.ForATime ? home : to, rules.MunicipalityOf(home)),
                    ItemEvents.Write(label.Value, act, Moved, branch, to, request.ForATime && to != home ? ForATime : ""),
                },
            };
            await batch.ExecuteNonQueryAsync(cancellationToken);
            if (!request.ForATime) await RecordIndex.NoteCopiesAsync(transaction, [label.Value], cancellationToken);
            await key.RecordAsync(transaction, $"items/{label.Value}", null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return await stock.ItemAsync(label.Value, staff: true, cancellationToken);
    }

    /// <summary>The branch that the copy belongs to; it stands on the shelf of <paramref name="branch"/> and stays locked.</summary>
    private static async Task<string> HomeAsync(NpgsqlTransaction transaction, string barcode, string branch, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            $"SELECT {ItemRow.State}, i.location, i.branch FROM item i WHERE i.barcode = $1 FOR NO KEY UPDATE", barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("item");
        var state = Codes.Parse<CopyState>(row.GetString(0));
        if (CopyRules.AgainstHandling(state) is { } reason) throw Failure.Refused([ContractCode.Of(reason)]);
        return state == CopyState.Available && row.GetString(1) == branch
            ? row.GetString(2)
            : throw Failure.Refused([ContractCode.Of(StockRefusal.ItemState)]);
    }

    /// <summary>Read through the copies: an index on what is on its way would cost the desk at every loan.</summary>
    public async Task<ListTransitItemsResponse> WaitingAsync(ListTransitItemsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.ToBranch.Length > 0) fields.Branch("toBranch", request.ToBranch, rules);
        var size = fields.PageSize(request.PageSize, absent: 100, max: 500);
        fields.ThrowIfWrong();
        var after = PageToken.Read(request.PageToken, 1)?[0] ?? "";
        await using var command = database.Command($"""
            {ItemRow.Select}
            WHERE i.state = 'IN_TRANSIT' AND ($1 = '' OR i.location = $1) AND i.barcode > $2
                AND NOT EXISTS (SELECT FROM van_run_item v WHERE v.barcode = i.barcode AND v.under_way)
            ORDER BY i.barcode LIMIT $3
            """, request.ToBranch, after, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListTransitItemsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.TransitItems.Count < size) answer.TransitItems.Add(ItemRow.Read(row));
            else answer.NextPageToken = PageToken.Write(answer.TransitItems[^1].Barcode);
        return answer;
    }
}

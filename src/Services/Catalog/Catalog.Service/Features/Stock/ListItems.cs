using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>The shelf list: what stands at a branch, in the order of its call numbers.</summary>
public sealed class ListItems(NpgsqlDataSource database, NetworkRules rules)
{
    private const int MostPageSize = 500, UsualPageSize = 100;

    public async Task<ListItemsResponse> RunAsync(ListItemsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var from = fields.Text("callNumberFrom", request.CallNumberFrom, 0, CallNumber.MaxLength);
        var to = fields.Text("callNumberTo", request.CallNumberTo, 0, CallNumber.MaxLength);
        var size = fields.PageSize(request.PageSize, UsualPageSize, MostPageSize);
        fields.ThrowIfWrong();
        var after = PageToken.Read(request.PageToken, 2) ?? ["", ""];
        await using var command = database.Command($"""
            {ItemRow.Select}
            WHERE coalesce(i.stands_at, i.branch) = $1 AND (i.call_number_sort, i.barcode) > ($2, $3) AND i.call_number_sort >= $4
                AND ($5 = '' OR i.call_number_sort <= $5) AND ($6 = '' OR i.collection = $6) AND ($7 = '' OR {ItemRow.State} = $7)
            ORDER BY i.call_number_sort, i.barcode LIMIT $8
            """, branch, after[0], after[1], CallNumber.First(from), to.Length == 0 ? "" : CallNumber.Last(to), request.Collection,
            request.State == Item.Types.State.Unspecified ? "" : Names.Of(request.State), size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListItemsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.Items.Count < size) answer.Items.Add(ItemRow.Read(row));
            else answer.NextPageToken = Next(answer.Items[^1]);
        return answer;
    }

    private static string Next(Item last) => PageToken.Write(CallNumber.SortKey(last.CallNumber), last.Barcode);
}

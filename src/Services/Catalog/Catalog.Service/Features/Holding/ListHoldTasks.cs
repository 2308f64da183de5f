using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Kind = Library.Catalog.V1.ListHoldTasksRequest.Types.Kind;

namespace Library.Catalog.Features.Holding;

/// <summary>A branch's lists of the morning, in the order of its shelves.</summary>
public sealed class ListHoldTasks(NpgsqlDataSource database, NetworkRules rules)
{
    public async Task<ListHoldTasksResponse> RunAsync(ListHoldTasksRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.Enum("kind", request.Kind);
        var size = fields.PageSize(request.PageSize, absent: 100, max: 500);
        fields.ThrowIfWrong();
        var after = PageToken.Read(request.PageToken, 2) ?? ["", ""];
        await using var command = database.Command($"""
            SELECT i.barcode, r.title, i.call_number, i.collection, h.id, h.pickup_branch, h.ready_until, h.member, i.call_number_sort
            FROM {Of(request.Kind)} JOIN record r ON r.id = i.record
            WHERE {Where(request.Kind)} AND (i.call_number_sort, i.barcode) > ($2 COLLATE "C", $3)
            ORDER BY i.call_number_sort, i.barcode LIMIT $4
            """, branch, after[0], after[1], size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListHoldTasksResponse();
        var (lastNumber, lastBarcode) = ("", "");
        while (await row.ReadAsync(cancellationToken))
            if (answer.HoldTasks.Count < size)
            {
                answer.HoldTasks.Add(Read(row, request.Kind));
                (lastNumber, lastBarcode) = (row.GetString(8), row.GetString(0));
            }
            else answer.NextPageToken = PageToken.Write(lastNumber, lastBarcode);
        return answer;
    }

    private static string Of(Kind kind) => kind == Kind.ToClear
        ? "item i LEFT JOIN hold h ON h.barcode = i.barcode AND h.closed_at IS NULL"
        : "hold h JOIN item i ON i.barcode = h.barcode";

    private static string Where(Kind kind) => kind switch
    {
        Kind.ToFetch => "h.closed_at IS NULL AND h.state = 'WAITING' AND i.location = $1 AND i.state IN ('AVAILABLE', 'ON_HOLD_SHELF')",
        Kind.OnHoldShelf => "h.state = 'READY' AND h.pickup_branch = $1",
        _ => "i.state = 'ON_HOLD_SHELF' AND i.location = $1 AND h.id IS NULL AND i.lender_due_on IS NULL",
    };

    private static HoldTask Read(NpgsqlDataReader row, Kind kind) => new()
    {
        Barcode = row.GetString(0),
        Title = row.GetString(1),
        CallNumber = row.GetString(2),
        Collection = row.GetString(3),
        Hold = row.IsDBNull(4) ? "" : ResourceName.Of(HoldRow.Collection, row.GetGuid(4)),
        PickupBranch = row.IsDBNull(5) ? "" : row.GetString(5),
        ReadyUntil = row.IsDBNull(6) ? "" : row.GetFieldValue<LocalDate>(6).Iso(),
        Member = kind == Kind.OnHoldShelf && !row.IsDBNull(7) ? ResourceName.Of("members", row.GetGuid(7)) : "",
    };
}

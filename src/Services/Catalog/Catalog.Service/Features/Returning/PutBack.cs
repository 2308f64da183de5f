using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Returning;

/// <summary>A copy whose check-out was undone (ADR 26).</summary>
public sealed partial class ReturnItem
{
    /// <summary>
    /// Within the transaction of the undoing, the loan being over: the copy goes where one that is handed in here would go, to whoever waits for it or home.
    /// It was not returned, so it does not float.
    /// </summary>
    internal async Task PutBackAsync(NpgsqlTransaction transaction, string barcode, string branch, Act act, CancellationToken cancellationToken)
    {
        var (item, _, hold) = await LoadAsync(transaction, barcode, branch, act.On, cancellationToken);
        var handed = new Handed(barcode, branch, act, item ?? throw new InvalidOperationException("A copy that was lent is gone."), Arrives: false, hold);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        _ = hold is null ? Home(handed, floats: false, batch) : For(hold, handed, batch);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What the desk does with a copy that it has in hand, as it stands; nothing where it is with a reader.</summary>
    internal static async Task<Return> PlaceOfAsync(NpgsqlTransaction transaction, string barcode, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT i.state, i.location, h.id, h.ready_until FROM item i LEFT JOIN hold h ON h.barcode = i.barcode AND h.closed_at IS NULL WHERE i.barcode = $1
            """, barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        var next = row.GetString(0) switch
        {
            "AVAILABLE" => Return.Types.Next.Shelve,
            "ON_HOLD_SHELF" => Return.Types.Next.HoldShelf,
            "IN_TRANSIT" => Return.Types.Next.Transit,
            _ => Return.Types.Next.Unspecified,
        };
        return new Return
        {
            Next = next,
            ToBranch = next == Return.Types.Next.Transit ? row.GetString(1) : "",
            Hold = row.IsDBNull(2) ? "" : ResourceName.Of(Holding.HoldRow.Collection, row.GetGuid(2)),
            ReadyUntil = row.IsDBNull(3) ? "" : row.GetFieldValue<LocalDate>(3).Iso(),
        };
    }
}

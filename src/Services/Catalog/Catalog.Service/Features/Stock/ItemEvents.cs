using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Stock;

/// <summary>
/// What is written into a copy's history, within the transaction of what happened. Loans and returns write nothing here: their rows are that
/// history.
/// </summary>
public static class ItemEvents
{
    public const string Created = "CREATED", Changed = "CHANGED", PriceChanged = "PRICE_CHANGED", ConditionNoted = "CONDITION_NOTED",
        Arrived = "ARRIVED", Bound = "BOUND", Found = "FOUND", Sold = "SOLD", Shipped = "SHIPPED", LoanUndone = "LOAN_UNDONE", RenewalUndone = "RENEWAL_UNDONE", ReturnUndone = "RETURN_UNDONE",
        ClaimedReturned = "CLAIMED_RETURNED", ClaimRejected = "CLAIM_REJECTED", Lost = "LOST";

    private const string Insert = """
        INSERT INTO item_event (id, barcode, at, kind, branch, to_branch, role, note, from_minor, to_minor)
        """;

    public static NpgsqlBatchCommand Write(
        string barcode, Act act, string kind, string branch, string toBranch = "", string note = "", long? fromMinor = null, long? toMinor = null) =>
        DatabaseSetup.BatchCommand($"{Insert} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            Guid.CreateVersion7(), barcode, act.At, kind, branch, toBranch, act.Role, note, fromMinor, toMinor);
}

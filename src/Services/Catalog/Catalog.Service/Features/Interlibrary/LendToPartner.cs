using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>
/// What we lend to a partner. Meanwhile the copy is on loan without a loan of a member: the desk, the van and the commission leave it alone.
/// </summary>
public sealed class LendToPartner(NetworkRules rules, InterlibrarySteps steps, BusinessClock clock)
{
    public Task<InterlibraryRequest> ShipAsync(ShipInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var barcode = fields.Code("barcode", request.Barcode);
        var due = BorrowFromPartner.DueOn(fields, request.DueOn, clock.Today);
        fields.ThrowIfWrong();
        return steps.RunAsync(request.Name, InterlibraryAction.Ship, caller, key, async step =>
        {
            await MustBeFreeAsync(step, barcode, request.LibraryUseOnly, cancellationToken);
            step.Set("barcode", barcode);
            step.Terms(due, request.LibraryUseOnly, request.Renews);
            step.Add("UPDATE item SET state = 'ON_LOAN', version = version + 1 WHERE barcode = $1", barcode);
            step.Add(ItemEvents.Write(barcode, step.Act, ItemEvents.Shipped, step.Request.Branch));
        }, cancellationToken, copy: barcode);
    }

    public Task<InterlibraryRequest> ReceiveBackAsync(
        ReceiveBackInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        return steps.RunAsync(request.Name, InterlibraryAction.ReceiveBack, caller, key, async step =>
        {
            await using var find = step.Transaction.Command("SELECT coalesce(stands_at, branch) FROM item WHERE barcode = $1", step.Request.Barcode);
            var home = (string)(await find.ExecuteScalarAsync(cancellationToken))!;
            step.SetItem(branch == home ? "AVAILABLE" : "IN_TRANSIT", home);
            step.Add(ItemEvents.Write(step.Request.Barcode!, step.Act, ItemEvents.Arrived, branch, branch == home ? "" : home));
        }, cancellationToken, anyBranch: true);
    }

    /// <summary>Its row is locked. What stays in the house may go where it stays in the house too.</summary>
    private static async Task MustBeFreeAsync(Step step, string barcode, bool libraryUseOnly, CancellationToken cancellationToken)
    {
        await using var find = step.Transaction.Command("""
            SELECT state = 'AVAILABLE' AND location = $2 AND kept_for IS NULL AND lender_due_on IS NULL AND (lending = 'LENDABLE' OR (lending = 'READING_ROOM_ONLY' AND $3))
            FROM item WHERE barcode = $1
            """, barcode, step.Request.Branch, libraryUseOnly);
        if (await find.ExecuteScalarAsync(cancellationToken) is not bool free) throw Failure.NotFound("item");
        if (!free || await HoldQueue.FirstSetAsideAsync(step.Transaction, [barcode], cancellationToken) is not null) throw Failure.Refused("ITEM_NOT_FREE");
    }
}

using Library.Catalog.Features.Returning;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Kiosks;

/// <summary>Takes a copy back at a machine as the desk does, and says into which bin it goes.</summary>
public sealed class CheckInAtKiosk(NpgsqlDataSource database, NetworkRules rules, ReturnItem takeBack)
{
    public async Task<KioskReturn> RunAsync(KioskCheckInRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var barcode = fields.Code("barcode", request.Barcode);
        fields.ThrowIfWrong();
        var copy = await KioskCopy.FindAsync(database, barcode, cancellationToken) ?? throw Failure.NotFound("item");
        // nothing is changed and nothing kept: the staff decide what becomes of it
        if (copy.IsUnderRepair) return new KioskReturn { Barcode = copy.Barcode, Title = copy.Title, Bin = KioskReturn.Types.Bin.Staff, NeedsStaff = true };
        return Answer(copy, await takeBack.RunAsync(
            new CreateReturnRequest { Barcode = barcode, Branch = branch }, caller, key.Keeping<Return>(given => Answer(copy, given)), cancellationToken));
    }

    /// <summary>Without the hold that it is for, and without the fine: who hands it in need not be who borrowed it.</summary>
    private static KioskReturn Answer(KioskCopy copy, Return given) => new()
    {
        Barcode = copy.Barcode,
        Title = copy.Title,
        Bin = given.Next switch
        {
            Return.Types.Next.Shelve => KioskReturn.Types.Bin.Shelve,
            Return.Types.Next.HoldShelf => KioskReturn.Types.Bin.Hold,
            Return.Types.Next.Transit => KioskReturn.Types.Bin.Transit,
            _ => KioskReturn.Types.Bin.Staff,
        },
        ToBranch = given.ToBranch,
        NeedsStaff = copy.NeedsStaff,
    };
}

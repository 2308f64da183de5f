using Library.Catalog.Features.CheckingOut;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Kiosks;

/// <summary>Lends at a machine as the desk does, without discretion.</summary>
public sealed class CheckOutAtKiosk(CheckOutItem checkOut)
{
    public async Task<KioskLoan> RunAsync(KioskCheckOutRequest request, CommandKey key, CancellationToken cancellationToken) => Answer(await checkOut.RunAsync(
        new CreateLoanRequest { Barcode = request.Barcode, CardNumber = request.CardNumber, Branch = request.Branch }, caller: null, key.Keeping<Loan>(Answer), cancellationToken));

    /// <summary>A loan as the machine prints it: neither its name nor where else it was.</summary>
    public static KioskLoan Answer(Loan loan) => new() { Barcode = loan.Barcode, Title = loan.Title, DueOn = loan.DueOn, RenewalsLeft = loan.RenewalsLeft };
}

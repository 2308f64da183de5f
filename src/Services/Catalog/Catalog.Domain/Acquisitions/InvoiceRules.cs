namespace Library.Catalog.Domain.Acquisitions;

/// <summary>A line of a supplier's invoice, in minor units.</summary>
/// <param name="NetMinor">Without value-added tax, zero or more.</param>
/// <param name="VatBasisPoints">The rate in hundredths of a percent: 950 is 9.5 %.</param>
/// <param name="VatMinor">The tax as the supplier printed it.</param>
public readonly record struct InvoiceLine(long NetMinor, int VatBasisPoints, long VatMinor);

/// <summary>What a supplier's invoice says of itself as a whole, in minor units.</summary>
public readonly record struct InvoiceTotals(long NetMinor, long VatMinor, long TotalMinor);

/// <summary>Why an invoice is not taken.</summary>
public enum InvoiceRefusal
{
    /// <summary>A line's tax is not that of its rate. Remedy: the line's rate or tax was misread, or the supplier corrects the invoice.</summary>
    InvoiceVatDiffers = 1,

    /// <summary>The totals are not the sum of the lines. Remedy: a line is missing or misread, or the supplier corrects the invoice.</summary>
    InvoiceTotalDiffers,
}

/// <summary>Whether an invoice adds up.</summary>
public static class InvoiceRules
{
    /// <summary>How much a line's tax may differ from the rate's: suppliers round a line up, down or to even, never by more than a minor unit.</summary>
    private const long RoundingMinor = 1;

    /// <summary>
    /// The reason against the invoice, or null. Taxes are looked at before totals. The totals equal the sums of the lines to the minor unit; net and
    /// tax together are the total.
    /// </summary>
    public static InvoiceRefusal? Check(IReadOnlyList<InvoiceLine> lines, InvoiceTotals totals)
    {
        if (lines.Any(line => Math.Abs(line.VatMinor - VatOf(line.NetMinor, line.VatBasisPoints)) > RoundingMinor)) return InvoiceRefusal.InvoiceVatDiffers;
        var (net, vat) = (lines.Sum(line => line.NetMinor), lines.Sum(line => line.VatMinor));
        return (net, vat, checked(net + vat)) == (totals.NetMinor, totals.VatMinor, totals.TotalMinor) ? null : InvoiceRefusal.InvoiceTotalDiffers;
    }

    /// <summary>The tax on an amount, rounded half up to the minor unit.</summary>
    public static long VatOf(long netMinor, int vatBasisPoints) => Amounts.Share(netMinor, vatBasisPoints);
}

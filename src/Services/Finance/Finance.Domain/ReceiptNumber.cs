using System.Globalization;

namespace Library.Finance.Domain;

/// <summary>The number of a receipt, counted without a gap from 1 for each branch and year: <c>RAD-2026-000001</c>.</summary>
/// <param name="Branch">Code of the branch that took the money.</param>
/// <param name="Year">Of the business date in the library's zone.</param>
/// <param name="Number">1 and up; shown with six digits, more where a year needs them.</param>
public readonly record struct ReceiptNumber(string Branch, int Year, long Number)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Branch}-{Year:0000}-{Number:000000}");
}

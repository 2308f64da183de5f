using Library.Catalog.Domain;
using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Archive;

/// <summary>Who last had a copy, to trace damage (art. 21–22). An earlier reader is never given in the place of one whose link is gone.</summary>
public sealed class FindLastBorrower(NpgsqlDataSource database, ArchiveReadings readings)
{
    public async Task<LastBorrower> RunAsync(GetLastBorrowerRequest request, Caller caller, CancellationToken cancellationToken)
    {
        ArchiveReadings.Require(request.Purpose);
        if (!Barcode.TryParse(request.Barcode, out var barcode)) throw Failure.NotFound("item");
        if (await LastAsync(barcode.Value, cancellationToken) is not { } last) throw Failure.NotFound("loan");
        await readings.WriteAsync(last.Loan, caller, request.Purpose, cancellationToken);
        return last;
    }

    /// <summary>Null where it was never lent or nobody is named any more. What is out now comes before what is back.</summary>
    private async Task<LastBorrower?> LastAsync(string barcode, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT id, member, lent_at, returned_at FROM (
                (SELECT id, member, lent_at, returned_at FROM loan WHERE barcode = $1 AND returned_at IS NULL)
                UNION ALL
                (SELECT id, member, lent_at, returned_at FROM loan WHERE barcode = $1 AND returned_at IS NOT NULL AND undone_at IS NULL ORDER BY returned_at DESC LIMIT 1)) AS last
            ORDER BY returned_at DESC NULLS FIRST LIMIT 1
            """, barcode);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken) || row.IsDBNull(1)) return null;
        return new LastBorrower
        {
            Loan = ResourceName.Of(LoanRow.Collection, row.GetGuid(0)),
            Member = ResourceName.Of("members", row.GetGuid(1)),
            LentAt = row.GetFieldValue<Instant>(2).ToTimestamp(),
            ReturnedAt = row.IsDBNull(3) ? null : row.GetFieldValue<Instant>(3).ToTimestamp(),
        };
    }
}

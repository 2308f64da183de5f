using System.Security.Cryptography;
using Library.Catalog.Domain.Export;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Features.Importing;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>
/// A partner's copy while it is with us: an item with a short record of its own, so that the desk, fines and reminders know it as any other. It is no
/// part of the stock: no accession number, a collection of its own, and search does not find its record.
/// </summary>
public static class LenderCopy
{
    /// <summary>The collection of such copies, and the source of their records; no rulebook and no import may name them.</summary>
    public const string Collection = "INTERLIBRARY", RecordSource = "interlibrary";

    /// <summary>Puts it on the hold shelf of the pick-up branch, kept for the member.</summary>
    public static void Bring(Step step, string barcode, long priceMinor, string currencyCode, bool youth, string owner)
    {
        var request = step.Request;
        var record = Guid.CreateVersion7();
        var described = new NormalisedRecord
        {
            ControlNumber = request.Id.ToString("N"),
            Title = request.Title,
            Names = request.Author.Length == 0 ? [] : [new RecordName(request.Author, "aut", NameKind.Person, IsMaker: true)],
            Year = request.Year,
            Isbns = request.Isbn.Length == 0 ? [] : [request.Isbn],
            Material = Codes.Parse<Material>(request.Material),
        };
        var raw = MarcWriter.ToXml(MarcBuilder.ToMarc21(described));
        var index = new IndexedRecord(described);
        step.Add($"""
            INSERT INTO record (id, source, control_number, format, form, raw, content_hash, {RecordIndex.Columns})
            SELECT $1, '{RecordSource}', $2, 'MARC21', 'XML', $3, $4, {RecordIndex.Values} FROM unnest({RecordIndex.Arrays(5)}) AS t ({RecordIndex.Names})
            """, [record, described.ControlNumber, raw, SHA256.HashData(raw), .. RecordIndex.Parameters([index])]);
        step.Add($"""
            INSERT INTO item (barcode, record, branch, location, material, lending, price_minor, currency_code, acquisition, units, youth, state, created_at,
                collection, deposit_owner, lender_due_on, lender_renews, kept_for)
            VALUES ($1, $2, $3, $3, $4, $5, $6, $7, 'PURCHASE', 1, $8, 'ON_HOLD_SHELF', $9, '{Collection}', $10, $11, $12, $13)
            """, barcode, record, request.Branch, request.Material, request.LibraryUseOnly ? "READING_ROOM_ONLY" : "LENDABLE", priceMinor, currencyCode, youth,
            step.Act.At, owner, request.DueOn, request.Renews, request.Member);
    }

    /// <summary>Goes with the loan: only who it is kept for can have it, and the desk has its row locked.</summary>
    public static NpgsqlBatchCommand Lent(string barcode, Instant now) => DatabaseSetup.BatchCommand(
        "UPDATE interlibrary_request SET state = 'LENT', changed_at = $2, version = version + 1 WHERE barcode = $1 AND state = 'ARRIVED'", barcode, now);

    /// <summary>Goes with the return: from now on it is kept for its owner.</summary>
    public static NpgsqlBatchCommand TakenBack(string barcode, Instant now) => DatabaseSetup.BatchCommand("""
        WITH back AS (
            UPDATE interlibrary_request SET state = 'RETURNED_BY_MEMBER', changed_at = $2, version = version + 1
            WHERE barcode = $1 AND state = 'LENT' RETURNING barcode, partner)
        UPDATE item i SET kept_for = back.partner FROM back WHERE i.barcode = back.barcode
        """, barcode, now);

    /// <summary>Goes with a loan that is undone: it is kept for the member again.</summary>
    public static NpgsqlBatchCommand LoanUndone(string barcode, Instant now) => DatabaseSetup.BatchCommand("""
        WITH back AS (
            UPDATE interlibrary_request SET state = 'ARRIVED', changed_at = $2, version = version + 1 WHERE barcode = $1 AND state = 'LENT' RETURNING barcode, member)
        UPDATE item i SET kept_for = back.member FROM back WHERE i.barcode = back.barcode
        """, barcode, now);

    /// <summary>Goes with a return that is undone: the member has it still.</summary>
    public static NpgsqlBatchCommand ReturnUndone(string barcode, Instant now) => DatabaseSetup.BatchCommand(
        "UPDATE interlibrary_request SET state = 'LENT', changed_at = $2, version = version + 1 WHERE barcode = $1 AND state = 'RETURNED_BY_MEMBER'", barcode, now);
}

using System.Globalization;
using Library.Catalog.Domain;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stock;

/// <summary>What happened to a copy: its own events and its loans, which are read where they stand and without their readers.</summary>
public sealed class ReadHistory(NpgsqlDataSource database)
{
    private static readonly Instant End = Instant.FromUtc(9000, 1, 1, 0, 0);

    public async Task<ItemHistory> RunAsync(GetItemHistoryRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        if (!Barcode.TryParse(request.Barcode, out var label)) throw Failure.NotFound("item");
        var (before, beforeKind, beforeId) = After(request.PageToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT 1 FROM item WHERE barcode = $1", label.Value),
                DatabaseSetup.BatchCommand("""
                    SELECT at, kind, id, branch, to_branch, role, note, from_minor, to_minor FROM (
                        SELECT at, kind, id, branch, to_branch, role, note, from_minor, to_minor FROM item_event WHERE barcode = $1
                        UNION ALL SELECT lent_at, 'LENT', id, branch, '', '', '', NULL, NULL FROM loan WHERE barcode = $1 AND returned_at IS NULL
                        UNION ALL SELECT lent_at, 'LENT', id, branch, '', '', '', NULL, NULL FROM loan WHERE barcode = $1 AND returned_at IS NOT NULL
                        UNION ALL SELECT returned_at, 'RETURNED', id, returned_branch, '', '', '', NULL, NULL FROM loan
                            WHERE barcode = $1 AND returned_at IS NOT NULL AND undone_at IS NULL AND claim_outcome IS DISTINCT FROM 'LIBRARY_LOST' AND replace_until IS NULL) AS happened
                    WHERE (at, kind, id) < ($2, $3, $4) ORDER BY at DESC, kind DESC, id DESC LIMIT $5
                    """, label.Value, before, beforeKind, beforeId, size + 1),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("item");
        await row.NextResultAsync(cancellationToken);
        var answer = new ItemHistory();
        var last = "";
        while (await row.ReadAsync(cancellationToken))
            if (answer.History.Count < size)
            {
                answer.History.Add(Read(row));
                last = PageToken.Write(
                    row.GetFieldValue<Instant>(0).ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture), row.GetString(1), row.GetGuid(2).ToString("D"));
            }
            else answer.NextPageToken = last;
        return answer;
    }

    private static ItemEvent Read(NpgsqlDataReader row) => new()
    {
        At = row.GetFieldValue<Instant>(0).ToTimestamp(),
        Kind = row.GetString(1),
        Branch = row.GetString(3),
        ToBranch = row.GetString(4),
        Role = row.GetString(5),
        Note = row.GetString(6),
        FromMinor = row.IsDBNull(7) ? 0 : row.GetInt64(7),
        ToMinor = row.IsDBNull(8) ? 0 : row.GetInt64(8),
    };

    private static (Instant At, string Kind, Guid Id) After(string token)
    {
        if (PageToken.Read(token, 3) is not { } key) return (End, "", Guid.Empty);
        return long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks < End.ToUnixTimeTicks()
                && Guid.TryParseExact(key[2], "D", out var id)
            ? (Instant.FromUnixTimeTicks(ticks), key[1], id)
            : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
    }
}

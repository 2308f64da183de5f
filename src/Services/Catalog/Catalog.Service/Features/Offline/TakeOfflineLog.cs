using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Offline;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using Microsoft.AspNetCore.Mvc;

namespace Library.Catalog.Features.Offline;

/// <summary>
/// POST /api/v1/offlineLogs: what a desk recorded while the system was down, at most 5,000 lines. An ordinary endpoint, because it is a file. It is
/// checked as a whole: a file with anything wrong in it leaves nothing behind. The same log again gives the same answer, with whatever key it comes.
/// </summary>
public sealed class TakeOfflineLog(NpgsqlDataSource database, NetworkRules rules, ApplyOfflineLogs worker, BusinessClock clock)
{
    public const string Collection = "offlineLogs";
    private const int MostBytes = 1024 * 1024;
    private const string Method = "POST /api/v1/offlineLogs";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/offlineLogs", (HttpContext http, TakeOfflineLog endpoint) => endpoint.ReceiveAsync(http))
            .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin), new RequestSizeLimitAttribute(MostBytes))
            .AddEndpointFilter<FailuresAsStatus>();

    private async Task<IResult> ReceiveAsync(HttpContext http)
    {
        var (caller, cancellationToken, now) = (new Caller(http.User), http.RequestAborted, clock.Now);
        var key = http.Request.Headers[Idempotency.Header].ToString();
        if (key.Length > 64 || key.Any(c => c is < '!' or > '~')) throw Failure.Invalid(new Violation("Idempotency-Key", "LENGTH", ("min", "1"), ("max", "64")));
        var file = await ReadAsync(http.Request.Body, cancellationToken);
        var log = Check(Encoding.Latin1.GetString(file), caller, now);
        var (hash, name) = (SHA256.HashData(file), ResourceName.Of(Collection, log.Id));

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (key.Length > 0) await RecordKeyAsync(transaction, caller, key, hash, name, cancellationToken);
        await KeepAsync(transaction, log, hash, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        worker.Wake();
        return Results.Json(new { name, lines = log.Lines.Count });
    }

    private static async Task<byte[]> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        try
        {
            await body.CopyToAsync(file, cancellationToken);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
        return file.Length > 0 ? file.ToArray() : throw Failure.Invalid(new Violation("body", "REQUIRED"));
    }

    private static Failure TooLarge() => Failure.Invalid(new Violation("body", "RANGE", ("min", "1"), ("max", $"{OfflineLogReader.MostLines}")));

    private OfflineLog Check(string text, Caller caller, Instant now)
    {
        var (log, flaw) = OfflineLogReader.Read(text, now);
        if (log is null) throw Failure.Invalid(WrongIn(flaw!));
        if (!rules.IsBranch(log.Branch)) throw Failure.Invalid(new Violation("body", "OFFLINE_LINE", ("line", "1"), ("expected", "BRANCH")));
        caller.MustBeAt(log.Branch);
        return log;
    }

    private static Violation WrongIn(OfflineFlaw flaw)
    {
        var line = flaw.Line.ToString(CultureInfo.InvariantCulture);
        return flaw.Kind switch
        {
            OfflineFlawKind.Form => new Violation("body", "OFFLINE_LINE", ("line", line), ("expected", flaw.Expected)),
            OfflineFlawKind.Future => new Violation("body", "OFFLINE_FUTURE", ("line", line)),
            OfflineFlawKind.Cut => new Violation("body", "CUT", ("line", line)),
            OfflineFlawKind.TooMany => new Violation("body", "RANGE", ("min", "1"), ("max", $"{OfflineLogReader.MostLines}")),
        };
    }

    /// <summary>A key that came with another file is refused; where this log was taken with it, the log's own id gives the answer.</summary>
    private static async Task RecordKeyAsync(NpgsqlTransaction transaction, Caller caller, string key, byte[] hash, string name, CancellationToken cancellationToken)
    {
        await using var record = transaction.Command("""
            INSERT INTO idempotency (caller, method, key, request_hash, resource, answer) VALUES ($1, $2, $3, $4, $5, ''::bytea) ON CONFLICT DO NOTHING
            """, caller.Subject, Method, key, hash, name);
        if (await record.ExecuteNonQueryAsync(cancellationToken) == 1) return;
        await using var find = transaction.Command(
            "SELECT request_hash = $4 FROM idempotency WHERE caller = $1 AND method = $2 AND key = $3", caller.Subject, Method, key, hash);
        if (await find.ExecuteScalarAsync(cancellationToken) is not true) throw Failure.AlreadyExists("IDEMPOTENCY_KEY_REUSED");
    }

    /// <summary>The log and its lines, unless they are here already. Of two at one time the second waits for the first.</summary>
    private static async Task KeepAsync(NpgsqlTransaction transaction, OfflineLog log, byte[] hash, Instant now, CancellationToken cancellationToken)
    {
        await using (var insert = transaction.Command("""
            INSERT INTO offline_log (id, branch, device, content_hash, received_at, line_count) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """, log.Id, log.Branch, log.Device, hash, now, log.Lines.Count))
            if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0)
            {
                await using var same = transaction.Command("SELECT content_hash = $2 FROM offline_log WHERE id = $1", log.Id, hash);
                if (await same.ExecuteScalarAsync(cancellationToken) is true) return;
                throw Failure.AlreadyExists("OFFLINE_LOG_DIFFERS");
            }
        var lines = log.Lines;
        await using var keep = transaction.Command("""
            INSERT INTO offline_line (log, number, at, kind, barcode, card_number, state, reasons)
            SELECT $1, number, at, kind, barcode, nullif(card, ''), CASE finding WHEN '' THEN 'PENDING' ELSE 'NOT_APPLIED' END, array_remove(ARRAY[finding], '')
            FROM unnest($2::integer[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[]) AS line (number, at, kind, barcode, card, finding)
            """, log.Id, lines.Select(line => line.Number).ToArray(), lines.Select(line => line.At).ToArray(),
            lines.Select(line => ContractCode.Of(line.Kind)).ToArray(), lines.Select(line => line.Barcode).ToArray(),
            lines.Select(line => line.Card?.Value ?? "").ToArray(), lines.Select(line => line.Finding is { } finding ? ContractCode.Of(finding) : "").ToArray());
        await keep.ExecuteNonQueryAsync(cancellationToken);
    }
}

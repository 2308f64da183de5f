using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Library.Catalog.Domain;
using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using Microsoft.AspNetCore.Mvc;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>
/// POST /api/v1/stocktakings/ID:scanFile[?count=N]: what a scanner without a connection has gathered, a barcode a line, at most 200,000. An
/// ordinary endpoint, because it streams. All of it in one transaction: a file that breaks off, or holds what is no barcode, leaves nothing behind.
/// That it is whole is seen by its last line's end and, where given, by the count.
/// </summary>
public sealed class ScanFileEndpoint(NpgsqlDataSource database, ScanShelf shelf, BusinessClock clock)
{
    private const int MostBarcodes = 200_000, MostBytes = 8 * 1024 * 1024, LongestLine = Barcode.MaxLength + 1;
    private const string Method = "POST /api/v1/stocktakings:scanFile", UsedOnce = "idempotency_key_used_once";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/stocktakings/{id}:scanFile", (string id, HttpContext http, ScanFileEndpoint endpoint) => endpoint.ReceiveAsync(id, http))
            .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin), new RequestSizeLimitAttribute(MostBytes))
            .AddEndpointFilter<FailuresAsStatus>();

    private async Task<IResult> ReceiveAsync(string id, HttpContext http)
    {
        var (caller, cancellationToken) = (new Caller(http.User), http.RequestAborted);
        var (count, key) = Check(http);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = await Session.HoldAsync(transaction, $"{Session.Collection}/{id}", alone: true, cancellationToken);
        caller.MustBeAt(session.Shelf.Branch);
        var (result, hash) = await TakeInAsync(transaction, session, http.Request.Body, Act.Of(clock, caller), cancellationToken);
        if (result.Read == 0) throw Failure.Invalid(new Violation("body", "REQUIRED"));
        if (count is { } expected && expected != result.Read)
            throw Failure.Invalid(new Violation("body", "COUNT", ("expected", expected.ToString(CultureInfo.InvariantCulture))));
        try
        {
            if (key.Length > 0) await RecordKeyAsync(transaction, caller, key, hash, session.Name, result, cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == UsedOnce)
        {
            return Json(await FirstAnswerAsync(caller, key, hash, session.Name, cancellationToken));
        }
        await transaction.CommitAsync(cancellationToken);
        return Json(result);
    }

    private static (long? Count, string Key) Check(HttpContext http)
    {
        var fields = new Fields();
        var count = http.Request.Query["count"].ToString();
        var expected = 0L;
        if (count.Length > 0 && (!long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out expected) || expected is < 1 or > MostBarcodes))
            fields.Wrong("count", "RANGE", ("min", "1"), ("max", $"{MostBarcodes}"));
        var key = http.Request.Headers[Idempotency.Header].ToString();
        if (key.Length > 64 || key.Any(c => c is < '!' or > '~')) fields.Wrong("Idempotency-Key", "LENGTH", ("min", "1"), ("max", "64"));
        fields.ThrowIfWrong();
        return (count.Length > 0 ? expected : null, key);
    }

    /// <summary>Reads the file to its end, a stretch of shelf at a time.</summary>
    private async Task<(ScanResult Result, byte[] Hash)> TakeInAsync(
        NpgsqlTransaction transaction, Session session, Stream body, Act act, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (result, stretch, line, lines) = (new ScanResult(), new List<string>(ScanShelf.Stretch), new StringBuilder(LongestLine), 0L);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await ReadAsync(body, buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                for (var at = 0; at < read; at++)
                {
                    if (buffer[at] != '\n')
                    {
                        // bytes above ASCII become what no barcode has
                        if (line.Length <= LongestLine) line.Append((char)buffer[at]);
                        continue;
                    }
                    lines++;
                    Add(stretch, line.ToString(), lines);
                    line.Clear();
                    if (result.Read + stretch.Count > MostBarcodes) throw TooLarge();
                    if (stretch.Count < ScanShelf.Stretch) continue;
                    await shelf.AddAsync(transaction, session, stretch, act, result, cancellationToken);
                    stretch.Clear();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (line.Length > 0) throw Failure.Invalid(new Violation("body", "CUT", ("line", (lines + 1).ToString(CultureInfo.InvariantCulture))));
        if (stretch.Count > 0) await shelf.AddAsync(transaction, session, stretch, act, result, cancellationToken);
        return (result, hash.GetHashAndReset());
    }

    /// <summary>Empty lines are passed over; a scanner may end its lines with CR LF.</summary>
    private static void Add(List<string> stretch, string line, long number)
    {
        var text = line.TrimEnd('\r');
        if (text.Length == 0) return;
        if (!Barcode.TryParse(text, out var barcode))
            throw Failure.Invalid(new Violation("body", "LINE", ("line", number.ToString(CultureInfo.InvariantCulture))));
        stretch.Add(barcode.Value);
    }

    private static async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
    }

    private static Failure TooLarge() => Failure.Invalid(new Violation("body", "RANGE", ("min", "1"), ("max", $"{MostBarcodes}")));

    private static async Task RecordKeyAsync(
        NpgsqlTransaction transaction, Caller caller, string key, byte[] hash, string name, ScanResult result, CancellationToken cancellationToken)
    {
        await using var record = transaction.Command(
            "INSERT INTO idempotency (caller, method, key, request_hash, resource, answer) VALUES ($1, $2, $3, $4, $5, $6)",
            caller.Subject, Method, key, hash, name, result.ToByteArray());
        await record.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The answer to the file that the key came with first.</summary>
    private async Task<ScanResult> FirstAnswerAsync(Caller caller, string key, byte[] hash, string name, CancellationToken cancellationToken)
    {
        await using var find = database.Command(
            "SELECT request_hash = $4 AND resource = $5, answer FROM idempotency WHERE caller = $1 AND method = $2 AND key = $3",
            caller.Subject, Method, key, hash, name);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw new InvalidOperationException("The key's row is gone.");
        return row.GetBoolean(0) ? ScanResult.Parser.ParseFrom(row.GetFieldValue<byte[]>(1)) : throw Failure.AlreadyExists("IDEMPOTENCY_KEY_REUSED");
    }

    private static IResult Json(ScanResult result) => Results.Json(new
    {
        read = result.Read,
        counted = result.Counted,
        repeated = result.Repeated,
        passedOver = result.PassedOver,
        misplaced = result.Misplaced,
        unexpected = result.Unexpected,
        foundAgain = result.FoundAgain,
    });
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Marc;
using Library.Catalog.Features.Interlibrary;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Microsoft.AspNetCore.Mvc;

namespace Library.Catalog.Features.Importing;

/// <summary>
/// POST /api/v1/records:import: receives a MARC file. An ordinary endpoint, because it streams: the body goes into the database a
/// chunk at a time, so that memory stays constant and any instance can read it in after a crash. All of it in one transaction: a
/// file that breaks off on the way leaves nothing behind.
/// </summary>
public sealed class ImportEndpoint(NpgsqlDataSource database, ImportSignal signal)
{
    private const long MostBytes = 2L * 1024 * 1024 * 1024;
    private const int ChunkBytes = 64 * 1024; // below what the large object heap takes
    private const string Method = "POST /api/v1/records:import", UsedOnce = "idempotency_key_used_once";

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/records:import", (HttpContext http, ImportEndpoint endpoint) => endpoint.ReceiveAsync(http))
            .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin), new RequestSizeLimitAttribute(MostBytes))
            .AddEndpointFilter<FailuresAsStatus>();

    private sealed record Upload(Guid Id, MarcFormat Format, MarcForm Form, string Source, string Caller, string Key);

    private async Task<IResult> ReceiveAsync(HttpContext http)
    {
        var upload = Read(http);
        var cancellationToken = http.RequestAborted;
        var name = ResourceName.Of(ReadOperation.Collection, upload.Id);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var hash = await StoreAsync(transaction, upload, http.Request.Body, cancellationToken);
        try
        {
            if (upload.Key.Length > 0) await RecordKeyAsync(transaction, upload, hash, name, cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == UsedOnce)
        {
            return Results.Json(new { name = await FirstAnswerAsync(upload, hash, cancellationToken) });
        }
        await transaction.CommitAsync(cancellationToken);
        signal.Wake();
        return Results.Json(new { name });
    }

    private static Upload Read(HttpContext http)
    {
        var fields = new Fields();
        var query = http.Request.Query;
        var format = query["format"].ToString() switch
        {
            "marc21" => MarcFormat.Marc21,
            "unimarc" => MarcFormat.Unimarc,
            _ => default,
        };
        if (format == default) fields.Wrong("format", "ENUM", ("expected", "marc21, unimarc"));
        var source = fields.Text("source", query["source"].ToString(), 1, 60);
        if (source == LenderCopy.RecordSource) fields.Wrong("source", "FORBIDDEN");
        var form = http.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() switch
        {
            null or "" or "application/marc" or "application/octet-stream" => MarcForm.Iso2709,
            "application/marcxml+xml" or "application/xml" or "text/xml" => MarcForm.Xml,
            _ => default,
        };
        if (form == default) fields.Wrong("Content-Type", "ENUM", ("expected", "application/marc, application/marcxml+xml"));
        var key = http.Request.Headers[Idempotency.Header].ToString();
        if (key.Length > 64 || key.Any(c => c is < '!' or > '~')) fields.Wrong("Idempotency-Key", "LENGTH", ("min", "1"), ("max", "64"));
        fields.ThrowIfWrong();
        return new Upload(Guid.CreateVersion7(), format, form, source, new Caller(http.User).Subject, key);
    }

    /// <summary>Reads the body to its end, a chunk at a time; gives the hash of the request.</summary>
    private static async Task<byte[]> StoreAsync(NpgsqlTransaction transaction, Upload upload, Stream body, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{upload.Format} {upload.Form} {upload.Source}\n"));
        await using (var operation = transaction.Command(
            "INSERT INTO import_operation (id, source, format, form, byte_count) VALUES ($1, $2, $3, $4, 1)",
            upload.Id, upload.Source, ContractCode.Of(upload.Format), ContractCode.Of(upload.Form)))
            await operation.ExecuteNonQueryAsync(cancellationToken);

        var buffer = new byte[ChunkBytes];
        var total = 0L;
        for (var number = 0; ; number++)
        {
            var read = await ReadChunkAsync(body, buffer, cancellationToken);
            if (read == 0) break;
            total += read;
            hash.AppendData(buffer, 0, read);
            await using var chunk = transaction.Command(
                "INSERT INTO import_chunk (operation, number, bytes) VALUES ($1, $2, $3)", upload.Id, number, new ArraySegment<byte>(buffer, 0, read));
            await chunk.ExecuteNonQueryAsync(cancellationToken);
            if (read < buffer.Length) break;
        }
        if (total == 0) throw Failure.Invalid(new Violation("body", "REQUIRED"));
        await using var size = transaction.Command("UPDATE import_operation SET byte_count = $2 WHERE id = $1", upload.Id, total);
        await size.ExecuteNonQueryAsync(cancellationToken);
        return hash.GetHashAndReset();
    }

    private static async Task<int> ReadChunkAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw Failure.Invalid(new Violation("body", "RANGE", ("min", "1"), ("max", MostBytes.ToString(CultureInfo.InvariantCulture))));
        }
    }

    private static async Task RecordKeyAsync(NpgsqlTransaction transaction, Upload upload, byte[] hash, string name, CancellationToken cancellationToken)
    {
        await using var record = transaction.Command(
            "INSERT INTO idempotency (caller, method, key, request_hash, resource, answer) VALUES ($1, $2, $3, $4, $5, ''::bytea)",
            upload.Caller, Method, upload.Key, hash, name);
        await record.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The operation that the key was first used for.</summary>
    private async Task<string> FirstAnswerAsync(Upload upload, byte[] hash, CancellationToken cancellationToken)
    {
        await using var find = database.Command(
            "SELECT request_hash = $4, resource FROM idempotency WHERE caller = $1 AND method = $2 AND key = $3", upload.Caller, Method, upload.Key, hash);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw new InvalidOperationException("The key's row is gone.");
        return row.GetBoolean(0) ? row.GetString(1) : throw Failure.AlreadyExists("IDEMPOTENCY_KEY_REUSED");
    }
}

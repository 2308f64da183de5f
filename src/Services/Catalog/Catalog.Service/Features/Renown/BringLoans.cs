using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using Microsoft.AspNetCore.Mvc;

namespace Library.Catalog.Features.Renown;

/// <summary>
/// POST /api/v1/records:importLoans?source=NAME: the loans of the system before this one, so that search knows from the first day what people read.
/// CSV in UTF-8: a heading, then <c>controlNumber,year,loans</c> a line. An ordinary endpoint, because it streams. All or nothing; the same file
/// again changes nothing, other figures replace the earlier ones. Numbers of no record are counted in the answer and passed over.
/// </summary>
public sealed class BringLoans(NpgsqlDataSource database, BusinessClock clock)
{
    private const long MostBytes = 256L * 1024 * 1024;
    private const int Batch = 5_000, LongestLine = 400, FirstYear = 1900;
    private const long MostLoans = 10_000_000;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/records:importLoans", (HttpContext http, BringLoans endpoint) => endpoint.ReceiveAsync(http))
            .WithMetadata(new EndpointAccess(Roles.Librarian, Roles.Admin), new RequestSizeLimitAttribute(MostBytes))
            .AddEndpointFilter<FailuresAsStatus>();

    private sealed record Line(string ControlNumber, int Year, long Loans);

    private async Task<IResult> ReceiveAsync(HttpContext http)
    {
        var cancellationToken = http.RequestAborted;
        var fields = new Fields();
        var source = fields.Text("source", http.Request.Query["source"].ToString(), 1, 60);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (read, known, number, lines) = (0L, 0L, 0, new Dictionary<(string, int), Line>());
        await foreach (var text in LinesAsync(http.Request.Body, cancellationToken))
        {
            if (++number == 1 || text.Length == 0) continue;
            var line = Read(text, number, clock.Today.Year);
            lines[(line.ControlNumber, line.Year)] = line; // within a batch the last wins, as it does between them
            read++;
            if (lines.Count < Batch) continue;
            known += await SaveAsync(transaction, source, lines.Values, cancellationToken);
            lines.Clear();
        }
        known += await SaveAsync(transaction, source, lines.Values, cancellationToken);
        if (read == 0) throw Failure.Invalid(new Violation("body", "REQUIRED"));
        await transaction.CommitAsync(cancellationToken);
        return Results.Json(new { read, known });
    }

    /// <summary>Of a line that is too long only so much is kept that it is seen to be.</summary>
    private static async IAsyncEnumerable<string> LinesAsync(Stream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(file, Encoding.UTF8);
        var (buffer, line) = (new char[4096], new StringBuilder(LongestLine + 1));
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            for (var at = 0; at < read; at++)
                if (buffer[at] == '\n')
                {
                    yield return line.ToString().TrimEnd('\r');
                    line.Clear();
                }
                else if (line.Length <= LongestLine) line.Append(buffer[at]);
        if (line.Length > 0) yield return line.ToString();
    }

    private static Line Read(string text, int number, int thisYear)
    {
        var field = string.Create(CultureInfo.InvariantCulture, $"line {number}");
        var cells = text.Length <= LongestLine ? text.Split(',') : [];
        if (cells.Length != 3 || cells[0].Trim().Trim('"') is not { Length: > 0 } controlNumber)
            throw Failure.Invalid(new Violation(field, "FORMAT", ("expected", "controlNumber,year,loans")));
        if (!int.TryParse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year < FirstYear || year > thisYear)
            throw Failure.Invalid(new Violation($"{field}: year", "RANGE", ("min", FirstYear.ToString(CultureInfo.InvariantCulture)), ("max", thisYear.ToString(CultureInfo.InvariantCulture))));
        return long.TryParse(cells[2], NumberStyles.None, CultureInfo.InvariantCulture, out var loans) && loans <= MostLoans
            ? new Line(controlNumber, year, loans)
            : throw Failure.Invalid(new Violation($"{field}: loans", "RANGE", ("min", "0"), ("max", MostLoans.ToString(CultureInfo.InvariantCulture))));
    }

    /// <summary>How many of the lines were of a record.</summary>
    private async Task<long> SaveAsync(NpgsqlTransaction transaction, string source, ICollection<Line> lines, CancellationToken cancellationToken)
    {
        if (lines.Count == 0) return 0;
        await using var save = transaction.Command("""
            INSERT INTO record_loans (record, year, earlier)
            SELECT r.id, t.year, t.loans FROM unnest($2::text[], $3::integer[], $4::bigint[]) AS t (control_number, year, loans)
            JOIN record r ON r.source = $1 AND r.control_number = t.control_number ORDER BY r.id, t.year
            ON CONFLICT (record, year) DO UPDATE SET earlier = excluded.earlier
            RETURNING record
            """, source, lines.Select(line => line.ControlNumber).ToArray(), lines.Select(line => line.Year).ToArray(), lines.Select(line => line.Loans).ToArray());
        var records = new List<Guid>();
        await using (var row = await save.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) records.Add(row.GetGuid(0));
        await Renown.ReckonAsync(transaction, clock.Today.Year, [.. records.Distinct()], cancellationToken);
        return records.Count;
    }
}

using System.Globalization;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Offline;

/// <summary>How far offline logs are, and which of their lines are listed.</summary>
public sealed class ReadOfflineLogs(NpgsqlDataSource database, NetworkRules rules)
{
    private const string Select = """
        SELECT l.id, l.branch, l.device, l.received_at, l.line_count, c.pending, c.applied, c.not_applied, c.listed, c.unresolved
        FROM offline_log l CROSS JOIN LATERAL (
            SELECT (count(*) FILTER (WHERE n.state = 'PENDING'))::integer AS pending, (count(*) FILTER (WHERE n.state = 'APPLIED'))::integer AS applied,
                (count(*) FILTER (WHERE n.state = 'NOT_APPLIED'))::integer AS not_applied, (count(*) FILTER (WHERE cardinality(n.reasons) > 0))::integer AS listed,
                (count(*) FILTER (WHERE cardinality(n.reasons) > 0 AND n.resolved_at IS NULL))::integer AS unresolved
            FROM offline_line n WHERE n.log = l.id) c
        """;

    /// <summary>The columns that <see cref="Exception"/> reads, of line n.</summary>
    public const string LineColumns = "n.number, n.at, n.kind, n.barcode, n.card_number, n.state, n.reasons, n.loan, n.resolution, n.resolved_at";

    public async Task<OfflineLog> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE l.id = $1", ResourceName.Parse(TakeOfflineLog.Collection, name, "offlineLog"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("offlineLog");
        var log = Read(row);
        caller.MustBeAt(log.Branch);
        return log;
    }

    /// <summary>Newest first.</summary>
    public async Task<ListOfflineLogsResponse> ListAsync(ListOfflineLogsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var size = fields.PageSize(request.PageSize, absent: 20, max: 50);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        await using var command = database.Command($"""
            {Select} WHERE l.branch = $1 AND (l.received_at, l.id) < ($2, $3) ORDER BY l.received_at DESC, l.id DESC LIMIT $4
            """, branch, before, beforeId, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var logs = new List<(string Token, OfflineLog Log)>();
        while (await row.ReadAsync(cancellationToken))
            logs.Add((Pages.Token(row.GetFieldValue<Instant>(3), row.GetGuid(0)), Read(row)));
        var answer = new ListOfflineLogsResponse { NextPageToken = Pages.Cut(logs, size, last => last.Token) };
        answer.OfflineLogs.AddRange(logs.Select(one => one.Log));
        return answer;
    }

    /// <summary>In the log's order.</summary>
    public async Task<ListOfflineExceptionsResponse> ListExceptionsAsync(ListOfflineExceptionsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var after = AfterNumber(request.PageToken);
        await GetAsync(request.Name, caller, cancellationToken);
        await using var command = database.Command($"""
            SELECT {LineColumns} FROM offline_line n
            WHERE n.log = $1 AND cardinality(n.reasons) > 0 AND n.number > $2 AND (NOT $3 OR n.resolved_at IS NULL) ORDER BY n.number LIMIT $4
            """, ResourceName.Parse(TakeOfflineLog.Collection, request.Name, "offlineLog"), after, request.Unresolved, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var lines = new List<OfflineException>();
        while (await row.ReadAsync(cancellationToken)) lines.Add(Exception(row));
        var answer = new ListOfflineExceptionsResponse
        {
            NextPageToken = Pages.Cut(lines, size, last => PageToken.Write(last.Number.ToString(CultureInfo.InvariantCulture))),
        };
        answer.Exceptions.AddRange(lines);
        return answer;
    }

    /// <summary>A line that is listed.</summary>
    public static OfflineException Exception(NpgsqlDataReader row) => new()
    {
        Number = row.GetInt32(0),
        At = row.GetFieldValue<Instant>(1).ToTimestamp(),
        Kind = Names.Parse<OfflineException.Types.Kind>(row.GetString(2)) ?? default,
        Barcode = row.GetString(3),
        CardNumber = row.IsDBNull(4) ? "" : row.GetString(4),
        Applied = row.GetString(5) == LineState.Applied,
        Reasons = { row.GetFieldValue<string[]>(6) },
        Loan = row.IsDBNull(7) ? "" : ResourceName.Of(LoanRow.Collection, row.GetGuid(7)),
        Resolution = row.IsDBNull(8) ? default : Names.Parse<OfflineException.Types.Resolution>(row.GetString(8)) ?? default,
        ResolvedAt = row.IsDBNull(9) ? null : row.GetFieldValue<Instant>(9).ToTimestamp(),
    };

    private static OfflineLog Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(TakeOfflineLog.Collection, row.GetGuid(0)),
        Branch = row.GetString(1),
        Device = row.GetString(2),
        ReceivedAt = row.GetFieldValue<Instant>(3).ToTimestamp(),
        Lines = row.GetInt32(4),
        Pending = row.GetInt32(5),
        Applied = row.GetInt32(6),
        NotApplied = row.GetInt32(7),
        Exceptions = row.GetInt32(8),
        Unresolved = row.GetInt32(9),
        Done = row.GetInt32(5) == 0,
    };

    private static int AfterNumber(string token) => PageToken.Read(token, 1) is not { } key ? 0
        : int.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
}

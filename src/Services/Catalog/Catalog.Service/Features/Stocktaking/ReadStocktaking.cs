using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>A stocktaking with its figures, the list of them, and what was found.</summary>
public sealed class ReadStocktaking(NpgsqlDataSource database, NetworkRules rules)
{
    public async Task<V1.Stocktaking> GetAsync(string name, CancellationToken cancellationToken)
    {
        var session = await Session.FindAsync(database, name, cancellationToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Outcomes.FiguresOf(session)) batch.BatchCommands.Add(command);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var answer = session.Answer();
        answer.Figures = await Outcomes.ReadAsync(row, cancellationToken);
        return answer;
    }

    public async Task<ListStocktakingsResponse> ListAsync(ListStocktakingsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        await using var command = database.Command($"""
            {Session.Select} WHERE ($1 = '' OR branch = $1) AND (opened_at, id) < ($2, $3) ORDER BY opened_at DESC, id DESC LIMIT $4
            """, request.Branch, before, beforeId, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var sessions = new List<Session>();
        while (await row.ReadAsync(cancellationToken)) sessions.Add(Session.Read(row));
        var answer = new ListStocktakingsResponse();
        answer.Stocktakings.AddRange(sessions.Take(size).Select(session => session.Answer()));
        if (sessions.Count > size)
            answer.NextPageToken = Pages.Token(sessions[size - 1].OpenedAt, sessions[size - 1].Id);
        return answer;
    }

    public async Task<ListFindingsResponse> FindingsAsync(ListFindingsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Enum("kind", request.Kind);
        var size = fields.PageSize(request.PageSize, absent: 100, max: 500);
        fields.ThrowIfWrong();
        var after = PageToken.Read(request.PageToken, 2) ?? ["", ""];
        var session = await Session.FindAsync(database, request.Name, cancellationToken);
        await using var command = request.Kind == ListFindingsRequest.Types.Kind.Missing
            ? Missing(session, after, size)
            : Odd(session, request.Kind, after, size);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (answer, last) = (new ListFindingsResponse(), "");
        while (await row.ReadAsync(cancellationToken))
            if (answer.Findings.Count == size) answer.NextPageToken = last;
            else
            {
                answer.Findings.Add(Read(row));
                last = PageToken.Write(row.GetString(7), row.GetString(0));
            }
        return answer;
    }

    private NpgsqlCommand Missing(Session session, string[] after, int size) => database.Command($"""
        {Outcomes.With}
        SELECT o.barcode, '{Outcomes.Missing}', r.title, i.call_number, i.branch, i.collection, o.seen_at, o.call_number_sort
        FROM outcome o JOIN item i ON i.barcode = o.barcode JOIN record r ON r.id = i.record
        WHERE o.outcome = '{Outcomes.Missing}' AND (o.call_number_sort, o.barcode) > ($3, $4) ORDER BY o.call_number_sort, o.barcode LIMIT $5
        """, session.Id, session.OpenedAt, after[0], after[1], size + 1);

    private NpgsqlCommand Odd(Session session, ListFindingsRequest.Types.Kind kind, string[] after, int size) => database.Command("""
        SELECT s.barcode, CASE s.finding WHEN 'IN_PLACE' THEN 'WRONG_ORDER' ELSE s.finding END, coalesce(r.title, ''), coalesce(i.call_number, ''),
            coalesce(i.branch, ''), coalesce(i.collection, ''), s.seen_at, ''
        FROM stocktaking_scan s LEFT JOIN item i ON i.barcode = s.barcode LEFT JOIN record r ON r.id = i.record
        WHERE s.stocktaking = $1 AND (s.finding <> 'IN_PLACE' OR s.wrong_order) AND s.barcode > $3
            AND (s.finding IN ('IN_PLACE', 'OTHER_BRANCH', 'OTHER_COLLECTION', 'OTHER_RANGE')) = $2
        ORDER BY s.barcode LIMIT $4
        """, session.Id, kind == ListFindingsRequest.Types.Kind.Misplaced, after[1], size + 1);

    private static StocktakingFinding Read(NpgsqlDataReader row) => new()
    {
        Barcode = row.GetString(0),
        Reason = row.GetString(1),
        Title = row.GetString(2),
        CallNumber = row.GetString(3),
        Branch = row.GetString(4),
        Collection = row.GetString(5),
        SeenAt = row.IsDBNull(6) ? null : row.GetFieldValue<Instant>(6).ToTimestamp(),
    };
}

using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>Rounds as staff read them, and what they came to.</summary>
public sealed class ReadRounds(NpgsqlDataSource database, NetworkRules rules)
{
    public const string Collection = "homeRounds";
    private const string Select = "SELECT r.id, r.branch, r.planned_on, r.carrier, r.closed_at FROM home_round r";

    public static Guid IdOf(string name) => ResourceName.Parse(Collection, name, "homeRound");

    public async Task<HomeRound> GetAsync(string name, CancellationToken cancellationToken)
    {
        var id = IdOf(name);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(Select + " WHERE r.id = $1", id),
                DatabaseSetup.BatchCommand("""
                    SELECT s.position, s.member, i.barcode, t.title, i.kind, i.state, i.reasons
                    FROM home_stop s JOIN home_stop_item i ON i.stop = s.id JOIN item c ON c.barcode = i.barcode JOIN record t ON t.id = c.record
                    WHERE s.round = $1 ORDER BY s.position, i.kind, i.barcode
                    """, id),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("homeRound");
        var round = Read(row);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var position = row.GetInt32(0);
            if (round.Stops.Count == 0 || round.Stops[^1].Position != position)
                round.Stops.Add(new HomeStop { Position = position, Member = row.IsDBNull(1) ? "" : ResourceName.Of("members", row.GetGuid(1)) });
            round.Stops[^1].Copies.Add(new HomeCopy
            {
                Barcode = row.GetString(2),
                Title = row.GetString(3),
                Kind = Names.Parse<HomeCopy.Types.Kind>(row.GetString(4)) ?? default,
                State = Names.Parse<HomeCopy.Types.State>(row.GetString(5)) ?? default,
                Reasons = { row.GetFieldValue<string[]>(6) },
            });
        }
        return round;
    }

    public async Task<ListHomeRoundsResponse> ListAsync(ListHomeRoundsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        var (day, id) = Pages.AfterDay(request.PageToken);
        await using var command = database.Command($"""
            {Select} WHERE (r.planned_on, r.id) > ($1, $2) AND ($3 = '' OR r.branch = $3) AND (NOT $4 OR r.closed_at IS NULL) ORDER BY r.planned_on, r.id LIMIT $5
            """, day, id, request.Branch, request.OpenOnly, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<HomeRound>();
        while (await row.ReadAsync(cancellationToken)) found.Add(Read(row));
        var answer = new ListHomeRoundsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.PlannedOn, last.Name[(Collection.Length + 1)..]));
        answer.HomeRounds.AddRange(found);
        return answer;
    }

    public async Task<HomeDeliveryCounts> CountAsync(CountHomeDeliveryRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var (from, to) = (fields.Date("from", request.From), fields.Date("to", request.To));
        if (to < from) fields.Wrong("to", "BEFORE", ("other", "from"));
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        fields.ThrowIfWrong();
        await using var command = database.Command("""
            SELECT c.kind, count(DISTINCT r.id), count(DISTINCT s.id) FILTER (WHERE i.state = 'DONE'),
                count(*) FILTER (WHERE i.state = 'DONE' AND i.kind = 'BRING'), count(*) FILTER (WHERE i.state = 'DONE' AND i.kind = 'FETCH')
            FROM home_round r JOIN home_carrier c ON c.code = r.carrier JOIN home_stop s ON s.round = r.id JOIN home_stop_item i ON i.stop = s.id
            WHERE r.planned_on BETWEEN $1 AND $2 AND ($3 = '' OR r.branch = $3) GROUP BY c.kind ORDER BY c.kind
            """, from, to, request.Branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new HomeDeliveryCounts();
        while (await row.ReadAsync(cancellationToken))
            answer.OfKinds.Add(new HomeDeliveryCounts.Types.OfKind
            {
                CarrierKind = Names.Parse<HomeCarrier.Types.Kind>(row.GetString(0)) ?? default,
                Rounds = row.GetInt64(1),
                Stops = row.GetInt64(2),
                Brought = row.GetInt64(3),
                Fetched = row.GetInt64(4),
            });
        return answer;
    }

    private static HomeRound Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Branch = row.GetString(1),
        PlannedOn = row.GetFieldValue<LocalDate>(2).Iso(),
        Carrier = row.GetString(3),
        Open = row.IsDBNull(4),
        ClosedAt = row.IsDBNull(4) ? null : row.GetFieldValue<Instant>(4).ToTimestamp(),
    };
}

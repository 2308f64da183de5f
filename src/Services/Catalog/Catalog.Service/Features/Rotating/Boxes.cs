using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using Stop = Library.Catalog.Domain.Stock.MobileStop;

namespace Library.Catalog.Features.Rotating;

/// <summary>
/// Boxes of copies that go round the stops of a mobile library. Where one stands on a day follows from its stays; two boxes never stand at one stop,
/// which the database holds.
/// </summary>
public sealed class Boxes(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const int Most = 500;
    private const string CodeIsUnique = "box_code_is_unique", InOneBox = "box_item_in_one_box", OneBoxAtAStop = "box_stay_one_box_at_a_stop",
        OneStopForABox = "box_stay_one_stop_for_a_box";

    /// <summary>Of box b on day $1.</summary>
    private const string Select = """
        SELECT b.code, b.branch, coalesce((SELECT s.stop FROM box_stay s WHERE s.box = b.code AND s.stays @> $1::date), ''),
            (SELECT count(*) FROM box_item i WHERE i.box = b.code)
        FROM box b
        """;

    public async Task<Box> CreateAsync(CreateBoxRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var (code, branch, stop) = (fields.Code("code", request.Code), fields.Branch("branch", request.Branch, rules), fields.Code("stop", request.Stop));
        var from = fields.OptionalDate("from", request.From) ?? clock.Today;
        if (request.Barcodes.Count is 0 or > Most) fields.Wrong("barcodes", "COUNT", ("expected", $"1–{Most}"));
        foreach (var (at, barcode) in request.Barcodes.Take(Most).Index()) fields.Code($"barcodes[{at}]", barcode);
        fields.ThrowIfWrong();
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var stops = await StopsAsync(transaction, branch, cancellationToken);
            var at = stops.Find(known => known.Code == stop) ?? throw Failure.NotFound("stop");
            await OrTakenAsync(() => InsertAsync(transaction, code, branch, [.. request.Barcodes.Distinct()], at, from, cancellationToken));
            await key.RecordAsync(transaction, $"boxes/{code}", null, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        return await GetAsync(code, "", cancellationToken);
    }

    private static async Task InsertAsync(
        NpgsqlTransaction transaction, string code, string branch, string[] barcodes, Stop stop, LocalDate from, CancellationToken cancellationToken)
    {
        await using (var box = transaction.Command("INSERT INTO box (code, branch) VALUES ($1, $2)", code, branch))
            await box.ExecuteNonQueryAsync(cancellationToken);
        await using (var copies = transaction.Command("""
            INSERT INTO box_item (barcode, box) SELECT barcode, $1 FROM item WHERE barcode = ANY ($2) AND branch = $3 AND state <> 'WITHDRAWN' ORDER BY barcode
            """, code, barcodes, branch))
            if (await copies.ExecuteNonQueryAsync(cancellationToken) != barcodes.Length) throw Failure.NotFound("item");
        await using var stay = transaction.Command(
            "INSERT INTO box_stay (box, stop, stays) VALUES ($1, $2, daterange($3, NULL))", code, stop.Code, stop.NextVisit(from));
        await stay.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<Box> GetAsync(string code, string day, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var on = fields.OptionalDate("on", day) ?? clock.Today;
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(Select + " WHERE b.code = $2", on, code),
                DatabaseSetup.BatchCommand("SELECT barcode FROM box_item WHERE box = $1 ORDER BY barcode", code),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("box");
        var box = Read(row);
        await row.NextResultAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken)) box.Barcodes.Add(row.GetString(0));
        return box;
    }

    public async Task<ListBoxesResponse> ListAsync(ListBoxesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var on = fields.OptionalDate("on", request.On) ?? clock.Today;
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command(
            $"{Select} WHERE b.branch = $2 AND b.code > $3 ORDER BY b.code LIMIT $4", on, branch, PageToken.Read(request.PageToken, 1)?[0] ?? "", size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListBoxesResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.Boxes.Count < size) answer.Boxes.Add(Read(row));
            else answer.NextPageToken = PageToken.Write(answer.Boxes[^1].Code);
        return answer;
    }

    public async Task<RotateBoxesResponse> RotateAsync(RotateBoxesRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var on = fields.Date("on", request.On);
        if (on != default && on < clock.Today) fields.Wrong("on", "PAST");
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var stops = await StopsAsync(transaction, branch, cancellationToken);
        var moves = RotationRules.Rotate(stops, await PlacedAsync(transaction, branch, on, cancellationToken), on);
        await OrTakenAsync(() => MoveAsync(transaction, moves, cancellationToken));
        var answer = new RotateBoxesResponse
        {
            Moves =
            {
                moves.Select(move => new V1.BoxMove
                {
                    Box = move.Box, FromStop = move.From, LeavesOn = move.LeavesOn.Iso(), ToStop = move.To, ArrivesOn = move.ArrivesOn.Iso(),
                }),
            },
        };
        await key.RecordAsync(transaction, "boxes", answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    /// <summary>All stays end before the new ones begin, so that no box is in another's way.</summary>
    private static async Task MoveAsync(NpgsqlTransaction transaction, IReadOnlyList<Domain.Stock.BoxMove> moves, CancellationToken cancellationToken)
    {
        await using (var leave = transaction.Command("""
            UPDATE box_stay s SET stays = daterange(lower(s.stays), m.leaves_on) FROM unnest($1::text[], $2::date[]) AS m (box, leaves_on)
            WHERE s.box = m.box AND upper_inf(s.stays) AND lower(s.stays) < m.leaves_on
            """, moves.Select(move => move.Box).ToArray(), moves.Select(move => move.LeavesOn).ToArray()))
            await leave.ExecuteNonQueryAsync(cancellationToken);
        await using var arrive = transaction.Command("""
            INSERT INTO box_stay (box, stop, stays)
            SELECT box, stop, daterange(arrives_on, NULL) FROM unnest($1::text[], $2::text[], $3::date[]) AS m (box, stop, arrives_on)
            """, moves.Select(move => move.Box).ToArray(), moves.Select(move => move.To).ToArray(), moves.Select(move => move.ArrivesOn).ToArray());
        await arrive.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>In one order and locked: rotations of one mobile library go one after the other.</summary>
    private static async Task<List<Stop>> StopsAsync(NpgsqlTransaction transaction, string branch, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            "SELECT code, first_on, every_weeks FROM mobile_stop WHERE branch = $1 ORDER BY code FOR NO KEY UPDATE", branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var stops = new List<Stop>();
        while (await row.ReadAsync(cancellationToken)) stops.Add(new Stop(row.GetString(0), row.GetFieldValue<LocalDate>(1), row.GetInt32(2)));
        return stops;
    }

    /// <summary>The box that stands at each stop on the day and is not planned to leave.</summary>
    private static async Task<Dictionary<string, string>> PlacedAsync(
        NpgsqlTransaction transaction, string branch, LocalDate on, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT s.stop, s.box FROM box_stay s JOIN box b ON b.code = s.box WHERE b.branch = $1 AND upper_inf(s.stays) AND lower(s.stays) <= $2
            """, branch, on);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var placed = new Dictionary<string, string>();
        while (await row.ReadAsync(cancellationToken)) placed.Add(row.GetString(0), row.GetString(1));
        return placed;
    }

    private static async Task OrTakenAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (PostgresException taken) when (taken.ConstraintName is CodeIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
        catch (PostgresException taken) when (taken.ConstraintName is InOneBox)
        {
            throw Failure.Refused([ContractCode.Of(RotationRefusal.ItemInBox)]);
        }
        catch (PostgresException taken) when (taken.ConstraintName is OneBoxAtAStop or OneStopForABox)
        {
            throw Failure.Refused([ContractCode.Of(RotationRefusal.StopTaken)]);
        }
    }

    private static Box Read(NpgsqlDataReader row) => new()
    {
        Code = row.GetString(0),
        Branch = row.GetString(1),
        Stop = row.GetString(2),
        Items = row.GetInt64(3),
    };
}

using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Moving;

/// <summary>The runs of the van: planned, read with what does not agree, ended.</summary>
public sealed class VanRuns(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public const string Collection = "vanRuns";
    private const int LeastBranches = 2, MostBranches = 50;
    private static readonly LocalDate End = new(9000, 1, 1);

    /// <summary>What does not agree with a copy v of a run; empty where all does.</summary>
    private const string Discrepancy = """
        CASE WHEN v.arrived_at IS NULL AND v.strayed_to IS NOT NULL THEN 'STRAYED' WHEN v.arrived_at IS NULL THEN 'NOT_ARRIVED'
            WHEN v.loaded_at IS NULL THEN 'NOT_LOADED' ELSE '' END
        """;

    private const string Select = $"""
        SELECT r.id, r.planned_on, r.route, r.open, count(v.loaded_at), count(v.arrived_at) FILTER (WHERE v.loaded_at IS NOT NULL),
            count(*) FILTER (WHERE v.barcode IS NOT NULL AND {Discrepancy} = 'NOT_ARRIVED'),
            count(*) FILTER (WHERE v.barcode IS NOT NULL AND {Discrepancy} = 'NOT_LOADED'),
            count(*) FILTER (WHERE v.barcode IS NOT NULL AND {Discrepancy} = 'STRAYED')
        FROM van_run r LEFT JOIN van_run_item v ON v.van_run = r.id
        """;

    public async Task<VanRun> CreateAsync(CreateVanRunRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var on = fields.Date("plannedOn", request.PlannedOn);
        if (on != default && on < clock.Today) fields.Wrong("plannedOn", "PAST");
        if (request.Route.Count is < LeastBranches or > MostBranches) fields.Wrong("route", "COUNT", ("expected", $"{LeastBranches}–{MostBranches}"));
        foreach (var (at, branch) in request.Route.Take(MostBranches).Index()) fields.Branch($"route[{at}]", branch, rules);
        fields.ThrowIfWrong();
        var id = Guid.CreateVersion7();
        var run = new VanRun { Name = ResourceName.Of(Collection, id), PlannedOn = on.Iso(), Route = { request.Route }, Open = true };
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = transaction.Command("INSERT INTO van_run (id, planned_on, route) VALUES ($1, $2, $3)", id, on, request.Route.ToArray()))
            await insert.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, run.Name, run, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return run;
    }

    public async Task<VanRun> GetAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE r.id = $1 GROUP BY r.id", IdOf(name));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Read(row) : throw Failure.NotFound("vanRun");
    }

    public async Task<ListVanRunsResponse> ListAsync(ListVanRunsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        var after = PageToken.Read(request.PageToken, 2);
        var (on, id) = after is null ? (End, Guid.Empty) : (fields.Date("pageToken", after[0]), fields.Name("pageToken", Collection, after[1]));
        fields.ThrowIfWrong();
        await using var command = database.Command(
            $"{Select} WHERE (r.planned_on, r.id) < ($1, $2) GROUP BY r.id ORDER BY r.planned_on DESC, r.id DESC LIMIT $3", on, id, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListVanRunsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.VanRuns.Count < size) answer.VanRuns.Add(Read(row));
            else answer.NextPageToken = PageToken.Write(answer.VanRuns[^1].PlannedOn, answer.VanRuns[^1].Name);
        return answer;
    }

    public async Task<ListVanRunItemsResponse> ItemsAsync(ListVanRunItemsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 100, max: 500);
        fields.ThrowIfWrong();
        var (id, after) = (IdOf(request.Name), PageToken.Read(request.PageToken, 1)?[0] ?? "");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("SELECT 1 FROM van_run WHERE id = $1", id),
                DatabaseSetup.BatchCommand($"""
                    SELECT v.barcode, r.title, coalesce(v.from_branch, ''), v.to_branch, v.loaded_at, v.arrived_at, coalesce(v.strayed_to, ''), {Discrepancy}
                    FROM van_run_item v JOIN item i ON i.barcode = v.barcode JOIN record r ON r.id = i.record
                    WHERE v.van_run = $1 AND v.barcode > $2 AND (NOT $3 OR {Discrepancy} <> '') ORDER BY v.barcode LIMIT $4
                    """, id, after, request.OnlyDiscrepancies, size + 1),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("vanRun");
        await row.NextResultAsync(cancellationToken);
        var answer = new ListVanRunItemsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.Items.Count < size) answer.Items.Add(ReadItem(row));
            else answer.NextPageToken = PageToken.Write(answer.Items[^1].Barcode);
        return answer;
    }

    public async Task CloseAsync(string name, CommandKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var id = (await HoldAsync(transaction, name, cancellationToken)).Id;
        await using (var arrive = transaction.Command(ScanVan.ArriveAtDesks + " AND v.van_run = $1", id)) await arrive.ExecuteNonQueryAsync(cancellationToken);
        await using (var close = transaction.Command("""
            WITH free AS (UPDATE van_run_item SET under_way = false WHERE van_run = $1 AND under_way) UPDATE van_run SET open = false WHERE id = $1
            """, id))
            await close.ExecuteNonQueryAsync(cancellationToken);
        await key.RecordAsync(transaction, name, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>An open run, locked until the commit.</summary>
    public static async Task<(Guid Id, string[] Route)> HoldAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        var id = IdOf(name);
        await using var command = transaction.Command("SELECT open, route FROM van_run WHERE id = $1 FOR NO KEY UPDATE", id);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("vanRun");
        return row.GetBoolean(0) ? (id, row.GetFieldValue<string[]>(1)) : throw Failure.Refused("VAN_RUN_CLOSED");
    }

    private static Guid IdOf(string name) => ResourceName.Parse(Collection, name, "vanRun");

    private static VanRun Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        PlannedOn = row.GetFieldValue<LocalDate>(1).Iso(),
        Route = { row.GetFieldValue<string[]>(2) },
        Open = row.GetBoolean(3),
        Loaded = row.GetInt64(4),
        Arrived = row.GetInt64(5),
        NotArrived = row.GetInt64(6),
        NotLoaded = row.GetInt64(7),
        Strayed = row.GetInt64(8),
    };

    private static VanRunItem ReadItem(NpgsqlDataReader row) => new()
    {
        Barcode = row.GetString(0),
        Title = row.GetString(1),
        FromBranch = row.GetString(2),
        ToBranch = row.GetString(3),
        LoadedAt = row.IsDBNull(4) ? null : row.GetFieldValue<Instant>(4).ToTimestamp(),
        ArrivedAt = row.IsDBNull(5) ? null : row.GetFieldValue<Instant>(5).ToTimestamp(),
        StrayedTo = row.GetString(6),
        Discrepancy = Names.Parse<VanRunItem.Types.Discrepancy>(row.GetString(7)) ?? VanRunItem.Types.Discrepancy.Unspecified,
    };
}

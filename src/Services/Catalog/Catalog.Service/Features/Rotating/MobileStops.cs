using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;
using NodaTime.Text;
using Stop = Library.Catalog.Domain.Stock.MobileStop;

namespace Library.Catalog.Features.Rotating;

/// <summary>The stops of mobile libraries and their schedule.</summary>
public sealed class MobileStops(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const int MostWeeks = 52, LongestName = 200;
    private const string CodeIsUnique = "mobile_stop_code_is_unique";
    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    public async Task<MobileStop> CreateAsync(CreateMobileStopRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var first = fields.Date("firstOn", request.FirstOn);
        var (opens, closes) = (TimeOf(fields, "opens", request.Opens), TimeOf(fields, "closes", request.Closes));
        if (closes <= opens) fields.Wrong("closes", "BEFORE", ("other", "opens"));
        fields.Range("everyWeeks", request.EveryWeeks, 1, MostWeeks);
        var stop = new MobileStop
        {
            Code = fields.Code("code", request.Code),
            Branch = fields.Branch("branch", request.Branch, rules),
            Name = fields.Text("name", request.Name, 1, LongestName),
            FirstOn = request.FirstOn,
            EveryWeeks = request.EveryWeeks,
            Opens = request.Opens,
            Closes = request.Closes,
        };
        fields.ThrowIfWrong();
        stop.NextVisit = new Stop(stop.Code, first, stop.EveryWeeks).NextVisit(clock.Today).Iso();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var insert = transaction.Command("""
            INSERT INTO mobile_stop (code, branch, name, first_on, every_weeks, opens, closes) VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, stop.Code, stop.Branch, stop.Name, first, stop.EveryWeeks, opens, closes);
        try
        {
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException taken) when (taken.ConstraintName == CodeIsUnique)
        {
            throw Failure.AlreadyExists("ALREADY_EXISTS");
        }
        await key.RecordAsync(transaction, $"mobileStops/{stop.Code}", stop, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return stop;
    }

    public async Task<ListMobileStopsResponse> ListAsync(ListMobileStopsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command("""
            SELECT code, branch, name, first_on, every_weeks, opens, closes FROM mobile_stop
            WHERE branch = $1 AND code COLLATE "C" > $2 ORDER BY code COLLATE "C" LIMIT $3
            """, branch, PageToken.Read(request.PageToken, 1)?[0] ?? "", size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListMobileStopsResponse();
        while (await row.ReadAsync(cancellationToken))
            if (answer.MobileStops.Count < size) answer.MobileStops.Add(Read(row));
            else answer.NextPageToken = PageToken.Write(answer.MobileStops[^1].Code);
        return answer;
    }

    private MobileStop Read(NpgsqlDataReader row) => new()
    {
        Code = row.GetString(0),
        Branch = row.GetString(1),
        Name = row.GetString(2),
        FirstOn = row.GetFieldValue<LocalDate>(3).Iso(),
        EveryWeeks = row.GetInt32(4),
        Opens = Time.Format(row.GetFieldValue<LocalTime>(5)),
        Closes = Time.Format(row.GetFieldValue<LocalTime>(6)),
        NextVisit = new Stop(row.GetString(0), row.GetFieldValue<LocalDate>(3), row.GetInt32(4)).NextVisit(clock.Today).Iso(),
    };

    private static LocalTime TimeOf(Fields fields, string field, string value)
    {
        if (Time.Parse(value) is { Success: true } time) return time.Value;
        fields.Wrong(field, "FORMAT", ("expected", "HH:MM"));
        return default;
    }
}

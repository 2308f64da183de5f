using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Lockers;

/// <summary>A deposit as the database has it.</summary>
public sealed record DepositRow(
    Guid Id, Guid Locker, int Compartment, string Purpose, Guid? Member, string State, Instant DepositedAt, LocalDate? CollectUntil, int Generation, int WrongAttempts,
    Instant? BlockedUntil, long Version, string Branch, string[] Barcodes, bool IsOpening, Instant RealNow)
{
    public const string Select = """
        SELECT d.id, d.locker, d.compartment, d.purpose, d.member, d.state, d.deposited_at, d.collect_until, d.generation, d.wrong_attempts, d.blocked_until, d.version, l.branch,
            ARRAY(SELECT i.barcode FROM locker_deposit_item i WHERE i.deposit = d.id ORDER BY i.barcode),
            coalesce(d.opening_until > clock_timestamp(), false), clock_timestamp()
        FROM locker_deposit d JOIN locker l ON l.id = d.locker
        """;

    public string Name => ResourceName.Of(ReadDeposits.Collection, Id);

    public static DepositRow Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetInt32(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetGuid(4), row.GetString(5), row.GetFieldValue<Instant>(6),
        row.IsDBNull(7) ? null : row.GetFieldValue<LocalDate>(7), row.GetInt32(8), row.GetInt32(9), row.IsDBNull(10) ? null : row.GetFieldValue<Instant>(10),
        row.GetInt64(11), row.GetString(12), row.GetFieldValue<string[]>(13),
        row.GetBoolean(14), row.GetFieldValue<Instant>(15));
}

/// <summary>Deposits as staff and their members read them; the code is shown to the member only, here and in the notice.</summary>
public sealed class ReadDeposits(NpgsqlDataSource database, LockerCodes codes, BusinessClock clock)
{
    public const string Collection = "lockerDeposits";

    public static Guid IdOf(string name) => ResourceName.Parse(Collection, name, "lockerDeposit");

    public async Task<LockerDeposit> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        await using var command = database.Command(DepositRow.Select + " WHERE d.id = $1", IdOf(name));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("lockerDeposit");
        var deposit = DepositRow.Read(row);
        caller.MustOwn(deposit.Member is { } member ? ResourceName.Of("members", member) : null, "lockerDeposit");
        return Answer(deposit, caller);
    }

    public async Task<ListLockerDepositsResponse> ListAsync(ListLockerDepositsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var named = caller.MemberOr(request.Member);
        var member = named.Length > 0 ? fields.Name("member", "members", named) : (Guid?)null;
        var locker = request.Locker.Length > 0 ? fields.Name("locker", KeepLockers.Collection, request.Locker) : (Guid?)null;
        if (!Enum.IsDefined(request.State)) fields.Wrong("state", "ENUM", ("expected", Names.Of<LockerDeposit.Types.State>()));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        await using var command = database.Command($"""
            {DepositRow.Select} WHERE d.id > $1 AND ($2::uuid IS NULL OR d.member = $2) AND ($3::uuid IS NULL OR d.locker = $3) AND ($4 = '' OR d.state = $4) ORDER BY d.id LIMIT $5
            """, Pages.AfterId(request.PageToken), member, locker, request.State == default ? "" : Names.Of(request.State), size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<DepositRow>();
        while (await row.ReadAsync(cancellationToken)) found.Add(DepositRow.Read(row));
        var answer = new ListLockerDepositsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Id.ToString("D")));
        answer.LockerDeposits.AddRange(found.Select(deposit => Answer(deposit, caller)));
        return answer;
    }

    /// <summary>What a notice says, at the moment of sending.</summary>
    public async Task<LockerPickup> PickupAsync(GetLockerPickupRequest request, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT d.id, d.generation, d.compartment, d.collect_until, k.name, k.branch,
                ARRAY(SELECT r.title FROM locker_deposit_item i JOIN item c ON c.barcode = i.barcode JOIN record r ON r.id = c.record WHERE i.deposit = d.id ORDER BY r.title)
            FROM locker_deposit d JOIN locker k ON k.id = d.locker
            WHERE d.id = $1 AND d.state = 'WAITING' AND d.purpose = 'COLLECTION' AND d.collect_until >= $2
            """, IdOf(request.Name), clock.Today);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("lockerDeposit");
        return new LockerPickup
        {
            Code = codes.Of(row.GetGuid(0), row.GetInt32(1)),
            Compartment = row.GetInt32(2),
            CollectUntil = row.GetFieldValue<LocalDate>(3).Iso(),
            Locker = row.GetString(4),
            Branch = row.GetString(5),
            Titles = { row.GetFieldValue<string[]>(6) },
        };
    }

    /// <summary>Neither a device nor staff read whose code it is.</summary>
    public LockerDeposit Answer(DepositRow deposit, Caller caller) => new()
    {
        Name = deposit.Name,
        Locker = ResourceName.Of(KeepLockers.Collection, deposit.Locker),
        Compartment = deposit.Compartment,
        Purpose = Names.Parse<LockerDeposit.Types.Purpose>(deposit.Purpose) ?? default,
        State = Names.Parse<LockerDeposit.Types.State>(deposit.State) ?? default,
        Member = caller.IsStaff() && deposit.Member is { } member ? ResourceName.Of("members", member) : "",
        Barcodes = { deposit.Barcodes },
        DepositedAt = deposit.DepositedAt.ToTimestamp(),
        CollectUntil = deposit.CollectUntil?.Iso() ?? "",
        Code = caller.IsOnlyMember && deposit is { State: "WAITING", Purpose: "COLLECTION" } ? codes.Of(deposit.Id, deposit.Generation) : "",
    };
}

using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Domain.Licences;
using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>Places on the waiting list of a title: taken, given up, read. A place is offered at once where a licence is free.</summary>
public sealed class LicenceHolds(NpgsqlDataSource database, NetworkRules rules, AskOwners owners, TitleQueue queue, BusinessClock clock, Outbox outbox)
{
    private const string OnePerMember = "licence_hold_one_open_per_member_and_title";

    private const string Select = """
        SELECT h.id, h.record, r.title, h.member, h.state, h.placed_at, h.offered_until, h.number,
            CASE WHEN h.state = 'WAITING' THEN (SELECT count(*) FROM licence_hold o WHERE o.record = h.record AND o.state = 'WAITING' AND o.number <= h.number)::int ELSE 0 END
        FROM licence_hold h JOIN record r ON r.id = h.record
        """;

    public async Task<LicenceHold> CreateAsync(CreateLicenceHoldRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var record = fields.Name("record", "records", request.Record);
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        fields.ThrowIfWrong();
        IReadOnlyList<string> away = [];
        var (hold, reasons) = await TryAsync(record, member, key, cancellationToken);
        if (hold is null && reasons.All(reason => reason.MayBeStale()))
        {
            away = await owners.RefreshAsync("", member, cancellationToken);
            (hold, reasons) = await TryAsync(record, member, key, cancellationToken);
        }
        outbox.Wake();
        if (hold is { } placed) return await GetAsync(ResourceName.Of(TitleQueue.HoldCollection, placed), caller, cancellationToken);
        throw reasons is [] ? Failure.NotFound("member", LoanRefusing.Stale(away)) : LoanRefusing.Failure(reasons, away);
    }

    public async Task<LicenceHold> CancelAsync(CancelLicenceHoldRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var hold = await FindAsync(request.Name, caller, cancellationToken);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await queue.LockAsync(transaction, hold.Record, cancellationToken);
            await using (var cancel = transaction.Command("""
                UPDATE licence_hold SET state = 'CANCELLED', closed_at = $2, version = version + 1 WHERE id = $1 AND closed_at IS NULL
                """, hold.Id, clock.Now))
                await cancel.ExecuteNonQueryAsync(cancellationToken);
            await queue.OfferAsync(transaction, hold.Record, cancellationToken);
            await key.RecordAsync(transaction, request.Name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        outbox.Wake();
        return await GetAsync(request.Name, caller, cancellationToken);
    }

    public async Task<LicenceHold> GetAsync(string name, Caller caller, CancellationToken cancellationToken) =>
        Answer(await FindAsync(name, caller, cancellationToken), caller);

    /// <summary>Oldest first; a page goes on after the last place of the one before.</summary>
    public async Task<ListLicenceHoldsResponse> ListAsync(ListLicenceHoldsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var after = 0L;
        if (PageToken.Read(request.PageToken, 1) is { } key && !long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out after))
            throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
        var open = request.State is LicenceHold.Types.State.Unspecified or LicenceHold.Types.State.Waiting or LicenceHold.Types.State.Offered;
        await using var command = database.Command($"""
            {Select}
            WHERE h.member = $1 AND h.number > $2
              AND CASE WHEN $3 THEN h.closed_at IS NULL AND (h.offered_until IS NULL OR h.offered_until > $4)
                  ELSE h.state = $5 OR ($5 = 'EXPIRED' AND h.state = 'OFFERED' AND h.offered_until <= $4) END
            ORDER BY h.number LIMIT $6
            """, member, after, open, clock.Now, open ? "" : Names.Of(request.State), size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var holds = new List<Row>();
        while (await row.ReadAsync(cancellationToken)) holds.Add(Read(row));
        var answer = new ListLicenceHoldsResponse();
        if (holds.Count > size)
        {
            holds.RemoveAt(size);
            answer.NextPageToken = PageToken.Write(holds[^1].Number.ToString(CultureInfo.InvariantCulture));
        }
        answer.LicenceHolds.AddRange(holds.Select(hold => Answer(hold, caller)));
        return answer;
    }

    /// <summary>What a notice says, at the moment of sending.</summary>
    public async Task<LicenceOffer> OfferAsync(GetLicenceOfferRequest request, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT r.title, h.offered_until FROM licence_hold h JOIN record r ON r.id = h.record WHERE h.id = $1 AND h.state = 'OFFERED' AND h.offered_until > $2
            """, ResourceName.Parse(TitleQueue.HoldCollection, request.Name, "licenceHold"), clock.Now);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new LicenceOffer { Title = row.GetString(0), OfferedUntil = row.GetFieldValue<Instant>(1).ToTimestamp() }
            : throw Failure.NotFound("licenceHold");
    }

    /// <summary>The place, or why there is none; neither where no such member is known here.</summary>
    private async Task<(Guid? Hold, IReadOnlyList<LoanRefusal> Reasons)> TryAsync(Guid record, Guid member, CommandKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var title = await queue.LockAsync(transaction, record, cancellationToken) ?? throw Failure.NotFound("licensedTitle");
        var today = clock.Today;
        if (await MemberAtTitle.LoadAsync(transaction, title, member, today, cancellationToken) is not { } asked) return (null, []);
        var reasons = LicenceRules.AgainstWaiting(asked.Request(title, rules.SmallFeeBranches(today)), asked.OnTheList, rules.On(today), today);
        if (reasons is not [])
        {
            await transaction.CommitTracedAsync(cancellationToken);
            return (null, reasons);
        }
        var id = Guid.CreateVersion7();
        try
        {
            await using (var place = transaction.Command(
                "INSERT INTO licence_hold (id, record, member, state, placed_at) VALUES ($1, $2, $3, 'WAITING', $4)", id, record, member, clock.Now))
                await place.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException broken) when (broken.ConstraintName == OnePerMember)
        {
            return (null, [LoanRefusal.AlreadyHeld]);
        }
        await queue.OfferAsync(transaction, record, cancellationToken);
        await key.RecordAsync(transaction, ResourceName.Of(TitleQueue.HoldCollection, id), null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return (id, []);
    }

    private sealed record Row(Guid Id, Guid Record, string Title, Guid? Member, string State, Instant PlacedAt, Instant? OfferedUntil, long Number, int Position);

    private async Task<Row> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        await using var command = database.Command(Select + " WHERE h.id = $1", ResourceName.Parse(TitleQueue.HoldCollection, name, "licenceHold"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("licenceHold");
        var hold = Read(row);
        caller.MustOwn(hold.Member is { } member ? ResourceName.Of("members", member) : null, "licenceHold");
        return hold;
    }

    private static Row Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.GetString(4), row.GetFieldValue<Instant>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<Instant>(6), row.GetInt64(7), row.GetInt32(8));

    /// <summary>By the clock: an offer that ran out has expired, whatever the worker has got round to.</summary>
    private LicenceHold Answer(Row hold, Caller caller) => new()
    {
        Name = ResourceName.Of(TitleQueue.HoldCollection, hold.Id),
        Record = ResourceName.Of("records", hold.Record),
        Title = hold.Title,
        State = hold.State == "OFFERED" && hold.OfferedUntil <= clock.Now
            ? LicenceHold.Types.State.Expired
            : Names.Parse<LicenceHold.Types.State>(hold.State) ?? default,
        PlacedAt = Timestamp.FromDateTimeOffset(hold.PlacedAt.ToDateTimeOffset()),
        OfferedUntil = hold.OfferedUntil is { } until ? Timestamp.FromDateTimeOffset(until.ToDateTimeOffset()) : null,
        QueuePosition = hold.Position,
        Member = caller.IsOnlyMember || hold.Member is not { } member ? "" : ResourceName.Of("members", member),
    };
}

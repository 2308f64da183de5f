using System.Globalization;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Holding;

/// <summary>Holds as staff and their members read them. Another member's hold is NOT_FOUND to a member.</summary>
public sealed class ReadHolds(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public async Task<Hold> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        var hold = await HoldRow.FindAsync(database.Command, ResourceName.Parse(HoldRow.Collection, name, "hold"), cancellationToken) ?? throw Failure.NotFound("hold");
        caller.MustOwn(hold.MemberName, "hold");
        return hold.Answer(rules, clock.Today, toStaff: !caller.IsOnlyMember);
    }

    /// <summary>Oldest first; a page goes on after the last hold of the one before.</summary>
    public async Task<ListHoldsResponse> ListAsync(ListHoldsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        if (request.State != Hold.Types.State.Unspecified) fields.Enum("state", request.State);
        fields.ThrowIfWrong();
        var after = 0L;
        if (PageToken.Read(request.PageToken, 1) is { } key && !long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out after))
            throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
        var state = request.State == Hold.Types.State.Unspecified ? "" : Names.Of(request.State);
        await using var command = database.Command($"""
            {HoldRow.Select} WHERE h.member = $1 AND h.number > $2 AND CASE $3 WHEN '' THEN h.closed_at IS NULL ELSE h.state = $3 END ORDER BY h.number LIMIT $4
            """, member, after, state, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var holds = new List<HoldRow>();
        while (await row.ReadAsync(cancellationToken)) holds.Add(HoldRow.Read(row));
        var answer = new ListHoldsResponse();
        if (holds.Count > size)
        {
            holds.RemoveAt(size);
            answer.NextPageToken = PageToken.Write(holds[^1].Number.ToString(CultureInfo.InvariantCulture));
        }
        answer.Holds.AddRange(holds.Select(hold => hold.Answer(rules, clock.Today, toStaff: !caller.IsOnlyMember)));
        return answer;
    }

    /// <summary>What a notice says, at the moment of sending.</summary>
    public async Task<ReadyHold> ReadyAsync(GetReadyHoldRequest request, CancellationToken cancellationToken) =>
        await HoldRow.FindAsync(database.Command, ResourceName.Parse(HoldRow.Collection, request.Name, "hold"), cancellationToken)
            is { State: HoldState.Ready, ReadyUntil: { } until } hold
            ? new ReadyHold { Title = hold.Title, PickupBranch = hold.PickupBranch, ReadyUntil = until.Iso() }
            : throw Failure.NotFound("hold");
}

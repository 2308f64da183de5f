using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>Whose requests a caller sees: all (both null), one member's, or one partner's.</summary>
public sealed record InterlibraryScope(Guid? Member, Guid? Partner)
{
    public bool IsOfStaff => Member is null && Partner is null;

    public bool Covers(InterlibraryRow request) => (Member is null || request.Member == Member) && (Partner is null || request.Partner == Partner);
}

/// <summary>Requests as staff, members and partners read them.</summary>
public sealed class ReadInterlibrary(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    /// <exception cref="Failure">PERMISSION_DENIED for a partner's client that is not in the register.</exception>
    public async Task<InterlibraryScope> ScopeAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller.IsStaff()) return new InterlibraryScope(null, null);
        if (caller.IsOnlyMember) return new InterlibraryScope(ResourceName.Parse("members", caller.Subject, "member"), null);
        await using var find = database.Command("SELECT id FROM partner_library WHERE client = $1", caller.Subject);
        return await find.ExecuteScalarAsync(cancellationToken) is Guid partner ? new InterlibraryScope(null, partner) : throw Failure.Denied();
    }

    public async Task<InterlibraryRequest> GetAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        var scope = await ScopeAsync(caller, cancellationToken);
        await using var command = database.Command(
            InterlibraryRow.Select + " WHERE q.id = $1", ResourceName.Parse(InterlibraryRow.Collection, name, "interlibraryRequest"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) && InterlibraryRow.Read(row) is var request && scope.Covers(request)
            ? request.Answer(clock.Today, scope.IsOfStaff)
            : throw Failure.NotFound("interlibraryRequest");
    }

    /// <summary>What a notice says, at the moment of sending.</summary>
    public async Task<InterlibraryNews> NewsAsync(GetInterlibraryNewsRequest request, CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            InterlibraryRow.Select + " WHERE q.id = $1 AND q.role = 'REQUESTER'", ResourceName.Parse(InterlibraryRow.Collection, request.Name, "interlibraryRequest"));
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? News(InterlibraryRow.Read(row)) : throw Failure.NotFound("interlibraryRequest");
    }

    /// <summary>It has not changed since it arrived.</summary>
    private InterlibraryNews News(InterlibraryRow request) => request switch
    {
        { State: InterlibraryState.Arrived, DueOn: { } lenderDue } when request.ChangedAt.InZone(clock.Zone).Date is var arrivedOn => new InterlibraryNews
        {
            Title = request.Title,
            Branch = request.Branch,
            WaitsUntil = InterlibraryRules.WaitsUntil(arrivedOn, lenderDue, rules.On(arrivedOn).Hold, rules.Calendar(request.Branch)).Iso(),
            LenderDueOn = lenderDue.Iso(),
            LibraryUseOnly = request.LibraryUseOnly,
        },
        { State: InterlibraryState.Unfilled, UnfilledReason: { } reason } => new InterlibraryNews { Title = request.Title, Branch = request.Branch, UnfilledReason = reason },
        _ => throw Failure.NotFound("interlibraryRequest"),
    };

    public async Task<ListInterlibraryRequestsResponse> ListAsync(ListInterlibraryRequestsRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var scope = await ScopeAsync(caller, cancellationToken);
        var fields = new Fields();
        var member = request.Member.Length > 0 ? fields.Name("member", "members", request.Member) : scope.Member;
        var partner = request.Partner.Length > 0 ? fields.Name("partner", KeepPartners.Collection, request.Partner) : scope.Partner;
        var barcode = request.Barcode.Length > 0 ? fields.Code("barcode", request.Barcode) : "";
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        if (!Enum.IsDefined(request.Role)) fields.Wrong("role", "ENUM", ("expected", Names.Of<InterlibraryRequest.Types.Role>()));
        if (!Enum.IsDefined(request.State)) fields.Wrong("state", "ENUM", ("expected", Names.Of<InterlibraryRequest.Types.State>()));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        if ((scope.Member ?? member) != member) throw Failure.NotFound("member");
        if ((scope.Partner ?? partner) != partner) throw Failure.NotFound("partnerLibrary");
        var conditions = new List<string>();
        var values = new List<object> { Pages.AfterId(request.PageToken), size + 1 };
        void Where(string column, object? value)
        {
            if (value is null or "") return;
            values.Add(value);
            conditions.Add($" AND q.{column} = ${values.Count}");
        }

        Where("role", request.Role == default ? "" : Names.Of(request.Role));
        Where("state", request.State == default ? "" : Names.Of(request.State));
        Where("branch", request.Branch);
        Where("member", member);
        Where("partner", partner);
        Where("barcode", barcode);
        await using var command = database.Command($"{InterlibraryRow.Select} WHERE q.id > $1{string.Concat(conditions)} ORDER BY q.id LIMIT $2", [.. values]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<InterlibraryRow>();
        while (await row.ReadAsync(cancellationToken)) found.Add(InterlibraryRow.Read(row));
        var answer = new ListInterlibraryRequestsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Id.ToString("D")));
        answer.InterlibraryRequests.AddRange(found.Select(each => each.Answer(clock.Today, scope.IsOfStaff)));
        return answer;
    }
}

using System.Globalization;
using Library.Catalog.Borrowers;
using Library.Catalog.Domain;
using Library.Catalog.Domain.Interlibrary;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;
using Role = Library.Catalog.V1.InterlibraryRequest.Types.Role;

namespace Library.Catalog.Features.Interlibrary;

/// <summary>Takes a request: a member's for what a partner has, or a partner's for what we have. Who is blocked at the desk is refused here too (art. 27).</summary>
public sealed class RequestInterlibrary(NpgsqlDataSource database, NetworkRules rules, AskOwners owners, ReadInterlibrary read, BusinessClock clock)
{
    private sealed record Wanted(
        Role Role, Guid? Member, Guid? Partner, string Branch, string Title, string Author, int? Year, string Isbn, string Material, string PartnerRequestId);

    public async Task<InterlibraryRequest> RunAsync(CreateInterlibraryRequestRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var scope = await read.ScopeAsync(caller, cancellationToken);
        var wanted = Check(request, scope);
        caller.MustBeAt(wanted.Branch);
        IReadOnlyList<string> away = [];
        var (made, reasons) = await TryAsync(wanted, key, cancellationToken);
        if (made is null && reasons.All(reason => reason.MayBeStale()))
        {
            away = await owners.RefreshAsync("", wanted.Member, cancellationToken);
            (made, reasons) = await TryAsync(wanted, key, cancellationToken);
        }
        if (made is { } id) return await read.GetAsync(ResourceName.Of(InterlibraryRow.Collection, id), caller, cancellationToken);
        throw reasons is [] ? Failure.NotFound("member", LoanRefusing.Stale(away)) : LoanRefusing.Failure(reasons, away);
    }

    /// <summary>A member and a partner ask for themselves; whom else they name does not exist for them.</summary>
    private Wanted Check(CreateInterlibraryRequestRequest request, InterlibraryScope scope)
    {
        var fields = new Fields();
        var own = scope.Member is not null ? Role.Requester : scope.Partner is not null ? Role.Supplier : Role.Unspecified;
        var role = own != Role.Unspecified && request.Role == Role.Unspecified ? own : fields.Enum("role", request.Role);
        if (own != Role.Unspecified && role != own) fields.Wrong("role", "ENUM", ("expected", Names.Of(own)));
        var member = request.Member.Length == 0 && scope.Member is not null ? scope.Member
            : role == Role.Requester ? fields.Name("member", "members", request.Member) : (Guid?)null;
        if (role == Role.Supplier && request.Member.Length > 0) fields.Wrong("member", "ONE_OF", ("expected", "member, partner"));
        var partner = request.Partner.Length == 0 && scope.Partner is not null ? scope.Partner
            : role == Role.Supplier || request.Partner.Length > 0 ? fields.Name("partner", KeepPartners.Collection, request.Partner) : (Guid?)null;
        var isbn = "";
        if (request.Isbn.Length > 0 && !Isbn.TryNormalise(request.Isbn, out isbn)) fields.Wrong("isbn", "FORMAT", ("expected", "ISBN"));
        var material = request.Material == Item.Types.Material.Unspecified ? Item.Types.Material.Book : fields.Enum("material", request.Material);
        if (material is Item.Types.Material.EBook or Item.Types.Material.EAudiobook) fields.Wrong("material", "ENUM", ("expected", Names.Of<Item.Types.Material>()));
        var wanted = new Wanted(
            role, member, partner, fields.Branch("branch", request.Branch, rules), fields.Text("title", request.Title, 1, 500), fields.Text("author", request.Author, 0, 200),
            request.Year == 0 ? null : (int)fields.Range("year", request.Year, 1000, 2999), isbn ?? "", Names.Of(material),
            fields.Text("partnerRequestId", request.PartnerRequestId, 0, 60));
        fields.ThrowIfWrong();
        if (scope.Member is not null && member != scope.Member) throw Failure.NotFound("member");
        if (scope.Partner is not null && partner != scope.Partner) throw Failure.NotFound("partnerLibrary");
        return wanted;
    }

    /// <summary>The request, or why there is none; neither where no such member is known here.</summary>
    private async Task<(Guid? Made, IReadOnlyList<LoanRefusal> Reasons)> TryAsync(Wanted wanted, CommandKey key, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (wanted.Member is { } member)
        {
            if (await BorrowerAsync(transaction, member, cancellationToken) is not { } borrower) return (null, []);
            var reasons = Against(borrower.Facts(rules.SmallFeeBranches(clock.Today)), wanted.Branch);
            if (reasons is not []) return (null, reasons);
            await MustHaveRoomAsync(transaction, member, cancellationToken);
        }
        var partnerAgency = wanted.Partner is { } partner ? await AgencyAsync(transaction, partner, cancellationToken) : "";
        var (asks, gives) = wanted.Role == Role.Requester ? (rules.LibraryOf(wanted.Branch), partnerAgency) : (partnerAgency, rules.LibraryOf(wanted.Branch));
        var id = Guid.CreateVersion7();
        await using (var insert = transaction.Command("""
            INSERT INTO interlibrary_request (id, role, state, branch, member, partner, requesting_agency, supplying_agency, requesting_request_id,
                supplying_request_id, title, author, year, isbn, material, requested_at, changed_at)
            VALUES ($1, $2, 'REQUESTED', $3, $4, $5, $6, $7, CASE $2 WHEN 'SUPPLIER' THEN $8 ELSE '' END, CASE $2 WHEN 'REQUESTER' THEN $8 ELSE '' END,
                $9, $10, $11, $12, $13, $14, $14)
            """, id, Names.Of(wanted.Role), wanted.Branch, wanted.Member, wanted.Partner, asks, gives, wanted.PartnerRequestId,
            wanted.Title, wanted.Author, wanted.Year, wanted.Isbn, wanted.Material, clock.Now))
            await insert.ExecuteNonQueryAsync(cancellationToken);
        // whose it is stands in the answer, so that it is read again and not kept
        await key.RecordAsync(transaction, ResourceName.Of(InterlibraryRow.Collection, id), null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return (id, []);
    }

    private IReadOnlyList<LoanRefusal> Against(BorrowerFacts borrower, string branch)
    {
        var reasons = BlockRules.Blocks(borrower, rules.On(clock.Today).Block, clock.Today).ToList();
        if (borrower.Kind == MembershipKind.EOnly) reasons.Add(LoanRefusal.MembershipEOnly);
        if (borrower.Kind == MembershipKind.SmallBranch && !borrower.SmallFeeBranches.Contains(branch)) reasons.Add(LoanRefusal.MembershipBranch);
        return [.. reasons.Order()];
    }

    private async Task<Borrower?> BorrowerAsync(NpgsqlTransaction transaction, Guid member, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(Borrower.ByMember, member, clock.Today);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? Borrower.Read(row) : null;
    }

    /// <summary>Under the lock of the borrower's row, so that the bound holds however many are made at once.</summary>
    private static async Task MustHaveRoomAsync(NpgsqlTransaction transaction, Guid member, CancellationToken cancellationToken)
    {
        await using (var turn = transaction.Command("SELECT FROM borrower WHERE member = $1 FOR NO KEY UPDATE", member)) await turn.ExecuteNonQueryAsync(cancellationToken);
        await using var count = transaction.Command("SELECT count(*) FROM interlibrary_request WHERE member = $1 AND closed_at IS NULL", member);
        if ((long)(await count.ExecuteScalarAsync(cancellationToken))! >= InterlibraryRules.OpenPerMember)
            throw Failure.Refused("INTERLIBRARY_LIMIT", ("limit", InterlibraryRules.OpenPerMember.ToString(CultureInfo.InvariantCulture)));
    }

    /// <exception cref="Failure">INVALID_ARGUMENT, UNKNOWN.</exception>
    public static async Task<string> AgencyAsync(NpgsqlTransaction transaction, Guid partner, CancellationToken cancellationToken)
    {
        await using var find = transaction.Command("SELECT agency_id FROM partner_library WHERE id = $1", partner);
        return await find.ExecuteScalarAsync(cancellationToken) as string ?? throw Failure.Invalid(new Violation("partner", "UNKNOWN"));
    }
}

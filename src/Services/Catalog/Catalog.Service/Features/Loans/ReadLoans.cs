using Library.Catalog.Features.Archive;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Loans;

/// <summary>Loans as staff and their members read them. Another member's loan is NOT_FOUND to a member; staff who read what is back say why (art. 21–22).</summary>
public sealed class ReadLoans(NpgsqlDataSource database, NetworkRules rules, ArchiveReadings archive, BusinessClock clock)
{
    public async Task<Loan> GetAsync(string name, ArchiveReading.Types.Purpose purpose, Caller caller, CancellationToken cancellationToken)
    {
        var loan = await LoanRow.FindAsync(database, ResourceName.Parse(LoanRow.Collection, name, "loan"), cancellationToken) ?? throw Failure.NotFound("loan");
        caller.MustOwn(loan.MemberName, "loan");
        await archive.PassAsync(isOut: loan.ReturnedAt is null, loan.MemberName, loan.Name, caller, purpose, cancellationToken);
        return loan.Answer(rules, clock.Today, withMember: !caller.IsOnlyMember);
    }

    /// <summary>Newest first. A page goes on after the last loan of the one before, whatever was lent meanwhile.</summary>
    public async Task<ListLoansResponse> ListAsync(ListLoansRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        var (isOver, undone) = (request.State is Loan.Types.State.Returned or Loan.Types.State.Undone, request.State == Loan.Types.State.Undone);
        if (isOver) await archive.PassAsync(member, caller, request.Purpose, cancellationToken);

        await using var command = database.Command($"""
            {LoanRow.Select}
            WHERE l.member = $1 AND (l.returned_at IS NULL) = $2 AND (l.undone_at IS NOT NULL) = $6 AND (l.lent_at, l.id) < ($3, $4)
            ORDER BY l.lent_at DESC, l.id DESC LIMIT $5
            """, member, !isOver, before, beforeId, size + 1, undone);
        var loans = new List<LoanRow>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) loans.Add(LoanRow.Read(row));

        var answer = new ListLoansResponse { OpenClaims = caller.IsOnlyMember ? 0 : await OpenClaimsAsync(member, cancellationToken) };
        if (loans.Count > size)
        {
            loans.RemoveAt(size);
            answer.NextPageToken = Pages.Token(loans[^1].LentAt, loans[^1].Id);
        }
        answer.Loans.AddRange(loans.Select(loan => loan.Answer(rules, clock.Today, withMember: !caller.IsOnlyMember)));
        return answer;
    }

    private async Task<int> OpenClaimsAsync(Guid member, CancellationToken cancellationToken)
    {
        await using var count = database.Command(
            "SELECT count(*)::integer FROM loan WHERE member = $1 AND returned_at IS NULL AND claimed_returned_on IS NOT NULL", member);
        return (int)(await count.ExecuteScalarAsync(cancellationToken))!;
    }
}

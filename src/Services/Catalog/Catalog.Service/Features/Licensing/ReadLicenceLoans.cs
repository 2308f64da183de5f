using Library.Catalog.Features.Archive;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>Loans of licences as staff and their members read them. Another member's is NOT_FOUND to a member.</summary>
public sealed class ReadLicenceLoans(NpgsqlDataSource database, ArchiveReadings archive, BusinessClock clock)
{
    /// <summary>As the one who has just lent or ended it reads it.</summary>
    public async Task<LicenceLoan> GetAsync(string name, Caller caller, CancellationToken cancellationToken) =>
        (await FindAsync(name, caller, cancellationToken)).Answer(clock.Now, toStaff: !caller.IsOnlyMember);

    /// <summary>Staff who read one that is over say why (art. 21–22).</summary>
    public async Task<LicenceLoan> ReadAsync(GetLicenceLoanRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var loan = await FindAsync(request.Name, caller, cancellationToken);
        var answer = loan.Answer(clock.Now, toStaff: !caller.IsOnlyMember);
        var isOut = answer.State != LicenceLoan.Types.State.Ended;
        await archive.PassAsync(isOut, loan.MemberName, answer.Name, caller, request.Purpose, cancellationToken);
        return answer;
    }

    private async Task<LicenceLoanRow> FindAsync(string name, Caller caller, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse(TitleQueue.LoanCollection, name, "licenceLoan");
        var loan = await LicenceLoanRow.FindAsync(database, id, cancellationToken) ?? throw Failure.NotFound("licenceLoan");
        caller.MustOwn(loan.MemberName, "licenceLoan");
        return loan;
    }

    /// <summary>Newest first; a page goes on after the last loan of the one before.</summary>
    public async Task<ListLicenceLoansResponse> ListAsync(ListLicenceLoansRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        var ended = request.State == LicenceLoan.Types.State.Ended;
        if (ended) await archive.PassAsync(member, caller, request.Purpose, cancellationToken);
        var now = clock.Now;
        await using var command = database.Command($"""
            {LicenceLoanRow.Select}
            WHERE l.member = $1 AND (l.ended_at IS NULL AND l.ends_at > $2) = $3 AND (l.lent_at, l.id) < ($4, $5)
            ORDER BY l.lent_at DESC, l.id DESC LIMIT $6
            """, member, now, !ended, before, beforeId, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var loans = new List<LicenceLoanRow>();
        while (await row.ReadAsync(cancellationToken)) loans.Add(LicenceLoanRow.Read(row));
        var answer = new ListLicenceLoansResponse();
        if (loans.Count > size)
        {
            loans.RemoveAt(size);
            answer.NextPageToken = Pages.Token(loans[^1].LentAt, loans[^1].Id);
        }
        answer.LicenceLoans.AddRange(loans.Select(loan => loan.Answer(now, toStaff: !caller.IsOnlyMember)));
        return answer;
    }
}

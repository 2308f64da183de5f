using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Claiming;

/// <summary>What to look for at the branch that lent it, the oldest claim first. Nobody's name is in it.</summary>
public sealed class ListClaimedReturns(NpgsqlDataSource database, NetworkRules rules)
{
    public async Task<ListClaimedReturnsResponse> RunAsync(ListClaimedReturnsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (afterDay, afterId) = Pages.AfterDay(request.PageToken);
        await using var command = database.Command("""
            SELECT l.id, l.claimed_returned_on, l.barcode, r.title, l.branch, i.call_number, i.collection, coalesce(i.stands_at, i.branch), l.due_on
            FROM loan l JOIN item i ON i.barcode = l.barcode JOIN record r ON r.id = i.record
            WHERE l.branch = $1 AND l.claimed_returned_on IS NOT NULL AND l.returned_at IS NULL AND (l.claimed_returned_on, l.id) > ($2, $3)
            ORDER BY l.claimed_returned_on, l.id LIMIT $4
            """, branch, afterDay, afterId, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var claims = new List<(string Token, ClaimedReturn One)>();
        while (await row.ReadAsync(cancellationToken))
        {
            var claimedOn = row.GetFieldValue<LocalDate>(1).Iso();
            claims.Add((PageToken.Write(claimedOn, row.GetGuid(0).ToString("D")), new ClaimedReturn
            {
                Loan = ResourceName.Of(LoanRow.Collection, row.GetGuid(0)),
                ClaimedReturnedOn = claimedOn,
                Barcode = row.GetString(2),
                Title = row.GetString(3),
                Branch = row.GetString(4),
                CallNumber = row.GetString(5),
                Collection = row.GetString(6),
                StandsAt = row.GetString(7),
                DueOn = row.GetFieldValue<LocalDate>(8).Iso(),
            }));
        }
        var answer = new ListClaimedReturnsResponse { NextPageToken = Pages.Cut(claims, size, last => last.Token) };
        answer.ClaimedReturns.AddRange(claims.Select(claim => claim.One));
        return answer;
    }
}

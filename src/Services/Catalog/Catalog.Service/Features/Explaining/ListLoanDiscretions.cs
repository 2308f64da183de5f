using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Explaining;

/// <summary>What staff allowed beyond the rules, newest first. A page goes on after the last of the one before.</summary>
public sealed class ListLoanDiscretions(NpgsqlDataSource database)
{
    public async Task<ListLoanDiscretionsResponse> RunAsync(ListLoanDiscretionsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeLoan) = Pages.Before(request.PageToken);
        await using var command = database.Command("""
            SELECT loan, at, branch, actor, role, reason, passed_over, due_on, ordinary_due_on FROM loan_discretion
            WHERE (at, loan) < ($1, $2) ORDER BY at DESC, loan DESC LIMIT $3
            """, before, beforeLoan, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var allowed = new List<(string Token, LoanDiscretion One)>();
        while (await row.ReadAsync(cancellationToken))
        {
            var at = row.GetFieldValue<Instant>(1);
            var one = new LoanDiscretion
            {
                Loan = ResourceName.Of(LoanRow.Collection, row.GetGuid(0)),
                AllowedAt = at.ToTimestamp(),
                Branch = row.GetString(2),
                Actor = row.GetString(3),
                Role = row.GetString(4),
                Reason = Names.Parse<Discretion.Types.Reason>(row.GetString(5)) ?? default,
                DueOn = row.GetFieldValue<LocalDate>(7).Iso(),
                OrdinaryDueOn = row.IsDBNull(8) ? "" : row.GetFieldValue<LocalDate>(8).Iso(),
            };
            one.PassedOver.AddRange(row.GetFieldValue<string[]>(6));
            allowed.Add((Pages.Token(at, row.GetGuid(0)), one));
        }
        var answer = new ListLoanDiscretionsResponse { NextPageToken = Pages.Cut(allowed, size, last => last.Token) };
        answer.LoanDiscretions.AddRange(allowed.Select(one => one.One));
        return answer;
    }
}

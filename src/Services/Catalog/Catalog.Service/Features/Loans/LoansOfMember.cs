using Library.Catalog.Domain.Claims;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Loans;

/// <summary>What a member has out, for our own services: a notice at the moment of sending, the account's accruing fine, the way out.</summary>
public sealed class LoansOfMember(NpgsqlDataSource database, Fines fines, BusinessClock clock)
{
    private const int Most = 500;

    public async Task<LoansOf> RunAsync(GetLoansOfRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", request.Member);
        fields.ThrowIfWrong();
        var today = clock.Today;
        await using var command = database.Command(
            $"{LoanRow.Select} WHERE l.member = $1 AND l.returned_at IS NULL ORDER BY l.due_on, l.id LIMIT $2", member, Most);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new LoansOf();
        while (await row.ReadAsync(cancellationToken))
        {
            var loan = LoanRow.Read(row);
            answer.Loans.Add(new LoanOf { Title = loan.Title, DueOn = loan.DueOn.Iso(), Overdue = loan.IsReminded(today) });
            if (loan.DueOn < today) answer.AccruingMinor += fines.Price(loan, today).AmountMinor;
        }
        return answer;
    }
}

using Library.Finance.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Finance.Features.ReadingAccount;

/// <summary>What a member owes as of now, for a desk that would refuse (design decision 1), and which charges and withdrawals that holds already.</summary>
public sealed class GetStanding(NpgsqlDataSource database)
{
    private const int MostRecentCharges = 200;

    public async Task<Standing> RunAsync(GetStandingRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", request.Member);
        fields.ThrowIfWrong();
        // one statement, so that balance and charges are of one moment
        await using var command = database.Command("""
            SELECT balance_minor, version,
                   (SELECT min(posted_on) FROM charge WHERE member_id = $1 AND open_minor > 0),
                   ARRAY(SELECT id FROM charge WHERE member_id = $1 ORDER BY position DESC LIMIT $2),
                   ARRAY(SELECT id FROM withdrawal WHERE member_id = $1 AND withdrawn_minor IS NOT NULL ORDER BY withdrawn_on DESC, id DESC LIMIT $2)
            FROM account WHERE member_id = $1
            """, member, MostRecentCharges);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return new Standing();
        return new Standing
        {
            BalanceMinor = reader.GetInt64(0),
            Version = reader.GetInt64(1),
            OldestOpenOn = await reader.IsDBNullAsync(2, cancellationToken) ? "" : LocalDatePattern.Iso.Format(reader.GetFieldValue<LocalDate>(2)),
            RecentCharges = { reader.GetFieldValue<Guid[]>(3).Select(id => id.ToString("D")) },
            RecentWithdrawals = { reader.GetFieldValue<Guid[]>(4).Select(id => id.ToString("D")) },
        };
    }
}

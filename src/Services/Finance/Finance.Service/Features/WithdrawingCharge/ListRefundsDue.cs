using Library.Finance.Ledger;
using Library.Finance.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Networks;
using Library.ServiceDefaults.Requests;
using NodaTime.Text;

namespace Library.Finance.Features.WithdrawingCharge;

/// <summary>What was paid of charges that were taken back afterwards, the oldest first: an accountant sees to it.</summary>
public sealed class ListRefundsDue(NpgsqlDataSource database, Network network)
{
    public async Task<ListRefundsDueResponse> RunAsync(ListRefundsDueRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        if (request.Branch.Length > 0 && !network.Branches.ContainsKey(request.Branch)) fields.Wrong("branch", "UNKNOWN");
        fields.ThrowIfWrong();
        var (afterDay, afterId) = After(request.PageToken);
        await using var command = database.Command("""
            SELECT w.id, w.withdrawn_on, w.refund_due_minor, w.currency_code, w.branch, w.reason, c.id, c.kind, c.member_id
            FROM withdrawal w JOIN charge c ON c.id = w.charge_id
            WHERE w.refund_due_minor > 0 AND (w.withdrawn_on, w.id) > ($1, $2) AND ($3 = '' OR w.branch = $3)
            ORDER BY w.withdrawn_on, w.id LIMIT $4
            """, afterDay, afterId, request.Branch, size + 1);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListRefundsDueResponse();
        var last = "";
        while (await row.ReadAsync(cancellationToken))
        {
            if (answer.RefundsDue.Count == size)
            {
                answer.NextPageToken = last;
                break;
            }
            answer.RefundsDue.Add(Read(row));
            last = PageToken.Write(LocalDatePattern.Iso.Format(row.GetFieldValue<LocalDate>(1)), row.GetGuid(0).ToString("D"));
        }
        return answer;
    }

    private static RefundDue Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of("refundsDue", row.GetGuid(0)),
        Since = LocalDatePattern.Iso.Format(row.GetFieldValue<LocalDate>(1)),
        AmountMinor = row.GetInt64(2),
        CurrencyCode = row.GetString(3),
        Branch = row.GetString(4),
        Reason = Names.Parse<RefundDue.Types.Reason>(row.GetString(5)) ?? RefundDue.Types.Reason.Unspecified,
        Charge = ResourceName.Of("charges", row.GetGuid(6)),
        Kind = ChargeKinds.Read(row.GetString(7)),
        Member = ResourceName.Of("members", row.GetGuid(8)),
    };

    private static (LocalDate Day, Guid Id) After(string token) => PageToken.Read(token, 2) is not { } key ? (new LocalDate(1, 1, 1), Guid.Empty)
        : LocalDatePattern.Iso.Parse(key[0]) is { Success: true } day && Guid.TryParseExact(key[1], "D", out var id) ? (day.Value, id)
        : throw Failure.Invalid(new Violation("pageToken", "PAGE_TOKEN"));
}

using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Renewing;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;

namespace Library.Catalog.Features.Kiosks;

/// <summary>Renews at a machine as the member could at home: free renewals only.</summary>
public sealed class RenewAtKiosk(NpgsqlDataSource database, NetworkRules rules, KioskCards cards, RenewLoan renew, AskOwners owners)
{
    private const int MostAtOnce = 100;

    public async Task<KioskLoan> OneAsync(KioskRenewRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        fields.Branch("branch", request.Branch, rules);
        var card = fields.Code("cardNumber", request.CardNumber);
        var barcode = fields.Code("barcode", request.Barcode);
        fields.ThrowIfWrong();
        var member = await cards.HolderAsync(card, cancellationToken);
        await using var find = database.Command("SELECT id FROM loan WHERE barcode = $1 AND member = $2 AND returned_at IS NULL", barcode, member);
        if (await find.ExecuteScalarAsync(cancellationToken) is not Guid loan) throw Failure.NotFound("loan");
        return CheckOutAtKiosk.Answer(await renew.RunAsync(
            new RenewLoanRequest { Name = ResourceName.Of(LoanRow.Collection, loan) }, caller, key.Keeping<Loan>(CheckOutAtKiosk.Answer), cancellationToken));
    }

    /// <summary>Each loan in a transaction of its own; said again, what was renewed today stays. Membership and Finance are asked once for all of them.</summary>
    public async Task<KioskRenewAllResponse> AllAsync(
        KioskRenewAllRequest request, Caller caller, string? acceptLanguage, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        var card = fields.Code("cardNumber", request.CardNumber);
        fields.ThrowIfWrong();
        var after = Pages.AfterId(request.PageToken);
        var member = await cards.HolderAsync(card, cancellationToken);

        var (loans, left) = await LoansAsync(member, after, cancellationToken);
        var answer = new KioskRenewAllResponse { Left = left, NextPageToken = left > 0 ? PageToken.Write(loans[^1].Id.ToString("D")) : "" };
        var asked = false;
        foreach (var (loan, barcode) in loans)
        {
            var (renewed, reasons) = await renew.OnceTodayAsync(loan, caller, cancellationToken);
            if (!asked && reasons.Any(reason => reason.MayBeStale()))
            {
                asked = true;
                answer.Stale.AddRange(await owners.RefreshAsync("", member, cancellationToken));
                (renewed, reasons) = await renew.OnceTodayAsync(loan, caller, cancellationToken);
            }
            answer.Items.Add(new KioskRenewAllResponse.Types.Item { Barcode = barcode, RenewedUntil = renewed?.DueOn ?? "", Refusals = { cards.Say(reasons, acceptLanguage) } });
        }
        await KeepAsync(key, branch, answer, cancellationToken);
        return answer;
    }

    private async Task<(IReadOnlyList<(Guid Id, string Barcode)> Loans, int Left)> LoansAsync(Guid member, Guid after, CancellationToken cancellationToken)
    {
        await using var command = database.Command("""
            SELECT id, barcode, count(*) OVER ()::integer FROM loan WHERE member = $1 AND returned_at IS NULL AND id > $2 ORDER BY id LIMIT $3
            """, member, after, MostAtOnce);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (loans, all) = (new List<(Guid, string)>(), 0);
        while (await row.ReadAsync(cancellationToken))
        {
            loans.Add((row.GetGuid(0), row.GetString(1)));
            all = row.GetInt32(2);
        }
        return (loans, all - loans.Count);
    }

    private async Task KeepAsync(CommandKey key, string branch, KioskRenewAllResponse answer, CancellationToken cancellationToken)
    {
        if (!key.Given) return;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await key.RecordAsync(transaction, $"kiosks/{branch}", answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
    }
}

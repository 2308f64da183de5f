using Library.Catalog.Features.Loans;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.HandingOver;

/// <summary>Claims that were handed over, newest first.</summary>
public sealed class ReadClaims(NpgsqlDataSource database, NetworkRules rules)
{
    public const string Collection = "claims";

    public async Task<ListClaimsResponse> RunAsync(ListClaimsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (!Enum.IsDefined(request.State)) fields.Wrong("state", "ENUM", ("expected", Names.Of<Claim.Types.State>()));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        var found = new List<(Guid Id, string Token, Claim Claim)>();
        await using (var command = database.Command("""
            SELECT id, member, spell_started_on, level, branch, handed_over_at, handed_over_on, closed_at IS NULL FROM claim
            WHERE (handed_over_at, id) < ($1, $2) AND ($3 = '' OR (closed_at IS NULL) = ($3 = 'OPEN'))
            ORDER BY handed_over_at DESC, id DESC LIMIT $4
            """, before, beforeId, request.State == default ? "" : Names.Of(request.State), size + 1))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) found.Add((row.GetGuid(0), Pages.Token(row.GetFieldValue<Instant>(5), row.GetGuid(0)), Read(row)));
        var answer = new ListClaimsResponse { NextPageToken = Pages.Cut(found, size, last => last.Token) };
        answer.Claims.AddRange(found.Select(one => one.Claim));
        await AddLoansAsync(found.ToDictionary(one => one.Id, one => one.Claim), cancellationToken);
        return answer;
    }

    private Claim Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of(Collection, row.GetGuid(0)),
        Member = row.IsDBNull(1) ? "" : ResourceName.Of("members", row.GetGuid(1)),
        SpellStartedOn = row.GetFieldValue<LocalDate>(2).Iso(),
        Level = row.GetInt32(3),
        Branch = row.GetString(4),
        HandedOverOn = row.GetFieldValue<LocalDate>(6).Iso(),
        State = row.GetBoolean(7) ? Claim.Types.State.Open : Claim.Types.State.Closed,
        CurrencyCode = rules.CurrencyCode,
    };

    private async Task AddLoansAsync(Dictionary<Guid, Claim> claims, CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT claim, loan, barcode, due_on, fine_minor FROM claim_loan WHERE claim = ANY ($1) ORDER BY claim, due_on, loan", (object)claims.Keys.ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            claims[row.GetGuid(0)].Loans.Add(new Claim.Types.Loan
            {
                Loan_ = ResourceName.Of(LoanRow.Collection, row.GetGuid(1)), Barcode = row.GetString(2), DueOn = row.GetFieldValue<LocalDate>(3).Iso(), FineMinor = row.GetInt64(4),
            });
    }
}

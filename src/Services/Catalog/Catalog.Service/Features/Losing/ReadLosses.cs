using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Losing;

/// <summary>Cases as staff read them, never with the reader.</summary>
public sealed class ReadLosses(NpgsqlDataSource database, NetworkRules rules, LossPrices prices, BusinessClock clock)
{
    public async Task<Loss> GetAsync(string name, CancellationToken cancellationToken)
    {
        var loss = await LossRow.FindAsync(database, ResourceName.Parse(LossRow.Collection, name, "loss"), cancellationToken) ?? throw Failure.NotFound("loss");
        var answer = loss.Answer(prices, clock.Today);
        await AddChargesAsync(new Dictionary<Guid, Loss> { [loss.Id] = answer }, cancellationToken);
        return answer;
    }

    public async Task<ListLossesResponse> ListAsync(ListLossesRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        if (!Enum.IsDefined(request.State)) fields.Wrong("state", "ENUM", ("expected", Names.Of<Loss.Types.State>()));
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var (before, beforeId) = Pages.Before(request.PageToken);
        var found = new List<LossRow>();
        await using (var command = database.Command($"""
            {LossRow.Select}
            WHERE (q.declared_at, q.id) < ($1, $2) AND ($3 = '' OR q.branch = $3) AND ($4 = '' OR q.state = $4) AND (NOT $5 OR q.found_on IS NOT NULL)
            ORDER BY q.declared_at DESC, q.id DESC LIMIT $6
            """, before, beforeId, request.Branch, request.State == default ? "" : Names.Of(request.State), request.FoundAgain, size + 1))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) found.Add(LossRow.Read(row));
        var answer = new ListLossesResponse { NextPageToken = Pages.Cut(found, size, last => Pages.Token(last.DeclaredAt, last.Id)) };
        answer.Losses.AddRange(found.Select(loss => loss.Answer(prices, clock.Today)));
        await AddChargesAsync(found.Zip(answer.Losses).ToDictionary(pair => pair.First.Id, pair => pair.Second), cancellationToken);
        return answer;
    }

    private async Task AddChargesAsync(Dictionary<Guid, Loss> losses, CancellationToken cancellationToken)
    {
        await using var command = database.Command(
            "SELECT loss, charge, kind, amount_minor, withdrawn_on FROM loss_charge WHERE loss = ANY ($1) ORDER BY loss, kind", (object)losses.Keys.ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            losses[row.GetGuid(0)].Charges.Add(new Loss.Types.Charged
            {
                Charge = ResourceName.Of("charges", row.GetGuid(1)),
                Kind = row.GetString(2),
                AmountMinor = row.GetInt64(3),
                WithdrawnOn = row.IsDBNull(4) ? "" : row.GetFieldValue<LocalDate>(4).Iso(),
            });
    }
}

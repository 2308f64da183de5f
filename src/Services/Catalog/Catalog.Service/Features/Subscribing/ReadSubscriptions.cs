using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Subscribing;

/// <summary>Subscriptions with their terms.</summary>
public sealed class ReadSubscriptions(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const string Select = """
        SELECT s.id, s.record, r.title, s.branch, s.supplier, s.lending, s.ended, s.ends_on, s.grace_days FROM subscription s JOIN record r ON r.id = s.record
        """;

    public Task<Subscription> GetAsync(string name, CancellationToken cancellationToken) =>
        GetAsync(database.Command, ResourceName.Parse("subscriptions", name, "subscription"), cancellationToken);

    /// <param name="command">Of the database or of a transaction.</param>
    /// <param name="id">Of the subscription.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Subscription> GetAsync(Func<string, object?[], NpgsqlCommand> command, Guid id, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(command, command($"{Select} WHERE s.id = $1", [id]), cancellationToken);
        return found.Count == 1 ? found[0] : throw Failure.NotFound("subscription");
    }

    public async Task<ListSubscriptionsResponse> ListAsync(ListSubscriptionsRequest request, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        if (request.Branch.Length > 0) fields.Branch("branch", request.Branch, rules);
        var record = request.Record.Length > 0 ? fields.Name("record", "records", request.Record) : (Guid?)null;
        var supplier = request.Supplier.Length > 0 ? fields.Name("supplier", "suppliers", request.Supplier) : (Guid?)null;
        var size = fields.PageSize(request.PageSize, absent: 50, max: 200);
        fields.ThrowIfWrong();
        var found = await ReadAsync(database.Command, database.Command($"""
            {Select} WHERE s.id > $1 AND ($2 = '' OR s.branch = $2) AND ($3::uuid IS NULL OR s.record = $3) AND ($4::uuid IS NULL OR s.supplier = $4)
            ORDER BY s.id LIMIT $5
            """, Pages.AfterId(request.PageToken), request.Branch, record, supplier, size + 1), cancellationToken);
        var answer = new ListSubscriptionsResponse();
        answer.NextPageToken = Pages.Cut(found, size, last => PageToken.Write(last.Name["subscriptions/".Length..]));
        answer.Subscriptions.AddRange(found);
        return answer;
    }

    private async Task<List<Subscription>> ReadAsync(Func<string, object?[], NpgsqlCommand> command, NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Guid, Subscription>();
        await using (select)
        await using (var row = await select.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) found.Add(row.GetGuid(0), Read(row));
        await using var terms = command("""
            SELECT subscription, starts_on, ends_on, price_minor, fund, currency_code, pattern::text FROM subscription_term
            WHERE subscription = ANY ($1) ORDER BY subscription, number
            """, [found.Keys.ToArray()]);
        await using (var row = await terms.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var of = found[row.GetGuid(0)];
                of.Terms.Add(new SubscriptionTerm
                {
                    StartsOn = row.GetFieldValue<LocalDate>(1).Iso(), EndsOn = row.GetFieldValue<LocalDate>(2).Iso(),
                    PriceMinor = row.GetInt64(3), Fund = row.GetString(4),
                });
                (of.CurrencyCode, of.Pattern) = (row.GetString(5), Patterns.FromJson(row.GetString(6)));
            }
        return [.. found.Values];
    }

    private Subscription Read(NpgsqlDataReader row) => new()
    {
        Name = ResourceName.Of("subscriptions", row.GetGuid(0)),
        Record = ResourceName.Of("records", row.GetGuid(1)),
        Title = row.GetString(2),
        Branch = row.GetString(3),
        Supplier = ResourceName.Of("suppliers", row.GetGuid(4)),
        Lending = Codes.LendingOf(row.GetString(5)),
        State = row.GetBoolean(6) ? Subscription.Types.State.Ended
            : row.GetFieldValue<LocalDate>(7) < clock.Today ? Subscription.Types.State.Lapsed : Subscription.Types.State.Active,
        GraceDays = row.GetInt32(8),
    };
}

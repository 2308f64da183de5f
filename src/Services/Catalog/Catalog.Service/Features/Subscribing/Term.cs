using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Requests;
using PublicationPattern = Library.Catalog.V1.PublicationPattern;

namespace Library.Catalog.Features.Subscribing;

/// <summary>What was agreed with the supplier for a span of days: the price, the fund that pays, the pattern that holds.</summary>
internal sealed record Term(LocalDate StartsOn, LocalDate EndsOn, long PriceMinor, string CurrencyCode, string Fund, string Pattern)
{
    private const int MostDays = 1_100;
    private const long MostMinor = 10_000_000;

    /// <summary>Of a request whose pattern is checked elsewhere.</summary>
    public static Term Read(
        Fields fields, LocalDate startsOn, string endsOnSent, long priceMinor, string fund, PublicationPattern? pattern, NetworkRules rules)
    {
        var endsOn = fields.Date("endsOn", endsOnSent);
        if (startsOn != default && endsOn != default) fields.Range("endsOn", Period.DaysBetween(startsOn, endsOn), 0, MostDays);
        fields.Range("priceMinor", priceMinor, 0, MostMinor);
        fields.Code("fund", fund);
        return new Term(startsOn, endsOn, priceMinor, rules.CurrencyCode, fund, Patterns.ToJson(pattern ?? new PublicationPattern()));
    }

    public static async Task AddAsync(NpgsqlTransaction transaction, Guid subscription, int number, Term term, CancellationToken cancellationToken)
    {
        await using var insert = transaction.Command("""
            INSERT INTO subscription_term (subscription, number, starts_on, ends_on, price_minor, currency_code, fund, pattern)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)
            """, subscription, number, term.StartsOn, term.EndsOn, term.PriceMinor, term.CurrencyCode, term.Fund, term.Pattern);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    public SubscriptionCommitted Committed(Guid subscription, long version, Guid supplier, string branch, string municipality) => new()
    {
        Aggregate = ResourceName.Of("subscriptions", subscription),
        Version = version,
        Supplier = ResourceName.Of("suppliers", supplier),
        StartsOn = StartsOn.ToDateOnly(),
        EndsOn = EndsOn.ToDateOnly(),
        CurrencyCode = CurrencyCode,
        Share = new FundShare
        {
            Subject = ResourceName.Of("subscriptions", subscription),
            Fund = Fund,
            Municipality = municipality,
            Branch = branch,
            Material = "SERIAL_ISSUE",
            Copies = 0,
            AmountMinor = PriceMinor,
        },
    };
}

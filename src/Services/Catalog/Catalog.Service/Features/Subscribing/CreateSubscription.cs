using Library.Catalog.Domain.Serials;
using Library.Catalog.Messages;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Subscribing;

/// <summary>Subscribes one copy of a serial for a branch, with its first term, and expects its first issues.</summary>
public sealed class CreateSubscription(NpgsqlDataSource database, NetworkRules rules, ReadSubscriptions read, BusinessClock clock, Outbox outbox)
{
    private const int MostDaysApart = 366, MostGraceDays = 180;

    private sealed record Wanted(Guid Record, Guid Supplier, int GraceDays, Term Term);

    public async Task<Subscription> RunAsync(CreateSubscriptionRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var today = clock.Today;
        var wanted = Check(request, today);
        var id = Guid.CreateVersion7();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await References.CheckAsync(transaction, supplier: wanted.Supplier, funds: [wanted.Term.Fund], cancellationToken: cancellationToken);
        await StandingRecord.MustBeAsync(transaction, [wanted.Record], cancellationToken);
        await using (var insert = transaction.Command("""
            INSERT INTO subscription (id, record, branch, supplier, lending, grace_days, ends_on, planned_through) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """, id, wanted.Record, request.Branch, wanted.Supplier, Names.Of(request.Lending), wanted.GraceDays, wanted.Term.EndsOn, wanted.Term.StartsOn.PlusDays(-1)))
            await insert.ExecuteNonQueryAsync(cancellationToken);
        await Term.AddAsync(transaction, id, 1, wanted.Term, cancellationToken);
        await ExpectIssues.RunAsync(transaction, id, today, cancellationToken);
        await outbox.AddAsync(transaction, [Committed(id, request.Branch, wanted)], cancellationToken);

        var answer = await read.GetAsync(transaction.Command, id, cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private Wanted Check(CreateSubscriptionRequest request, LocalDate today)
    {
        var fields = new Fields();
        var record = fields.Name("record", "records", request.Record);
        fields.Branch("branch", request.Branch, rules);
        var supplier = fields.Name("supplier", "suppliers", request.Supplier);
        if (fields.Enum("lending", request.Lending) == Item.Types.Lending.Lendable)
            fields.Wrong("lending", "ENUM", ("expected", "LATEST_ISSUE, READING_ROOM_ONLY"));
        var pattern = fields.Read(request.Pattern, today);
        var startsOn = fields.Date("startsOn", request.StartsOn);
        if (startsOn != default) fields.Range("startsOn", Period.DaysBetween(today, startsOn), -MostDaysApart, MostDaysApart);
        var term = Term.Read(fields, startsOn, request.EndsOn, request.PriceMinor, request.Fund, request.Pattern, rules);
        fields.Range("graceDays", request.GraceDays, 0, MostGraceDays);
        fields.ThrowIfWrong();
        return new Wanted(record, supplier, request.GraceDays == 0 ? ClaimPolicy.For(pattern.Frequency).GraceDays : request.GraceDays, term);
    }

    private SubscriptionCommitted Committed(Guid id, string branch, Wanted wanted) =>
        wanted.Term.Committed(id, 1, wanted.Supplier, branch, rules.MunicipalityOf(branch));
}

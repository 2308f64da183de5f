using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Subscribing;

/// <summary>Adds a term from the day after the last one. A pattern of its own replaces the last from that day on.</summary>
public sealed class RenewSubscription(NpgsqlDataSource database, NetworkRules rules, ReadSubscriptions read, BusinessClock clock, Outbox outbox)
{
    private sealed record Last(Guid Supplier, bool Ended, long Version, int Number, LocalDate EndsOn, string Fund, string Pattern);

    public async Task<Subscription> RunAsync(RenewSubscriptionRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse("subscriptions", request.Name, "subscription");
        var today = clock.Today;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var last = await LockAsync(transaction, id, request.Branch, cancellationToken) ?? throw Failure.NotFound("subscription");
        if (last.Ended) throw Failure.Refused("SUBSCRIPTION_ENDED");
        var term = Check(request, last, today);
        await References.CheckAsync(transaction, supplier: null, funds: [term.Fund], cancellationToken: cancellationToken);

        await Term.AddAsync(transaction, id, last.Number + 1, term, cancellationToken);
        await using (var update = transaction.Command("UPDATE subscription SET ends_on = $2, version = version + 1 WHERE id = $1", id, term.EndsOn))
            await update.ExecuteNonQueryAsync(cancellationToken);
        await ExpectIssues.RunAsync(transaction, id, today, cancellationToken);
        await outbox.AddAsync(
            transaction, [term.Committed(id, last.Version + 1, last.Supplier, request.Branch, rules.MunicipalityOf(request.Branch))], cancellationToken);

        var answer = await read.GetAsync(transaction.Command, id, cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    private Term Check(RenewSubscriptionRequest request, Last last, LocalDate today)
    {
        var fields = new Fields();
        if (request.Pattern is not null) fields.Read(request.Pattern, today);
        var fund = request.Fund.Length > 0 ? request.Fund : last.Fund;
        var term = Term.Read(fields, last.EndsOn.PlusDays(1), request.EndsOn, request.PriceMinor, fund, request.Pattern, rules);
        fields.ThrowIfWrong();
        return request.Pattern is null ? term with { Pattern = last.Pattern } : term;
    }

    private static async Task<Last?> LockAsync(NpgsqlTransaction transaction, Guid id, string branch, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT s.supplier, s.ended, s.version, t.number, s.ends_on, t.fund, t.pattern::text
            FROM subscription s JOIN subscription_term t ON t.subscription = s.id
            WHERE s.id = $1 AND s.branch = $2 ORDER BY t.number DESC LIMIT 1 FOR UPDATE OF s
            """, id, branch);
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            if (!await row.ReadAsync(cancellationToken)) return null;
        // read once more now that the row is ours: another renewal may have been waited for
        await using var again = await command.ExecuteReaderAsync(cancellationToken);
        return await again.ReadAsync(cancellationToken)
            ? new Last(
                again.GetGuid(0), again.GetBoolean(1), again.GetInt64(2), again.GetInt32(3), again.GetFieldValue<LocalDate>(4), again.GetString(5),
                again.GetString(6))
            : null;
    }
}

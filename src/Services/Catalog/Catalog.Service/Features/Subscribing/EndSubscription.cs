using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;

namespace Library.Catalog.Features.Subscribing;

/// <summary>Ends a subscription for good. What was expected later and nobody has claimed is expected no more; what was paid stays with its term.</summary>
public sealed class EndSubscription(NpgsqlDataSource database, ReadSubscriptions read)
{
    public async Task<Subscription> RunAsync(EndSubscriptionRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ResourceName.Parse("subscriptions", request.Name, "subscription");
        var fields = new Fields();
        var endsOn = fields.Date("endsOn", request.EndsOn);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await MayEndAsync(transaction, id, request.Branch, endsOn, cancellationToken);
        await using (var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    UPDATE subscription SET ended = true, ends_on = $2, planned_through = least(planned_through, $2), version = version + 1 WHERE id = $1
                    """, id, endsOn),
                DatabaseSetup.BatchCommand("""
                    DELETE FROM issue WHERE subscription = $1 AND kind = 'PLANNED' AND state = 'EXPECTED' AND claim_level = 0 AND issued_on > $2
                    """, id, endsOn),
            },
        })
            await batch.ExecuteNonQueryAsync(cancellationToken);

        var answer = await read.GetAsync(transaction.Command, id, cancellationToken);
        await key.RecordAsync(transaction, answer.Name, answer, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return answer;
    }

    private static async Task MayEndAsync(NpgsqlTransaction transaction, Guid id, string branch, LocalDate endsOn, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT ended, ends_on, (SELECT min(starts_on) FROM subscription_term WHERE subscription = s.id)
            FROM subscription s WHERE id = $1 AND branch = $2 FOR UPDATE
            """, id, branch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("subscription");
        if (row.GetBoolean(0)) throw Failure.Refused("SUBSCRIPTION_ENDED");
        var (last, first) = (row.GetFieldValue<LocalDate>(1), row.GetFieldValue<LocalDate>(2));
        var fields = new Fields();
        if (endsOn < first || endsOn > last)
            fields.Wrong("endsOn", "RANGE", ("min", Rules.Requests.Iso(first)), ("max", Rules.Requests.Iso(last)));
        fields.ThrowIfWrong();
    }
}

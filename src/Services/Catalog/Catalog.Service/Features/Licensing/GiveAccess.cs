using Library.Catalog.Domain.Licences;
using Library.Catalog.Features.Counting;
using Library.Catalog.Messages;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>
/// What stands between loans and providers: access to be given, and access to be ended. A row is claimed before the provider is asked, for longer than the
/// question may take, so that two processes do not ask for one loan at a time and an end never overtakes the access that is being given. The claim of one
/// who died runs out. A provider that is away is asked again, later each time; a loan without access for a day is given back.
/// </summary>
public sealed class GiveAccess(NpgsqlDataSource database, LicenceProviders providers, TitleQueue queue, BusinessClock clock, Outbox outbox, ILogger<GiveAccess> log)
{
    private const int Batch = 20;
    private const int MostLink = 2_000;

    /// <summary>Real time; the claim (20 seconds at least) is longer than the question.</summary>
    private static readonly TimeSpan AskAtMost = TimeSpan.FromSeconds(5);

    private const string Claim = """
        UPDATE licence_loan l SET access_attempts = access_attempts + 1,
            access_claimed_until = clock_timestamp() + greatest(interval '20 seconds', least(interval '10 minutes', interval '5 seconds' * access_attempts * access_attempts))
        FROM licence_package p
        WHERE p.id = l.package AND l.id = ANY (ARRAY(
            SELECT id FROM licence_loan
            WHERE (state = 'PENDING_ACCESS' OR (state = 'ENDED' AND access_attempts > 0 AND NOT access_withdrawn))
              AND (access_claimed_until IS NULL OR access_claimed_until < clock_timestamp()) AND ($1::uuid IS NULL OR id = $1)
            ORDER BY access_claimed_until NULLS FIRST, id LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING l.id, l.record, l.state, l.lent_at, l.ends_at, p.provider, p.reference
        """;

    private sealed record Claimed(Guid Loan, Guid Record, bool Ended, Instant LentAt, Instant EndsAt, string Provider, string Reference);

    /// <summary>Right after the loan was made; what fails here is the worker's to repeat, also where the caller has gone.</summary>
    public Task TryOneAsync(Guid loan, CancellationToken cancellationToken) => ClaimAndAskAsync(loan, cancellationToken);

    /// <summary>Everything that is to be given or ended now; the number that was looked at.</summary>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken)
    {
        var all = 0;
        for (var batch = 0; batch < 100; batch++)
        {
            var asked = await ClaimAndAskAsync(null, cancellationToken);
            all += asked;
            if (asked < Batch) break;
        }
        return all;
    }

    private async Task<int> ClaimAndAskAsync(Guid? loan, CancellationToken cancellationToken)
    {
        var claimed = new List<Claimed>();
        await using (var claim = database.Command(Claim, loan, Batch))
        await using (var row = await claim.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
                claimed.Add(new Claimed(
                    row.GetGuid(0), row.GetGuid(1), row.GetString(2) == "ENDED", row.GetFieldValue<Instant>(3), row.GetFieldValue<Instant>(4), row.GetString(5), row.GetString(6)));
        await Task.WhenAll(claimed.Select(one => AskAsync(one, cancellationToken)));
        return claimed.Count;
    }

    private async Task AskAsync(Claimed loan, CancellationToken cancellationToken)
    {
        if (!loan.Ended && (loan.EndsAt <= clock.Now || clock.Now - loan.LentAt >= LicenceRules.AccessWithin))
        {
            await GiveBackAsync(loan, cancellationToken);
            return;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AskAtMost);
        try
        {
            var provider = providers.Find(loan.Provider) ?? throw new InvalidOperationException("The provider of a licence is not configured.");
            if (loan.Ended)
            {
                await provider.EndAsync(loan.Loan, limit.Token);
                await WithdrawnAsync(loan.Loan, cancellationToken);
            }
            else if (await provider.GrantAsync(new AccessRequest(loan.Loan, loan.Reference, loan.EndsAt), limit.Token) is AccessAnswer.Granted { Link.Length: > 0 and <= MostLink } granted)
                await GrantedAsync(loan, granted.Link, cancellationToken);
            else await GiveBackAsync(loan, cancellationToken);
        }
        catch (Exception away) when (!cancellationToken.IsCancellationRequested)
        {
            // by type only: a provider's words may name what they like
            log.LogWarning("The licence provider {Provider} did not answer ({Problem}); it is asked again", loan.Provider, away.GetType().Name);
        }
    }

    /// <summary>The loan is told of here, once: the guard lets only one through. One that has ended meanwhile stays ended, and the provider is told.</summary>
    private async Task GrantedAsync(Claimed loan, string link, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        LicenceLent? told = null;
        await using (var open = transaction.Command("""
            UPDATE licence_loan l SET state = 'OPEN', link = $2, access_claimed_until = NULL, version = version + 1
            FROM licensed_title t WHERE t.record = l.record AND l.id = $1 AND l.state = 'PENDING_ACCESS'
            RETURNING l.version, l.member, t.material
            """, loan.Loan, link))
        await using (var row = await open.ExecuteReaderAsync(cancellationToken))
            if (await row.ReadAsync(cancellationToken))
                told = new LicenceLent
                {
                    Aggregate = ResourceName.Of(TitleQueue.LoanCollection, loan.Loan),
                    Version = row.GetInt64(0),
                    Member = ResourceName.Of("members", row.GetGuid(1)),
                    Record = ResourceName.Of("records", loan.Record),
                    Material = row.GetString(2),
                    LentAt = loan.LentAt.ToDateTimeOffset(),
                    EndsAt = loan.EndsAt.ToDateTimeOffset(),
                };
        if (told is null) return;
        await outbox.AddAsync(transaction, [told], cancellationToken);
        await using (var counted = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { CirculationFacts.LicenceLent(loan.Loan, clock.Zone) } })
            await counted.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
    }

    private async Task GiveBackAsync(Claimed loan, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await queue.LockAsync(transaction, loan.Record, cancellationToken);
        if (await queue.EndAsync(transaction, loan.Loan, "NO_ACCESS", clock.Now, cancellationToken))
            await queue.OfferAsync(transaction, loan.Record, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        outbox.Wake();
    }

    private async Task WithdrawnAsync(Guid loan, CancellationToken cancellationToken)
    {
        await using var command = database.Command("UPDATE licence_loan SET access_withdrawn = true, access_claimed_until = NULL WHERE id = $1", loan);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

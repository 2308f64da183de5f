using Library.Catalog.Domain.Licences;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Contracts;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Licensing;

/// <summary>A title whose row is locked, brought up to the moment: what was over has ended, and what is free is offered.</summary>
/// <param name="Record">Its record.</param>
/// <param name="Material">Code of the contract.</param>
/// <param name="Youth">Fit for the youth section.</param>
/// <param name="Title">Of the record.</param>
/// <param name="Licences">Its packages.</param>
public sealed record LockedTitle(Guid Record, string Material, bool Youth, string Title, IReadOnlyList<LicenceFacts> Licences)
{
    public Material MaterialRule => Codes.MaterialRuleOf(Material);
}

/// <summary>
/// What time does to a title, done by whoever comes first: a request for it, or the worker. Loans whose end has passed are ended at that end, offers that ran
/// out are closed, and what is free is offered in the order of placing. All under the lock of the title's row, with guarded statements: run twice, late, or on
/// two machines it does nothing more.
/// </summary>
public sealed class TitleQueue(Outbox outbox, BusinessClock clock)
{
    public const string LoanCollection = "licenceLoans", HoldCollection = "licenceHolds", TitleCollection = "licensedTitles";

    /// <summary>Locks the title and settles it; null where the record has no licences.</summary>
    public async Task<LockedTitle?> LockAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        if (await FindAsync(transaction, record, cancellationToken) is not { } title) return null;
        await SettleAsync(transaction, title, cancellationToken);
        // once more: what has ended is free now
        return title with { Licences = await LicencesAsync(transaction, record, cancellationToken) };
    }

    /// <summary>Offers what has become free; for whoever has just ended a loan, given up a place or added a package.</summary>
    public async Task OfferAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        var now = clock.Now;
        var licences = await LicencesAsync(transaction, record, cancellationToken);
        var (offered, waiting) = await CountAsync(transaction, record, cancellationToken);
        var more = LicenceRules.OffersToMake(licences, offered, waiting, now, clock.Zone);
        if (more == 0) return;
        await using var offer = transaction.Command("""
            UPDATE licence_hold SET state = 'OFFERED', offered_until = $2, version = version + 1
            WHERE id = ANY (ARRAY(SELECT id FROM licence_hold WHERE record = $1 AND state = 'WAITING' ORDER BY number LIMIT $3))
            RETURNING id, version, member
            """, record, now + LicenceRules.OfferLasts, more);
        var told = new List<IMessage>();
        await using (var row = await offer.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
                told.Add(new LicenceOffered
                {
                    Aggregate = ResourceName.Of(HoldCollection, row.GetGuid(0)),
                    Version = row.GetInt64(1),
                    Member = ResourceName.Of("members", row.GetGuid(2)),
                    Record = ResourceName.Of("records", record),
                    OfferedUntil = (now + LicenceRules.OfferLasts).ToDateTimeOffset(),
                });
        await outbox.AddAsync(transaction, told, cancellationToken);
    }

    /// <summary>
    /// Ends a loan that has not ended, once; false where it had. A loan that never gave access goes back into the number of loans that were bought.
    /// </summary>
    public async Task<bool> EndAsync(NpgsqlTransaction transaction, Guid loan, string reason, Instant endedAt, CancellationToken cancellationToken)
    {
        // the state before: only what was told to be lent is told to have ended
        await using var end = transaction.Command("""
            WITH before AS (SELECT id, state FROM licence_loan WHERE id = $1 AND ended_at IS NULL FOR UPDATE)
            UPDATE licence_loan l SET state = 'ENDED', ended_at = $3, end_reason = $2, link = NULL, version = version + 1
            FROM before WHERE l.id = before.id
            RETURNING l.version, l.member, l.record, l.package, before.state
            """, loan, reason, endedAt);
        Guid package;
        LicenceEnded? told = null;
        await using (var row = await end.ExecuteReaderAsync(cancellationToken))
        {
            if (!await row.ReadAsync(cancellationToken)) return false;
            package = row.GetGuid(3);
            if (row.GetString(4) == "OPEN")
                told = new LicenceEnded
                {
                    Aggregate = ResourceName.Of(LoanCollection, loan),
                    Version = row.GetInt64(0),
                    Member = ResourceName.Of("members", row.GetGuid(1)),
                    Record = ResourceName.Of("records", row.GetGuid(2)),
                    Reason = reason,
                    EndedAt = endedAt.ToDateTimeOffset(),
                };
        }
        if (told is not null)
        {
            await outbox.AddAsync(transaction, [told], cancellationToken);
            return true;
        }
        await using var giveBack = transaction.Command("UPDATE licence_package SET loans_used = loans_used - 1 WHERE id = $1 AND loans_bought IS NOT NULL", package);
        await giveBack.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    private static async Task<LockedTitle?> FindAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT t.material, t.youth, r.title FROM licensed_title t JOIN record r ON r.id = t.record WHERE t.record = $1 FOR UPDATE OF t
            """, record);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? new LockedTitle(record, row.GetString(0), row.GetBoolean(1), row.GetString(2), []) : null;
    }

    private async Task SettleAsync(NpgsqlTransaction transaction, LockedTitle title, CancellationToken cancellationToken)
    {
        var now = clock.Now;
        foreach (var (loan, endsAt, gone) in await OverAsync(transaction, title.Record, now, cancellationToken))
            await EndAsync(transaction, loan, gone ? "MEMBERSHIP_ENDED" : "EXPIRED", gone ? now : endsAt, cancellationToken);
        await using (var close = transaction.Command("""
            UPDATE licence_hold h SET state = CASE WHEN h.offered_until <= $2 THEN 'EXPIRED' ELSE 'CANCELLED' END, closed_at = $2, version = version + 1
            WHERE h.record = $1 AND h.closed_at IS NULL AND (h.offered_until <= $2
                OR EXISTS (SELECT FROM borrower b WHERE b.member = h.member AND b.state IN ('LEFT', 'EXCLUDED', 'ERASED')))
            """, title.Record, now))
            await close.ExecuteNonQueryAsync(cancellationToken);
        await OfferAsync(transaction, title.Record, cancellationToken);
    }

    private static async Task<IReadOnlyList<(Guid Loan, Instant EndsAt, bool Gone)>> OverAsync(
        NpgsqlTransaction transaction, Guid record, Instant now, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT l.id, l.ends_at, l.ends_at > $2 FROM licence_loan l
            WHERE l.record = $1 AND l.ended_at IS NULL AND (l.ends_at <= $2
                OR EXISTS (SELECT FROM borrower b WHERE b.member = l.member AND b.state IN ('LEFT', 'EXCLUDED', 'ERASED')))
            ORDER BY l.ends_at, l.id
            """, record, now);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var over = new List<(Guid, Instant, bool)>();
        while (await row.ReadAsync(cancellationToken)) over.Add((row.GetGuid(0), row.GetFieldValue<Instant>(1), row.GetBoolean(2)));
        return over;
    }

    private static async Task<(int Offered, int Waiting)> CountAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT count(*) FILTER (WHERE state = 'OFFERED')::int, count(*) FILTER (WHERE state = 'WAITING')::int
            FROM licence_hold WHERE record = $1 AND closed_at IS NULL
            """, record);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetInt32(0), row.GetInt32(1));
    }

    private static async Task<IReadOnlyList<LicenceFacts>> LicencesAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT p.id, p.kind, p.valid_from, p.valid_to,
                p.seats - (SELECT count(*) FROM licence_loan l WHERE l.package = p.id AND l.ended_at IS NULL)::int, p.loans_bought - p.loans_used
            FROM licence_package p WHERE p.record = $1
            """, record);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var licences = new List<LicenceFacts>();
        while (await row.ReadAsync(cancellationToken))
            licences.Add(new LicenceFacts(
                row.GetGuid(0), Codes.Parse<LicenceKind>(row.GetString(1)), row.GetFieldValue<LocalDate>(2),
                row.IsDBNull(3) ? null : row.GetFieldValue<LocalDate>(3), row.GetInt32(4), row.IsDBNull(5) ? null : row.GetInt32(5)));
        return licences;
    }
}

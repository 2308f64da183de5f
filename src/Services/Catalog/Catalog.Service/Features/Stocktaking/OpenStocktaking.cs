using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>
/// Opens a stocktaking and keeps what ought to stand on the shelf at that moment, in one transaction. One shelf has one at a time: the
/// database excludes ranges that overlap.
/// </summary>
public sealed class OpenStocktaking(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    private const string OneOpenPerShelf = "stocktaking_one_open_per_shelf";

    public async Task<V1.Stocktaking> RunAsync(CreateStocktakingRequest request, CommandKey key, CancellationToken cancellationToken)
    {
        var session = Check(request);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var answer = session.Answer();
        try
        {
            answer.Figures = new StocktakingFigures { Expected = await SaveAsync(transaction, session, cancellationToken) };
        }
        catch (PostgresException overlaps) when (overlaps.ConstraintName == OneOpenPerShelf)
        {
            throw Failure.Refused([ContractCode.Of(StocktakingRefusal.StocktakingOverlaps)]);
        }
        await key.RecordAsync(transaction, session.Name, answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private Session Check(CreateStocktakingRequest request)
    {
        var fields = new Fields();
        var branch = fields.Branch("branch", request.Branch, rules);
        if (request.Collection.Length > 0) fields.Collection(request.Collection, rules, clock.Today);
        var from = fields.Text("callNumberFrom", request.CallNumberFrom, 0, CallNumber.MaxLength);
        var to = fields.Text("callNumberTo", request.CallNumberTo, 0, CallNumber.MaxLength);
        var (first, last) = (CallNumber.First(from), to.Length == 0 ? "" : CallNumber.Last(to));
        if (last.Length > 0 && string.CompareOrdinal(first, last) > 0) fields.Wrong("callNumberTo", "BEFORE", ("other", "callNumberFrom"));
        fields.ThrowIfWrong();
        return new Session
        {
            Id = Guid.CreateVersion7(),
            Shelf = new ShelfRange(branch, request.Collection, first, last),
            CallNumberFrom = from,
            CallNumberTo = to,
            State = Session.FirstPass,
            OpenedAt = clock.Now,
            SecondPassAt = null,
            EndedAt = null,
        };
    }

    /// <summary>How many copies are expected: what stands here, and what is out or under way and comes back here. What is lost or missing is not.</summary>
    private static async Task<long> SaveAsync(NpgsqlTransaction transaction, Session session, CancellationToken cancellationToken)
    {
        var shelf = session.Shelf;
        // two who begin at one branch come one after the other: checking each other's rows at once, the exclusion constraint may end in a deadlock
        await using (var turn = transaction.Command("SELECT pg_advisory_xact_lock(hashtext('stocktaking'), hashtext($1))", shelf.Branch))
            await turn.ExecuteNonQueryAsync(cancellationToken);
        await using (var open = transaction.Command("""
            INSERT INTO stocktaking (id, branch, collection, call_number_from, call_number_to, first_key, last_key, state, opened_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, session.Id, shelf.Branch, shelf.Collection, session.CallNumberFrom, session.CallNumberTo, shelf.First, shelf.Last,
            session.State, session.OpenedAt))
            await open.ExecuteNonQueryAsync(cancellationToken);
        await using var copies = transaction.Command("""
            WITH copy AS (
                INSERT INTO stocktaking_copy (stocktaking, barcode, call_number_sort)
                SELECT $1, barcode, call_number_sort FROM item
                WHERE coalesce(stands_at, branch) = $2 AND state IN ('AVAILABLE', 'ON_LOAN', 'IN_TRANSIT', 'ON_HOLD_SHELF') AND lender_due_on IS NULL
                    AND ($3 = '' OR collection = $3) AND call_number_sort >= $4 AND ($5 = '' OR call_number_sort <= $5)
                RETURNING 1)
            UPDATE stocktaking SET expected = (SELECT count(*) FROM copy) WHERE id = $1 RETURNING expected
            """, session.Id, shelf.Branch, shelf.Collection, shelf.First, shelf.Last);
        copies.CommandTimeout = 120;
        return (long)(await copies.ExecuteScalarAsync(cancellationToken))!;
    }
}

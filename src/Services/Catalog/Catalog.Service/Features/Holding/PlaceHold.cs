using Library.Catalog.Borrowers;
using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Lending;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Loans;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Holding;

/// <summary>
/// Puts a member into a title's queue (art. 31, 33), and sets a copy aside at once where one is on a shelf. Asks Membership and Finance as the desk
/// does, where the local facts would refuse (ADR 1).
/// </summary>
public sealed class PlaceHold(NpgsqlDataSource database, NetworkRules rules, AskOwners owners, HoldQueue queue, ReadHolds holds, BusinessClock clock, Outbox outbox)
{
    private const string OnePerMember = "hold_one_open_per_member_and_title";

    private sealed record Wish(Guid Record, Guid Member, string Pickup, string? OnlyBarcode);

    public async Task<Hold> RunAsync(CreateHoldRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var wish = await CheckAsync(request, caller, cancellationToken);
        IReadOnlyList<string> away = [];
        var (hold, reasons) = await TryAsync(wish, key, cancellationToken);
        if (hold is null && reasons.All(reason => reason.MayBeStale()))
        {
            away = await owners.RefreshAsync("", wish.Member, cancellationToken);
            (hold, reasons) = await TryAsync(wish, key, cancellationToken);
        }
        outbox.Wake();
        if (hold is { } placed) return await holds.GetAsync(ResourceName.Of(HoldRow.Collection, placed), caller, cancellationToken);
        throw reasons is [] ? Failure.NotFound("member", LoanRefusing.Stale(away)) : LoanRefusing.Failure(reasons, away);
    }

    private async Task<Wish> CheckAsync(CreateHoldRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var member = fields.Name("member", "members", caller.MemberOr(request.Member));
        var pickup = fields.Branch("pickupBranch", request.PickupBranch, rules);
        var barcode = request.OnlyBarcode.Length > 0 ? fields.Code("onlyBarcode", request.OnlyBarcode) : null;
        var record = barcode is null || request.Record.Length > 0 ? fields.Name("record", "records", request.Record) : (Guid?)null;
        fields.ThrowIfWrong();
        if (barcode is null) return new Wish(record!.Value, member, pickup, null);
        await using var command = database.Command("SELECT record FROM item WHERE barcode = $1", barcode);
        if (await command.ExecuteScalarAsync(cancellationToken) is not Guid its) throw Failure.NotFound("item");
        return record is null || record == its ? new Wish(its, member, pickup, barcode) : throw Failure.Invalid(new Violation("onlyBarcode", "UNKNOWN"));
    }

    /// <summary>The hold, or why there is none; neither where no such member is known here.</summary>
    private async Task<(Guid? Hold, IReadOnlyList<LoanRefusal> Reasons)> TryAsync(Wish wish, CommandKey key, CancellationToken cancellationToken)
    {
        var now = clock.Now;
        var today = now.InZone(clock.Zone).Date;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StandingRecord.MustBeAsync(transaction, [wish.Record], cancellationToken);
        await HoldQueue.OpenAsync(transaction, wish.Record, cancellationToken);
        if (await FactsAsync(transaction, wish, today, cancellationToken) is not { } facts) return (null, []);
        var reasons = HoldRules.AgainstPlacing(facts, rules.On(today).Block, wish.Pickup, today);
        if (reasons is not []) return (null, reasons);
        var id = Guid.CreateVersion7();
        try
        {
            await SaveAsync(transaction, wish, id, now, cancellationToken);
        }
        catch (PostgresException broken) when (broken.ConstraintName == OnePerMember)
        {
            return (null, [LoanRefusal.AlreadyHeld]);
        }
        await queue.SetAsideAsync(transaction, wish.Record, today, cancellationToken);
        await key.RecordAsync(transaction, ResourceName.Of(HoldRow.Collection, id), null, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return (id, []);
    }

    private async Task<HoldFacts?> FactsAsync(NpgsqlTransaction transaction, Wish wish, LocalDate today, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(Borrower.ByMember, wish.Member, today),
                // what is missing may be found, what is in repair comes back: only the latter is waited for
                DatabaseSetup.BatchCommand("""
                    SELECT i.lending, i.material, i.branch, r.title, i.youth, count(*)::integer FROM item i JOIN record r ON r.id = i.record
                    WHERE i.record = $1 AND ($2::text IS NULL OR i.barcode = $2) AND i.state <> 'WITHDRAWN' AND (i.state <> 'LOST' OR i.absence = 'IN_REPAIR')
                    GROUP BY i.lending, i.material, i.branch, r.title, i.youth
                    """, wish.Record, wish.OnlyBarcode),
                DatabaseSetup.BatchCommand("""
                    SELECT coalesce((
                            SELECT sum(c.ordered - c.arrived - c.cancelled) FROM order_line l JOIN order_copies c USING (order_id, line)
                            JOIN purchase_order o ON o.id = l.order_id WHERE l.record = $1 AND o.sent_on IS NOT NULL), 0)::integer,
                        EXISTS (SELECT FROM hold WHERE member = $2 AND record = $1 AND closed_at IS NULL),
                        EXISTS (SELECT FROM loan l JOIN item i ON i.barcode = l.barcode WHERE l.member = $2 AND l.returned_at IS NULL AND i.record = $1)
                    """, wish.Record, wish.Member),
            },
        };
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        var borrower = Borrower.Read(row);
        await row.NextResultAsync(cancellationToken);
        var (lent, youth) = (0, 0);
        while (await row.ReadAsync(cancellationToken))
        {
            if (!queue.IsLent(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), today)) continue;
            lent += row.GetInt32(5);
            if (row.GetBoolean(4)) youth += row.GetInt32(5);
        }
        await row.NextResultAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new HoldFacts
        {
            Borrower = borrower.Facts(rules.SmallFeeBranches(today)),
            Title = new TitleFacts(lent, youth, wish.OnlyBarcode is null ? row.GetInt32(0) : 0),
            AlreadyHeld = row.GetBoolean(1),
            AlreadyLent = row.GetBoolean(2),
        };
    }

    private async Task SaveAsync(NpgsqlTransaction transaction, Wish wish, Guid id, Instant now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand(
                    "INSERT INTO hold (id, record, only_barcode, member, pickup_branch, placed_at, state) VALUES ($1, $2, $3, $4, $5, $6, 'WAITING')",
                    id, wish.Record, wish.OnlyBarcode, wish.Member, wish.Pickup, now),
                outbox.Write(new HoldPlaced
                {
                    Aggregate = ResourceName.Of(HoldRow.Collection, id),
                    Version = 1,
                    Member = ResourceName.Of("members", wish.Member),
                    Record = ResourceName.Of("records", wish.Record),
                    PickupBranch = wish.Pickup,
                }),
                CirculationFacts.OfHold(CirculationStatistics.Types.Kind.HoldPlaced, id, now.InZone(clock.Zone).Date),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}

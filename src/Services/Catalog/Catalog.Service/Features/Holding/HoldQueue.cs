using Library.Catalog.Domain.Holds;
using Library.Catalog.Domain.Policies;
using Library.Catalog.Features.Counting;
using Library.Catalog.Features.Stock;
using Library.Catalog.Messages;
using Library.Catalog.Rules;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Messaging;
using Library.ServiceDefaults.Requests;
using Kind = Library.Catalog.V1.CirculationStatistics.Types.Kind;

namespace Library.Catalog.Features.Holding;

/// <summary>The hold that a copy in somebody's hands is for: it was set aside for it, or it is the next in the queue.</summary>
public sealed record HeldFor(Guid Id, long Version, Guid Member, string PickupBranch, bool Prepared, string State, LocalDate? ReadyUntil, bool IsSetAside)
{
    public string Name => ResourceName.Of(HoldRow.Collection, Id);
}

/// <summary>
/// The queue of a title. Whoever changes it holds its row, taken after the rows of copies and never before one that is waited for: copies that others
/// hold are skipped. So two holds never get one copy, and nobody waits in a circle.
/// </summary>
public sealed class HoldQueue(NetworkRules rules, Outbox outbox)
{
    /// <summary>At most so many places are served at one time; the rest at the next.</summary>
    private const int MostAtOnce = 200;

    /// <summary>Of hold h: somebody waits now, and no copy is set aside.</summary>
    /// <param name="today">The parameter of the business date.</param>
    public static string WaitsNow(string today) => $"h.closed_at IS NULL AND h.state = 'WAITING' AND h.barcode IS NULL AND (h.suspended_until IS NULL OR h.suspended_until < {today})";

    /// <summary>
    /// The first of these copies that somebody's hold has, other than the member's, or null. Their rows are locked: a look before that would miss a hold
    /// of that moment.
    /// </summary>
    public static async Task<string?> FirstSetAsideAsync(
        NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, CancellationToken cancellationToken, Guid? otherThanFor = null)
    {
        await using var command = transaction.Command(
            "SELECT barcode FROM hold WHERE barcode = ANY ($1) AND closed_at IS NULL AND member IS DISTINCT FROM $2 ORDER BY barcode LIMIT 1", barcodes.ToArray(), otherThanFor);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Makes the queue where there was none, and locks it.</summary>
    public static async Task OpenAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        await using var open = transaction.Command("INSERT INTO hold_queue (record) VALUES ($1) ON CONFLICT DO NOTHING", record);
        await open.ExecuteNonQueryAsync(cancellationToken);
        await LockAsync(transaction, record, cancellationToken);
    }

    /// <summary>False where nobody has ever waited for the title.</summary>
    public static async Task<bool> LockAsync(NpgsqlTransaction transaction, Guid record, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("SELECT true FROM hold_queue WHERE record = $1 FOR UPDATE", record);
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Locks the queue of a copy's title, whose row is locked already.</summary>
    public static NpgsqlBatchCommand LockOf(string barcode) => DatabaseSetup.BatchCommand(
        "SELECT FROM hold_queue WHERE record = (SELECT record FROM item WHERE barcode = $1) FOR UPDATE", barcode);

    /// <summary>After <see cref="LockOf"/>: the hold that a copy is for, for <see cref="Read"/>.</summary>
    public NpgsqlBatchCommand ForCopy(string barcode, string branch, LocalDate today) => DatabaseSetup.BatchCommand($"""
        SELECT id, version, member, pickup_branch, prepared, state, ready_until, set_aside FROM (
            (SELECT h.*, true AS set_aside FROM hold h WHERE h.barcode = $1 AND h.closed_at IS NULL)
            UNION ALL
            (SELECT h.*, false FROM hold h JOIN item i ON i.barcode = $1 AND i.record = h.record JOIN borrower b ON b.member = h.member
             WHERE {WaitsNow("$3")} AND i.kept_for IS NULL AND (h.only_barcode IS NULL OR h.only_barcode = $1) AND (i.youth OR NOT b.youth_section)
             ORDER BY $4 AND h.pickup_branch <> $2, h.number LIMIT 1)) h
        ORDER BY set_aside DESC LIMIT 1
        """, barcode, branch, today, rules.On(today).Hold.LocalFirst);

    public static HeldFor Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt64(1), row.GetGuid(2), row.GetString(3), row.GetBoolean(4), row.GetString(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<LocalDate>(6), row.GetBoolean(7));

    /// <summary>
    /// What happens to a hold whose copy was scanned at a branch: it waits there, and the member is told, or it goes on. The last day of waiting is given
    /// where it waits.
    /// </summary>
    public (IReadOnlyList<NpgsqlBatchCommand> Commands, LocalDate? ReadyUntil) Scanned(HeldFor hold, string barcode, string at, Act act)
    {
        if (hold.PickupBranch != at)
            return ([DatabaseSetup.BatchCommand("""
                UPDATE hold SET state = 'IN_TRANSIT', barcode = $2, prepared = false, suspended_until = NULL, ready_at = NULL, ready_until = NULL, version = version + 1
                WHERE id = $1
                """, hold.Id, barcode)], null);
        // once more at the shelf where it waits: nothing has changed
        if (hold is { State: "READY", ReadyUntil: { } known }) return ([], known);
        var until = HoldRules.ReadyUntil(act.On, hold.Prepared, rules.On(act.On).Hold, rules.Calendar(at));
        return ([
            DatabaseSetup.BatchCommand("""
                UPDATE hold SET state = 'READY', barcode = $2, suspended_until = NULL, ready_at = $3, ready_until = $4, version = version + 1 WHERE id = $1
                """, hold.Id, barcode, act.At, until),
            outbox.Write(new HoldReady
            {
                Aggregate = hold.Name,
                Version = hold.Version + 1,
                Member = ResourceName.Of("members", hold.Member),
                PickupBranch = at,
                ReadyUntil = until.ToDateOnly(),
            }),
            CirculationFacts.OfHold(Kind.HoldReady, hold.Id, act.On)], until);
    }

    /// <summary>
    /// Copies that are put into a locker of a branch, their rows locked: a hold of the member that has one waits there, until the later of the deposit's last day and its
    /// own (art. 33). It expires as any other does; of the locker a message of its own tells. The copies that holds have are given.
    /// </summary>
    public async Task<IReadOnlySet<string>> WaitInLockerAsync(
        NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, Guid member, (string Branch, LocalDate Until) locker, Act act, CancellationToken cancellationToken)
    {
        await using (var queues = transaction.Command(
            "SELECT FROM hold_queue WHERE record IN (SELECT record FROM item WHERE barcode = ANY ($1)) ORDER BY record FOR UPDATE", (object)barcodes.ToArray()))
            await queues.ExecuteNonQueryAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        var held = new HashSet<string>(StringComparer.Ordinal);
        await using (var find = transaction.Command(
            "SELECT id, barcode, prepared, CASE state WHEN 'READY' THEN ready_until END FROM hold WHERE barcode = ANY ($1) AND member = $2 AND closed_at IS NULL", barcodes.ToArray(), member))
        await using (var row = await find.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                held.Add(row.GetString(1));
                var isReady = !row.IsDBNull(3);
                var own = isReady ? row.GetFieldValue<LocalDate>(3) : HoldRules.ReadyUntil(act.On, row.GetBoolean(2), rules.On(act.On).Hold, rules.Calendar(locker.Branch));
                batch.BatchCommands.Add(DatabaseSetup.BatchCommand("""
                    UPDATE hold SET state = 'READY', pickup_branch = $2, suspended_until = NULL, ready_at = coalesce(ready_at, $3), ready_until = $4, version = version + 1 WHERE id = $1
                    """, row.GetGuid(0), locker.Branch, act.At, LocalDate.Max(own, locker.Until)));
                if (!isReady) batch.BatchCommands.Add(CirculationFacts.OfHold(Kind.HoldReady, row.GetGuid(0), act.On));
            }
        if (held.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
        return held;
    }

    /// <summary>Whichever copy it is, the member has the title now; one that was set aside is put away when it is scanned.</summary>
    public static NpgsqlBatchCommand Fulfil(Guid member, Guid record, Instant at, LocalDate today) => DatabaseSetup.BatchCommand($"""
        WITH fulfilled AS (
            UPDATE hold SET state = 'FULFILLED', closed_at = $5, version = version + 1 WHERE member = $3 AND record = $4 AND closed_at IS NULL
            RETURNING record, member, pickup_branch)
        {CirculationFacts.OfHolds("fulfilled")}
        """, today, Names.Of(Kind.HoldFulfilled), member, record, at);

    /// <summary>
    /// What <see cref="Fulfil"/> did, taken back: the hold is open again in its old place, with the copy where that was its own, and ready as before where it waited
    /// at this branch and still may. One that the member has placed anew meanwhile stands instead. The queue is locked.
    /// </summary>
    public static NpgsqlBatchCommand Reopen(Guid member, Guid record, Instant fulfilledAt, string barcode, string at, LocalDate today) => DatabaseSetup.BatchCommand($"""
        WITH reopened AS (
            UPDATE hold h SET closed_at = NULL, version = version + 1,
                state = CASE WHEN own AND ready THEN 'READY' ELSE 'WAITING' END,
                barcode = CASE WHEN own THEN barcode END,
                prepared = own AND prepared,
                suspended_until = CASE WHEN NOT own THEN suspended_until END,
                ready_at = CASE WHEN own AND ready THEN ready_at END,
                ready_until = CASE WHEN own AND ready THEN ready_until END
            FROM (
                SELECT id, coalesce(barcode = $6, false) AS own, ready_at IS NOT NULL AND coalesce(ready_until >= $1, false) AND pickup_branch = $7 AS ready
                FROM hold WHERE member = $3 AND record = $4 AND state = 'FULFILLED' AND closed_at = $5) AS was
            WHERE h.id = was.id AND NOT EXISTS (SELECT FROM hold o WHERE o.member = $3 AND o.record = $4 AND o.closed_at IS NULL)
            RETURNING h.record, h.member, h.pickup_branch)
        {CirculationFacts.OfHolds("reopened", undone: true)}
        """, today, Names.Of(Kind.HoldFulfilled), member, record, fulfilledAt, barcode, at);

    /// <summary>Whether a copy is lent out at all, so that somebody may wait for it.</summary>
    public bool IsLent(string lending, string material, string branch, string title, LocalDate today) =>
        rules.LendingOf(lending, material, branch, title, today) == LendingClass.Lendable && rules.On(today).Lending.ContainsKey(Codes.MaterialRuleOf(material));

    /// <summary>Sets free copies aside for who waits; the queue is locked.</summary>
    public async Task SetAsideAsync(NpgsqlTransaction transaction, Guid record, LocalDate today, CancellationToken cancellationToken)
    {
        var waiting = await WaitingAsync(transaction, record, today, cancellationToken);
        if (waiting.Count == 0) return;
        var aside = HoldRules.SetAside(waiting, await FreeAsync(transaction, record, today, cancellationToken));
        if (aside.Count == 0) return;
        await using var save = transaction.Command("""
            UPDATE hold h SET barcode = a.barcode, prepared = a.prepared, suspended_until = NULL, version = version + 1
            FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS a (id, barcode, prepared) WHERE h.id = a.id
            """, aside.Select(hold => hold.Hold).ToArray(), aside.Select(hold => hold.Barcode).ToArray(), aside.Select(hold => hold.AtPickup).ToArray());
        await save.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>For whoever has put a copy on a shelf: somebody may be waiting for it.</summary>
    public async Task SetAsideIfWantedAsync(NpgsqlTransaction transaction, Guid record, LocalDate today, CancellationToken cancellationToken)
    {
        if (await LockAsync(transaction, record, cancellationToken)) await SetAsideAsync(transaction, record, today, cancellationToken);
    }

    /// <summary>A copy that was set aside is not to be had: who waits for it waits for another. The copy's row is locked.</summary>
    public async Task ReleaseAsync(NpgsqlTransaction transaction, string barcode, Guid record, LocalDate today, CancellationToken cancellationToken)
    {
        if (!await LockAsync(transaction, record, cancellationToken)) return;
        await using (var release = transaction.Command("""
            UPDATE hold SET state = 'WAITING', barcode = NULL, prepared = false, ready_at = NULL, ready_until = NULL, version = version + 1
            WHERE barcode = $1 AND closed_at IS NULL
            """, barcode))
            await release.ExecuteNonQueryAsync(cancellationToken);
        await SetAsideAsync(transaction, record, today, cancellationToken);
    }

    /// <summary>Copies that came by van and stand at the branch now, their rows locked: what somebody waits for goes to the hold shelf or on its way.</summary>
    public async Task ArrivedAsync(NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, string branch, Act act, CancellationToken cancellationToken)
    {
        foreach (var (barcode, lent) in await WantedAsync(transaction, barcodes, act.On, cancellationToken))
        {
            HeldFor? hold;
            await using (var load = new NpgsqlBatch(transaction.Open(), transaction) { BatchCommands = { LockOf(barcode), ForCopy(barcode, branch, act.On) } })
            await using (var row = await load.ExecuteReaderAsync(cancellationToken))
            {
                await row.NextResultAsync(cancellationToken);
                hold = await row.ReadAsync(cancellationToken) ? Read(row) : null;
            }
            if (hold is null || (!hold.IsSetAside && !lent)) continue;
            await using var save = new NpgsqlBatch(transaction.Open(), transaction);
            foreach (var command in Scanned(hold, barcode, branch, act).Commands) save.BatchCommands.Add(command);
            save.BatchCommands.Add(DatabaseSetup.BatchCommand("UPDATE item SET state = $2, location = $3, version = version + 1 WHERE barcode = $1",
                barcode, hold.PickupBranch == branch ? "ON_HOLD_SHELF" : "IN_TRANSIT", hold.PickupBranch));
            await save.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task<IReadOnlyList<(string Barcode, bool Lent)>> WantedAsync(
        NpgsqlTransaction transaction, IReadOnlyList<string> barcodes, LocalDate today, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command("""
            SELECT i.barcode, i.lending, i.material, i.branch, r.title FROM item i JOIN record r ON r.id = i.record
            WHERE i.barcode = ANY ($1) AND EXISTS (SELECT FROM hold h WHERE h.record = i.record AND h.closed_at IS NULL) ORDER BY i.record, i.barcode
            """, (object)barcodes.ToArray());
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var wanted = new List<(string, bool)>();
        while (await row.ReadAsync(cancellationToken))
            wanted.Add((row.GetString(0), IsLent(row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), today)));
        return wanted;
    }

    private static async Task<IReadOnlyList<WaitingHold>> WaitingAsync(NpgsqlTransaction transaction, Guid record, LocalDate today, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            SELECT h.id, h.pickup_branch, h.only_barcode, b.youth_section FROM hold h JOIN borrower b ON b.member = h.member
            WHERE h.record = $1 AND {WaitsNow("$2")}
            ORDER BY h.number LIMIT {MostAtOnce}
            """, record, today);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<WaitingHold>();
        while (await row.ReadAsync(cancellationToken))
            waiting.Add(new WaitingHold(row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetBoolean(3)));
        return waiting;
    }

    /// <summary>Locked, so that no desk lends one meanwhile; what a desk has in its hands just now is passed over.</summary>
    private async Task<IReadOnlyList<FreeCopy>> FreeAsync(NpgsqlTransaction transaction, Guid record, LocalDate today, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            SELECT i.barcode, i.location, i.youth, i.lending, i.material, i.branch, r.title FROM item i JOIN record r ON r.id = i.record
            WHERE i.record = $1 AND i.state IN ('AVAILABLE', 'ON_HOLD_SHELF') AND i.kept_for IS NULL AND i.lender_due_on IS NULL
                AND NOT EXISTS (SELECT FROM hold h WHERE h.barcode = i.barcode AND h.closed_at IS NULL)
            ORDER BY i.barcode LIMIT {MostAtOnce} FOR UPDATE OF i SKIP LOCKED
            """, record);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var free = new List<FreeCopy>();
        while (await row.ReadAsync(cancellationToken))
            if (IsLent(row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), today))
                free.Add(new FreeCopy(row.GetString(0), row.GetString(1), row.GetBoolean(2)));
        return free;
    }
}

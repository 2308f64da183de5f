using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Holding;
using Library.Catalog.Features.Importing;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.WritingOff;

/// <summary>Values a commission's list, and writes it off when it is signed: all of it in one transaction, or nothing.</summary>
public sealed class ExecuteWriteOff(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public Task ProposeAsync(string name, Caller caller, CommandKey key, CancellationToken cancellationToken) => RunAsync(
        name, caller, key, [WriteOffRow.Draft], (transaction, list, act) => ValueAsync(transaction, list, act, cancellationToken), cancellationToken);

    public Task ExecuteAsync(ExecuteWriteOffRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var signatures = fields.Signed(request.Signatures, clock.Today);
        fields.ThrowIfWrong();
        return RunAsync(request.Name, caller, key, [WriteOffRow.Proposed], async (transaction, list, act) =>
        {
            await MustBeFreeAsync(transaction, list, cancellationToken);
            await WithdrawAsync(transaction, list, signatures, act, cancellationToken);
        }, cancellationToken);
    }

    public Task CancelAsync(string name, Caller caller, CommandKey key, CancellationToken cancellationToken) => RunAsync(
        name, caller, key, [WriteOffRow.Draft, WriteOffRow.Proposed], async (transaction, list, act) =>
        {
            await using var end = transaction.Command("""
                WITH free AS (UPDATE write_off_item SET open = false WHERE write_off = $1)
                UPDATE write_off SET state = 'CANCELLED', ended_at = $2 WHERE id = $1
                """, list.Id, act.At);
            await end.ExecuteNonQueryAsync(cancellationToken);
        }, cancellationToken);

    private async Task RunAsync(
        string name, Caller caller, CommandKey key, string[] states, Func<NpgsqlTransaction, WriteOffRow, Act, Task> step, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var list = await WriteOffRow.HoldAsync(transaction, name, caller, cancellationToken, states);
        await step(transaction, list, Act.Of(clock, caller));
        await key.RecordAsync(transaction, list.Name, null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private sealed record Valued(string Barcode, long PriceMinor, long BookValueMinor, string CostCentre);

    /// <summary>The values stay as they are on this day, whatever becomes of prices and rules until the list is signed.</summary>
    private async Task ValueAsync(NpgsqlTransaction transaction, WriteOffRow list, Act act, CancellationToken cancellationToken)
    {
        var policy = rules.BookValues(act.On);
        var copies = new List<Valued>();
        await using (var command = transaction.Command("""
            SELECT w.barcode, i.price_minor, i.acquired_on, i.created_at, i.cost_centre, i.branch
            FROM write_off_item w JOIN item i ON i.barcode = w.barcode WHERE w.write_off = $1
            """, list.Id))
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                var acquired = row.IsDBNull(2) ? row.GetFieldValue<Instant>(3).InZone(clock.Zone).Date : row.GetFieldValue<LocalDate>(2);
                copies.Add(new Valued(
                    row.GetString(0), row.GetInt64(1), BookValue.Of(row.GetInt64(1), acquired, act.On, policy),
                    row.GetString(4) is { Length: > 0 } own ? own : rules.MunicipalityOf(row.GetString(5))));
            }
        if (copies.Count == 0) throw Failure.Refused([ContractCode.Of(WriteOffRefusal.WriteOffEmpty)]);
        await using var save = transaction.Command("""
            WITH valued AS (
                UPDATE write_off_item w SET price_minor = v.price_minor, book_value_minor = v.book_value_minor, cost_centre = v.cost_centre
                FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[]) AS v (barcode, price_minor, book_value_minor, cost_centre)
                WHERE w.write_off = $1 AND w.barcode = v.barcode)
            UPDATE write_off SET state = 'PROPOSED', proposed_at = $6, method = $7, standard = $8 WHERE id = $1
            """, list.Id, copies.Select(copy => copy.Barcode).ToArray(), copies.Select(copy => copy.PriceMinor).ToArray(),
            copies.Select(copy => copy.BookValueMinor).ToArray(), copies.Select(copy => copy.CostCentre).ToArray(), act.At,
            ContractCode.Of(policy.Method), policy.Standard);
        await save.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Locks the copies in one order; from here on no desk lends one of them. Names the first that is in use.</summary>
    private static async Task MustBeFreeAsync(NpgsqlTransaction transaction, WriteOffRow list, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            SELECT i.barcode, {ItemRow.State} FROM item i JOIN write_off_item w ON w.barcode = i.barcode WHERE w.write_off = $1
            ORDER BY i.barcode FOR NO KEY UPDATE OF i
            """, list.Id);
        var barcodes = new List<string>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken))
            {
                if (CopyRules.AgainstHandling(Codes.Parse<CopyState>(row.GetString(1))) is { } reason)
                    throw Failure.Refused([ContractCode.Of(reason)], ("barcode", row.GetString(0)));
                barcodes.Add(row.GetString(0));
            }
        if (await FirstBoundAsync(transaction, barcodes, cancellationToken) is { } bound)
            throw Failure.Refused([ContractCode.Of(StockRefusal.ItemOnLoan)], ("barcode", bound));
        if (await HoldQueue.FirstSetAsideAsync(transaction, barcodes, cancellationToken) is { } held)
            throw Failure.Refused([ContractCode.Of(StockRefusal.ItemHeld)], ("barcode", held));
    }

    /// <summary>The first that its reader has declared lost and not settled. Their rows are locked.</summary>
    private static async Task<string?> FirstBoundAsync(NpgsqlTransaction transaction, List<string> barcodes, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command(
            "SELECT barcode FROM loan WHERE barcode = ANY ($1) AND returned_at IS NULL ORDER BY barcode LIMIT 1", (object)barcodes.ToArray());
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    private static async Task WithdrawAsync(
        NpgsqlTransaction transaction, WriteOffRow list, IReadOnlyList<CommissionSignature> signatures, Act act, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
        {
            BatchCommands =
            {
                DatabaseSetup.BatchCommand("""
                    WITH gone AS (
                        UPDATE item i SET state = 'WITHDRAWN', absence = NULL, version = version + 1 FROM write_off_item w
                        WHERE w.write_off = $1 AND i.barcode = w.barcode RETURNING i.barcode, i.branch, w.reason)
                    INSERT INTO item_event (id, barcode, at, kind, branch, role, note)
                    SELECT gen_random_uuid(), barcode, $2, 'WRITTEN_OFF', branch, $3, reason FROM gone
                    """, list.Id, act.At, act.Role),
                // in one order, as two lists may have copies of one record
                DatabaseSetup.BatchCommand("""
                    WITH held AS (
                        SELECT r.id FROM record r
                        WHERE r.id IN (SELECT i.record FROM write_off_item w JOIN item i ON i.barcode = w.barcode WHERE w.write_off = $1)
                        ORDER BY r.id FOR NO KEY UPDATE)
                    UPDATE record r SET copies_total = r.copies_total - n.copies
                    FROM held JOIN (
                        SELECT i.record, count(*) AS copies FROM write_off_item w JOIN item i ON i.barcode = w.barcode
                        WHERE w.write_off = $1 GROUP BY i.record) AS n
                        ON n.record = held.id
                    WHERE r.id = held.id
                    """, list.Id),
                DatabaseSetup.BatchCommand("""
                    INSERT INTO write_off_signature (write_off, position, role, initials, signed_on)
                    SELECT $1, position, role, initials, signed_on FROM unnest($2::text[], $3::text[], $4::date[])
                        WITH ORDINALITY AS signature (role, initials, signed_on, position)
                    """, list.Id, signatures.Select(signature => signature.Role).ToArray(), signatures.Select(signature => signature.Initials).ToArray(),
                    signatures.Select(signature => Requests.DateOf(signature.SignedOn)).ToArray()),
                DatabaseSetup.BatchCommand("UPDATE write_off_item SET open = false WHERE write_off = $1", list.Id),
                DatabaseSetup.BatchCommand("UPDATE write_off SET state = 'EXECUTED', ended_at = $2 WHERE id = $1", list.Id, act.At),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await RecordIndex.NoteCopiesOfAsync(transaction, "SELECT i.record FROM write_off_item w JOIN item i ON i.barcode = w.barcode WHERE w.write_off = $1", list.Id, cancellationToken);
    }
}

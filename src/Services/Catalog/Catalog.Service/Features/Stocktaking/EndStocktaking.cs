using Library.Catalog.Domain;
using Library.Catalog.Domain.Stock;
using Library.Catalog.Features.Stock;
using Library.Catalog.Rules;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Stocktaking;

/// <summary>The second pass, the end and the giving up of a stocktaking.</summary>
public sealed class EndStocktaking(NpgsqlDataSource database, NetworkRules rules, BusinessClock clock)
{
    public Task<V1.Stocktaking> SecondPassAsync(string name, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        RunAsync(name, caller, key, async (transaction, session, act) =>
        {
            if (session.State != Session.FirstPass) throw Failure.Refused([ContractCode.Of(StocktakingRefusal.StocktakingPass)]);
            await using var update = transaction.Command(
                "UPDATE stocktaking SET state = 'SECOND_PASS', second_pass_at = $2 WHERE id = $1", session.Id, act.At);
            await update.ExecuteNonQueryAsync(cancellationToken);
            return session with { State = Session.SecondPass, SecondPassAt = act.At };
        }, cancellationToken);

    public Task<V1.Stocktaking> CancelAsync(string name, Caller caller, CommandKey key, CancellationToken cancellationToken) =>
        RunAsync(name, caller, key, async (transaction, session, act) =>
        {
            await using var update = transaction.Command("UPDATE stocktaking SET state = 'CANCELLED', ended_at = $2 WHERE id = $1", session.Id, act.At);
            await update.ExecuteNonQueryAsync(cancellationToken);
            return session with { State = "CANCELLED", EndedAt = act.At };
        }, cancellationToken);

    public Task<V1.Stocktaking> CloseAsync(CloseStocktakingRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var fields = new Fields();
        var signatures = fields.Signed(request.Signatures, clock.Today);
        fields.ThrowIfWrong();
        return RunAsync(request.Name, caller, key, async (transaction, session, act) =>
        {
            if (session.State != Session.SecondPass) throw Failure.Refused([ContractCode.Of(StocktakingRefusal.StocktakingPass)]);
            var closed = session with { State = "CLOSED", EndedAt = act.At };
            var protocol = await FreezeAsync(transaction, closed, signatures, act, cancellationToken);
            await using var update = transaction.Command("""
                WITH signed AS (INSERT INTO stocktaking_protocol (stocktaking, content, sha256) VALUES ($1, $3, $4))
                UPDATE stocktaking SET state = 'CLOSED', ended_at = $2 WHERE id = $1
                """, session.Id, act.At, protocol.Content, protocol.Sha256);
            await update.ExecuteNonQueryAsync(cancellationToken);
            return closed;
        }, cancellationToken);
    }

    /// <summary>
    /// First the copies that stand here unseen are locked, so that none of them is lent while the outcome is read in the statement after it; then what is
    /// still missing is marked.
    /// </summary>
    private async Task<ProtocolText> FreezeAsync(
        NpgsqlTransaction transaction, Session session, IReadOnlyList<CommissionSignature> signatures, Act act, CancellationToken cancellationToken)
    {
        await using (var hold = transaction.Command("""
            SELECT i.barcode FROM stocktaking_copy c JOIN item i ON i.barcode = c.barcode
            WHERE c.stocktaking = $1 AND NOT EXISTS (SELECT FROM stocktaking_scan s WHERE s.stocktaking = $1 AND s.barcode = c.barcode)
            ORDER BY i.barcode FOR NO KEY UPDATE OF i
            """, session.Id))
            await hold.ExecuteNonQueryAsync(cancellationToken);
        await using (var freeze = transaction.Command($"""
            {Outcomes.With}
            UPDATE stocktaking_copy c SET outcome = o.outcome, seen_at = o.seen_at FROM outcome o WHERE c.stocktaking = $1 AND c.barcode = o.barcode
            """, session.Id, session.OpenedAt))
            await freeze.ExecuteNonQueryAsync(cancellationToken);
        await using (var mark = transaction.Command("""
            WITH gone AS (
                UPDATE item i SET state = 'LOST', absence = 'MISSING', version = version + 1 FROM stocktaking_copy c
                WHERE c.stocktaking = $1 AND c.outcome = 'MISSING' AND i.barcode = c.barcode RETURNING i.barcode)
            INSERT INTO item_event (id, barcode, at, kind, branch, role, note) SELECT gen_random_uuid(), barcode, $2, 'MISSING', $3, $4, $5 FROM gone
            """, session.Id, act.At, session.Shelf.Branch, act.Role, session.Name))
            await mark.ExecuteNonQueryAsync(cancellationToken);
        return await ProtocolText.MakeAsync(transaction, session, signatures, rules.CurrencyCode, cancellationToken);
    }

    private async Task<V1.Stocktaking> RunAsync(
        string name, Caller caller, CommandKey key, Func<NpgsqlTransaction, Session, Act, Task<Session>> step, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = await Session.HoldAsync(transaction, name, alone: true, cancellationToken);
        caller.MustBeAt(session.Shelf.Branch);
        var after = await step(transaction, session, Act.Of(clock, caller));
        var answer = after.Answer();
        answer.Figures = await FiguresAsync(transaction, after, cancellationToken);
        await key.RecordAsync(transaction, after.Name, answer, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    private static async Task<StocktakingFigures> FiguresAsync(NpgsqlTransaction transaction, Session session, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Open(), transaction);
        foreach (var command in Outcomes.FiguresOf(session)) batch.BatchCommands.Add(command);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        return await Outcomes.ReadAsync(row, cancellationToken);
    }
}

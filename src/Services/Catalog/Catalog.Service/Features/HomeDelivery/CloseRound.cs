using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.HomeDelivery;

/// <summary>Ends a round: what was set aside for it and is not lent goes back to its shelf.</summary>
public sealed class CloseRound(NpgsqlDataSource database, ReadRounds rounds, BusinessClock clock)
{
    public async Task<HomeRound> RunAsync(string name, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var id = ReadRounds.IdOf(name);
        await using (var connection = await database.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var find = transaction.Command("SELECT branch FROM home_round WHERE id = $1 FOR UPDATE", id))
                caller.MustBeAt(await find.ExecuteScalarAsync(cancellationToken) as string ?? throw Failure.NotFound("homeRound"));
            await using var batch = new NpgsqlBatch(transaction.Open(), transaction)
            {
                BatchCommands =
                {
                    // the copies' rows first and in one order, as every desk takes them
                    DatabaseSetup.BatchCommand("""
                        SELECT FROM item WHERE barcode IN (
                            SELECT i.barcode FROM home_stop s JOIN home_stop_item i ON i.stop = s.id WHERE s.round = $1 AND i.set_aside AND i.state IN ('PENDING', 'REFUSED'))
                        ORDER BY barcode FOR UPDATE
                        """, id),
                    DatabaseSetup.BatchCommand("""
                        UPDATE item c SET state = 'AVAILABLE', kept_for = NULL, version = c.version + 1
                        FROM home_stop s JOIN home_stop_item i ON i.stop = s.id
                        WHERE s.round = $1 AND i.set_aside AND i.state IN ('PENDING', 'REFUSED') AND c.barcode = i.barcode AND c.state = 'ON_HOLD_SHELF' AND c.kept_for = s.member
                        """, id),
                    DatabaseSetup.BatchCommand("""
                        UPDATE home_stop_item i SET state = 'NOT_DONE', reasons = '{}' FROM home_stop s
                        WHERE s.round = $1 AND i.stop = s.id AND i.state IN ('PENDING', 'REFUSED')
                        """, id),
                    DatabaseSetup.BatchCommand("UPDATE home_stop SET closed_at = $2, version = version + 1 WHERE round = $1 AND closed_at IS NULL", id, clock.Now),
                    DatabaseSetup.BatchCommand("UPDATE home_round SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL", id, clock.Now),
                },
            };
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await key.RecordAsync(transaction, name, null, cancellationToken);
            await transaction.CommitTracedAsync(cancellationToken);
        }
        return await rounds.GetAsync(name, cancellationToken);
    }
}

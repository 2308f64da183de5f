using Library.Catalog.Features.Stock;
using Library.Catalog.V1;
using Library.ServiceDefaults.Data;
using Library.ServiceDefaults.Errors;
using Library.ServiceDefaults.Requests;
using Library.ServiceDefaults.Security;
using Library.ServiceDefaults.Time;

namespace Library.Catalog.Features.Offline;

/// <summary>Says what was done about a listed line. It changes nothing else: what there was to do was done at the desk.</summary>
public sealed class ResolveException(NpgsqlDataSource database, BusinessClock clock)
{
    public async Task<OfflineException> RunAsync(ResolveOfflineExceptionRequest request, Caller caller, CommandKey key, CancellationToken cancellationToken)
    {
        var log = ResourceName.Parse(TakeOfflineLog.Collection, request.Name, "offlineLog");
        var fields = new Fields();
        fields.Enum("resolution", request.Resolution);
        fields.ThrowIfWrong();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var line = await LockAsync(transaction, log, request.Number, caller, cancellationToken);
        if (line.Resolution != default && line.Resolution != request.Resolution) throw Failure.Refused("OFFLINE_LINE_RESOLVED");
        if (line.Resolution == default)
        {
            var now = clock.Now;
            await using var resolve = transaction.Command(
                "UPDATE offline_line SET resolution = $3, resolved_at = $4, card_number = NULL WHERE log = $1 AND number = $2",
                log, request.Number, Names.Of(request.Resolution), now);
            await resolve.ExecuteNonQueryAsync(cancellationToken);
            (line.Resolution, line.ResolvedAt, line.CardNumber) = (request.Resolution, Rules.Requests.ToTimestamp(now), "");
        }
        await key.RecordAsync(transaction, request.Name, line, cancellationToken);
        await transaction.CommitTracedAsync(cancellationToken);
        return line;
    }

    private static async Task<OfflineException> LockAsync(
        NpgsqlTransaction transaction, Guid log, int number, Caller caller, CancellationToken cancellationToken)
    {
        await using var command = transaction.Command($"""
            SELECT {ReadOfflineLogs.LineColumns}, l.branch FROM offline_line n JOIN offline_log l ON l.id = n.log
            WHERE n.log = $1 AND n.number = $2 AND cardinality(n.reasons) > 0 FOR UPDATE OF n
            """, log, number);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failure.NotFound("exception");
        caller.MustBeAt(row.GetString(10));
        return ReadOfflineLogs.Exception(row);
    }
}
